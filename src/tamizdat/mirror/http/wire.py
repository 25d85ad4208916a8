"""A connected socket that never blocks, with TLS or without."""

import contextlib
import fcntl
import os
import socket
import ssl
import struct
import termios
from typing import Final, Protocol

NOTHING_NOW: Final = -1
_TLS_RECORD_BYTES: Final = 16_384


class Wire(Protocol):
    """What connections ask of their socket. OSError: it is gone."""

    @property
    def descriptor(self) -> int:
        """The socket's descriptor, to wait for."""
        ...

    def receive(self, room: memoryview) -> int:
        """Bytes that came into ``room``; 0 if there will be no more, :data:`NOTHING_NOW` if there are none yet."""
        ...

    def pending(self) -> bool:
        """Whether there are bytes to receive that the socket does not show."""
        ...

    def send(self, data: bytes | memoryview, *, more: bool = False) -> int:
        """How many of these bytes were taken. After a try that took none, the same bytes must come first again."""
        ...

    def send_file(self, descriptor: int, start: int, count: int) -> int:
        """How many bytes of the file, from ``start`` on and ``count`` at most, were taken."""
        ...

    def untaken(self) -> int:
        """Of the bytes that were taken, those that the kernel holds because the other side has not got them."""
        ...

    def end(self) -> None:
        """Say that there will be no more from us."""
        ...

    def close(self) -> None:
        """Let go of it. Never raises."""
        ...


class PlainWire:
    """A socket as it is."""

    __slots__ = ("_socket", "descriptor")

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.descriptor = sock.fileno()

    def receive(self, room: memoryview) -> int:
        """See :class:`Wire`."""
        try:
            return self._socket.recv_into(room)
        except (BlockingIOError, InterruptedError):
            return NOTHING_NOW

    def pending(self) -> bool:
        """See :class:`Wire`."""
        return False

    def send(self, data: bytes | memoryview, *, more: bool = False) -> int:
        """See :class:`Wire`. ``more``: the rest of the answer follows at once."""
        try:
            return self._socket.send(data, socket.MSG_MORE if more else 0)
        except (BlockingIOError, InterruptedError):
            return 0

    def send_file(self, descriptor: int, start: int, count: int) -> int:
        """See :class:`Wire`. The bytes do not pass through this process."""
        try:
            sent = os.sendfile(self.descriptor, descriptor, start, count)
        except (BlockingIOError, InterruptedError):
            return 0
        if not sent:
            raise OSError("the file is shorter than it was")
        return sent

    def untaken(self) -> int:
        """See :class:`Wire`."""
        return _untaken(self.descriptor)

    def end(self) -> None:
        """See :class:`Wire`."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """See :class:`Wire`."""
        with contextlib.suppress(OSError):
            self._socket.close()


class TlsWire:
    """A socket with TLS over it, once :meth:`handshake` says so."""

    __slots__ = ("_ended", "_socket", "_stuck", "descriptor")

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self._socket = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._ended = False
        self._stuck = b""
        self.descriptor = self._socket.fileno()

    def handshake(self) -> bool | str:
        """Go on with the handshake: the protocol that was agreed on (maybe empty), or whether it waits to write."""
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLWantWriteError:
            return True
        return self._socket.selected_alpn_protocol() or ""

    def receive(self, room: memoryview) -> int:
        """See :class:`Wire`."""
        try:
            return self._socket.recv_into(room)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return NOTHING_NOW
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return 0

    def pending(self) -> bool:
        """See :class:`Wire`."""
        return not self._ended and self._socket.pending() > 0

    def send(self, data: bytes | memoryview, *, more: bool = False) -> int:  # noqa: ARG002 - records are whole
        """See :class:`Wire`. One record at most, all of it or nothing.

        OpenSSL wants the very same record again after a try that failed, so it is kept; ``data`` may be shorter then.
        """
        record = self._stuck or memoryview(data)[:_TLS_RECORD_BYTES]
        try:
            sent = self._socket.send(record)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            self._stuck = self._stuck or bytes(record)
            return 0
        self._stuck = b""
        return sent

    def send_file(self, descriptor: int, start: int, count: int) -> int:
        """See :class:`Wire`."""
        data = os.pread(descriptor, min(count, _TLS_RECORD_BYTES), start)
        if not data:
            raise OSError("the file is shorter than it was")
        return self.send(data)

    def untaken(self) -> int:
        """See :class:`Wire`."""
        return _untaken(self.descriptor)

    def end(self) -> None:
        """See :class:`Wire`. What still comes is thrown away unread, so nobody deciphers it any more."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(OSError, ValueError):  # sends the farewell, and would wait for the other's
                self._socket.unwrap()
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """See :class:`Wire`."""
        with contextlib.suppress(OSError):
            self._socket.close()


def _untaken(descriptor: int) -> int:
    """SIOCOUTQ, which Linux has under the name of the terminals' TIOCOUTQ; 0 where the system cannot say."""
    try:
        (held,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, b"\0\0\0\0"))
    except OSError:
        return 0
    return int(held)
