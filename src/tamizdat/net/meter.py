"""What keeps one web transfer bounded in time and bytes, whatever the other side sends.

The standard library applies a timeout to each read from the socket, so a server that drips a byte a second through
status line, headers, chunk sizes or body never meets it. Here every read from the socket passes a meter.
"""

import contextlib
import http.client
import io
import socket
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

import urllib3

from tamizdat.limits import Limits

_BUFFER_BYTES: Final = 1 << 16
_FRAMING_BYTES: Final = 1 << 17
_PAID_FRAMING_BYTES: Final = 1 << 13
_METER: Final[ContextVar["Meter"]] = ContextVar("meter")


class Meter:
    """Counts the raw bytes of one request's answer and the time that they took.

    The answer may take ``read_timeout_seconds`` plus a second for each ``min_bytes_per_second`` bytes that came, up
    to the longest file wanted and 8 KiB of headers: padding beyond earns nothing. More raw bytes than twice the
    longest file wanted, and some for headers, are refused: endless headers or chunk extensions. ``cut`` says which,
    once either happened.
    """

    def __init__(self, max_bytes: int, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._began = clock()
        self._received = 0
        self._max_paid_bytes = max_bytes + _PAID_FRAMING_BYTES
        self._max_raw_bytes = 2 * max_bytes + _FRAMING_BYTES
        self.cut = ""

    def patience(self) -> float:
        """Seconds that the next read may take. Raises TimeoutError when there are none left."""
        earned = min(self._received, self._max_paid_bytes) / self._limits.min_bytes_per_second
        left = self._began + self._limits.read_timeout_seconds + earned - self._clock()
        if left <= 0:
            raise self.too_slow()
        return min(left, self._limits.read_timeout_seconds)

    def too_slow(self) -> TimeoutError:
        """Note that patience has run out; the error to raise."""
        self.cut = f"is slower than {self._limits.min_bytes_per_second} bytes a second; given up"
        return TimeoutError(self.cut)

    def count(self, size: int) -> None:
        """Note ``size`` more raw bytes. Raises OSError past the limit."""
        self._received += size
        if self._received > self._max_raw_bytes:
            self.cut = "sends far more than the file that was asked for"
            raise OSError(self.cut)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Make this the meter of the request that is sent inside."""
        token = _METER.set(self)
        try:
            yield
        finally:
            _METER.reset(token)


class _MeteredReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - the signature of io.RawIOBase
        self._sock.settimeout(self._meter.patience())
        try:
            size = self._raw.readinto(buffer) or 0
        except TimeoutError as error:
            raise self._meter.too_slow() from error
        self._meter.count(size)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _MeteredSocket:
    """The little of a socket that http.client.HTTPResponse asks for."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self._reader = _MeteredReader(sock, meter)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader, _BUFFER_BYTES)


class MeteredConnection:
    """Mixed into urllib3's connection classes: answers are read through the meter in force."""

    @staticmethod
    def response_class(sock: socket.socket, *args: Any, **options: Any) -> http.client.HTTPResponse:  # noqa: ANN401 - passed through
        """Stands where http.client has the class of its answers."""
        metered: Any = _MeteredSocket(sock, _METER.get())
        return http.client.HTTPResponse(metered, *args, **options)


def meter_pools(manager: urllib3.PoolManager) -> None:
    """Make every connection of ``manager`` (direct, through a proxy or SOCKS) a metered one."""
    manager.pool_classes_by_scheme = {scheme: _metered(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}


def _metered(pool: type[urllib3.HTTPConnectionPool]) -> type[urllib3.HTTPConnectionPool]:
    connection = type("Metered" + pool.ConnectionCls.__name__, (MeteredConnection, pool.ConnectionCls), {})
    return type("Metered" + pool.__name__, (pool,), {"ConnectionCls": connection})
