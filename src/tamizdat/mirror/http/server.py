"""The server: sockets, connections, news. One process, one thread, and a few more that wait for the disk."""

import asyncio
import errno
import resource
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from tamizdat.errors import UsageError
from tamizdat.mirror.http.connection import Connection, Talk
from tamizdat.mirror.http.first_bytes import FirstBytes
from tamizdat.mirror.http.house import House
from tamizdat.mirror.http.http1 import Http1
from tamizdat.mirror.http.http2 import Http2
from tamizdat.mirror.http.limits import HTTP_LIMITS, HttpLimits
from tamizdat.mirror.http.listening import Address, begin, bound_address, listen, read_address
from tamizdat.mirror.http.tls import Tls, TlsFiles
from tamizdat.mirror.http.wire import PlainWire, TlsWire, Wire
from tamizdat.mirror.port import Files
from tamizdat.mirror.totals import Totals

_ACCEPTED_AT_ONCE: Final = 64
_OTHER_DESCRIPTORS: Final = 128
"""For the disk, for the copying side, and for whatever Python opens."""


class Server:
    """Serves ``files`` at the addresses in ``listen`` (``host:port``, ``[v6]:port``, ``:port``, ``unix:/path``).

    ``bytes_per_second`` caps what all connections together send; 0 does not. Everything but :meth:`news` belongs to the
    thread of the loop in which :meth:`start` runs.
    """

    def __init__(
        self,
        files: Files,
        listen: Sequence[str],
        limits: HttpLimits = HTTP_LIMITS,
        totals: Totals | None = None,
        *,
        tls: TlsFiles | None = None,
        bytes_per_second: int = 0,
    ) -> None:
        self._files = files
        self._wanted = [read_address(text) for text in listen]
        self._limits = limits
        self._totals = totals or Totals(None)
        self._tls_files = tls
        self._tls: Tls | None = None
        self._bytes_per_second = bytes_per_second
        self._house: House | None = None
        self._listeners: list[socket.socket] = []
        self._timer: asyncio.TimerHandle | None = None
        self.addresses: tuple[Address, ...] = ()
        """Where it listens, with the ports that the system chose; empty before :meth:`start`."""

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._house.guests) if self._house else 0

    @property
    def waiting(self) -> int:
        """How many requests wait for news."""
        return len(self._house.waiters) if self._house else 0

    @property
    def faults(self) -> int:
        """Errors of our own that ended a connection. Should be 0; what they were is written nowhere."""
        return self._house.faults if self._house else 0

    async def start(self) -> None:
        """Listen. Raises UsageError if an address, or the certificate, cannot be had."""
        self._tls = Tls(self._tls_files) if self._tls_files else None
        try:
            for address in self._wanted:
                self._listeners += listen(address, self._limits)
            for listener in self._listeners:
                _begin(listener)
        except UsageError:
            self._stop_listening()
            raise
        self._house = House(self._files, self._totals, self._limits, self._bytes_per_second)
        self._house.max_guests = min(self._limits.max_connections, _most_connections())
        self.addresses = tuple(bound_address(listener) for listener in self._listeners)
        self._open_doors()
        self._sweep()

    def news(self) -> None:
        """The files may have changed: wake who waits for that. Any thread may call this, at any time."""
        house = self._house
        if house is not None:
            with suppress(RuntimeError):  # the loop has ended
                house.loop.call_soon_threadsafe(house.wake)

    async def close(self) -> None:
        """Listen no more, let answers under way arrive for a moment, and let everybody go."""
        house, self._house = self._house, None
        if self._timer is not None:
            self._timer.cancel()
        if house is None:
            return
        for listener in self._listeners:
            house.loop.remove_reader(listener.fileno())
        self._stop_listening()
        house.closing = True
        for waiter in list(house.waiters):
            house.dismiss(waiter)
        until = house.loop.time() + self._limits.closing_seconds
        while house.busy() and house.loop.time() < until:
            await asyncio.sleep(0.01)
        house.close()

    # --- Connections ----------------------------------------------------------------------------------------------

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            with suppress(OSError):
                address = bound_address(listener)
                listener.close()
                if address.path is not None:
                    address.path.unlink()
        self._listeners = []

    def _open_doors(self) -> None:
        if self._house is not None:
            for listener in self._listeners:
                self._house.loop.add_reader(listener.fileno(), self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        house = self._house
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                # The address of whoever comes is dropped unread.
                sock = listener.accept()[0]
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM} and house is not None:
                    house.make_room()
                    self._rest(listener)
                return
            if house is None:
                sock.close()
                return
            sock.setblocking(False)
            self._admit(sock, house)

    def _rest(self, listener: socket.socket) -> None:
        """The system has nothing left: take nobody until the next sweep."""
        if self._house is not None:
            self._house.loop.remove_reader(listener.fileno())

    def _admit(self, sock: socket.socket, house: House) -> None:
        try:
            wire: Wire = TlsWire(sock, self._tls.context()) if self._tls else PlainWire(sock)
        except (OSError, ValueError):  # gone already
            sock.close()
            return
        Connection(wire, house, self._speak)

    def _speak(self, connection: Connection, agreed: str | None) -> Talk:
        house = self._house
        if house is None:
            raise ConnectionAbortedError
        if agreed == "h2":
            return Http2(connection, house)
        if agreed is None:
            return FirstBytes(connection, house)
        return Http1(connection, house)

    def _sweep(self) -> None:
        house = self._house
        if house is None:
            return
        self._timer = house.loop.call_later(self._limits.sweep_seconds, self._sweep)
        house.sweep()
        if self._tls is not None:
            self._tls.refresh()
        self._open_doors()


def _begin(listener: socket.socket) -> None:
    try:
        begin(listener)
    except OSError as error:
        raise UsageError(f"{bound_address(listener)}: cannot listen there: {error.strerror or error}") from error


def _most_connections() -> int:
    """As many as the process may have files open, after asking for as many as it may have; but some for other files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    allowed = 1 << 20 if soft == resource.RLIM_INFINITY else soft
    return max(1, allowed * 3 // 4 - _OTHER_DESCRIPTORS)
