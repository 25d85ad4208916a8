"""The first bytes of a connection that nothing was agreed on for: they say whether it is HTTP/2 (RFC 9113, 3.3)."""

from typing import Final

from tamizdat.mirror.http.connection import Connection, Phase
from tamizdat.mirror.http.house import House
from tamizdat.mirror.http.http1 import Http1
from tamizdat.mirror.http.http2 import Http2

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class FirstBytes:
    """The talk until it is known which one it will be."""

    __slots__ = ("_connection", "_house", "_seen")

    def __init__(self, connection: Connection, house: House) -> None:
        self._connection = connection
        self._house = house
        self._seen = b""

    def receive(self, data: memoryview) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._seen += data
        if len(self._seen) < len(_PREFACE) and _PREFACE.startswith(self._seen):
            if self._connection.phase is not Phase.ASKING:
                self._connection.enter(Phase.ASKING)
            return
        make = Http2 if self._seen.startswith(_PREFACE) else Http1
        talk = make(self._connection, self._house)
        self._connection.become(talk)
        talk.receive(memoryview(self._seen))

    def receive_end(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._connection.close()

    def go_on(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`. Nothing is sent yet."""

    def waits_too_long(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._connection.close()

    def let_go(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
