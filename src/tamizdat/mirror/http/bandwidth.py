"""A cap on the bytes that all connections together send: a token bucket, and a queue for long answers."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

_BUCKET_SECONDS: Final = 0.25
_DEBT_SECONDS: Final = 1.0
_LEAST_GRANT_BYTES: Final = 4_096


class Bandwidth:
    """Grants bytes to answers. ``bytes_per_second`` 0 means no cap.

    Short answers go ahead of long ones, on credit if need be: what long ones send later pays for it. When even the
    credit is used up they queue, too, and still come first. Long answers get a slice each, in turn.
    """

    def __init__(self, bytes_per_second: int, slice_bytes: int, loop: asyncio.AbstractEventLoop) -> None:
        self.capped = bytes_per_second > 0
        self._rate = bytes_per_second
        self._slice_bytes = slice_bytes
        self._loop = loop
        self._level = bytes_per_second * _BUCKET_SECONDS
        self._at = loop.time()
        self._short: deque[Callable[[], None]] = deque()
        self._long: deque[Callable[[], None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def grant(self, wanted: int, *, short: bool) -> int:
        """How many of ``wanted`` bytes may be sent now. Those that are not sent are given back by :meth:`pay`."""
        if not self.capped:
            return wanted
        self._fill()
        if short:
            granted = wanted if self._level >= -self._rate * _DEBT_SECONDS else 0
        else:
            granted = min(wanted, self._slice_bytes, int(self._level)) if self._level >= self._least() else 0
        self._level -= granted
        return granted

    def pay(self, unsent: int) -> None:
        """Give back what was granted and not sent."""
        if self.capped:
            self._level += unsent

    def queue(self, again: Callable[[], None], *, short: bool) -> None:
        """Call ``again`` when there may be something to grant."""
        (self._short if short else self._long).append(again)
        if self._timer is None:
            self._set_timer()

    def close(self) -> None:
        """Forget everybody."""
        if self._timer is not None:
            self._timer.cancel()
        self._short.clear()
        self._long.clear()

    def _bucket(self) -> int:
        return max(1, int(self._rate * _BUCKET_SECONDS))

    def _least(self) -> int:
        """What it is worth to wake a long answer for."""
        return min(_LEAST_GRANT_BYTES, self._bucket())

    def _fill(self) -> None:
        now = self._loop.time()
        self._level = min(self._level + (now - self._at) * self._rate, self._bucket())
        self._at = now

    def _set_timer(self) -> None:
        floor = -self._rate * _DEBT_SECONDS if self._short else self._least()
        wait = max(0.005, (floor - self._level) / self._rate)
        self._timer = self._loop.call_later(min(wait, 1.0), self._serve)

    def _serve(self) -> None:
        self._timer = None
        self._fill()
        for waiting, floor in ((self._short, -self._rate * _DEBT_SECONDS), (self._long, self._least())):
            for _ in range(len(waiting)):
                if self._level < floor or not waiting:  # whoever is called in vain would lose its turn
                    break
                waiting.popleft()()
        if (self._short or self._long) and self._timer is None:
            self._set_timer()
