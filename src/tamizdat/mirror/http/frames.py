"""Frames of HTTP/2, counted before anybody takes them apart (RFC 9113, 10.5).

What floods are made of costs the sender a few bytes and the receiver some work or memory: frames that ask for nothing,
and heads that go on for ever. Each frame that brings no request costs a chore; chores come back with time, with answers
and with bytes that were taken.
"""

from collections.abc import Callable
from typing import Final

from tamizdat.mirror.http.limits import HttpLimits

_HEADER_BYTES: Final = 9
_HEADERS: Final = 1
_CONTINUATION: Final = 9
_BYTES_PER_CHORE: Final = 256
_SENT_BYTES_PER_CHORE: Final = 1_024


class FloodError(Exception):
    """More than anybody needs who wants to read."""


class FrameMeter:
    """Follows the frames in what one connection receives, after its preface, however it is cut."""

    def __init__(self, limits: HttpLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._at = clock()
        self._left: float = limits.max_chores
        self._header = b""
        self._payload = 0
        self._block = 0

    def count(self, data: memoryview) -> None:
        """Note received bytes. Raises FloodError."""
        at, end = 0, len(data)
        while at < end:
            if self._payload:
                step = min(self._payload, end - at)
                self._payload -= step
                at += step
                continue
            part = data[at : at + _HEADER_BYTES - len(self._header)]
            self._header += part
            at += len(part)
            if len(self._header) == _HEADER_BYTES:
                self._payload = int.from_bytes(self._header[:3], "big")
                kind, self._header = self._header[3], b""
                self._begin(kind, self._payload)

    def earn(self, answers: int, sent: int) -> None:
        """Answers were given, bytes were taken: whoever reads has some chores to do."""
        earned = answers * self._limits.chores_per_answer + sent / _SENT_BYTES_PER_CHORE
        self._left = min(self._left + earned, self._limits.max_chores)

    def _begin(self, kind: int, size: int) -> None:
        if size > self._limits.max_frame_bytes:
            raise FloodError
        if kind == _HEADERS:
            self._block = size
        else:
            if kind == _CONTINUATION:
                self._block += size
            self._spend(1 + size / _BYTES_PER_CHORE)
        if self._block > self._limits.max_head_bytes:
            raise FloodError

    def _spend(self, chores: float) -> None:
        now = self._clock()
        self._left += (now - self._at) * self._limits.chores_per_second
        self._at = now
        self._left = min(self._left, self._limits.max_chores) - chores
        if self._left < 0:
            raise FloodError
