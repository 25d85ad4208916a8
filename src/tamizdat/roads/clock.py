"""Time as the reader's fetching sees it: a port, so that tests decide when a limit has come."""

import time
from queue import Empty, SimpleQueue
from typing import Final, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Passing seconds, and waiting with a limit."""

    def now(self) -> float:
        """Seconds since some moment; never goes back. Several threads may ask."""
        ...

    def take(self, queue: SimpleQueue[T], until: float | None) -> T | None:
        """What comes next out of ``queue``, or None if nothing is there and it is ``until`` (None: wait for ever)."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """See :class:`Clock`."""
        return time.monotonic()

    def take(self, queue: SimpleQueue[T], until: float | None) -> T | None:
        """See :class:`Clock`."""
        try:
            return queue.get(timeout=None if until is None else max(0.0, until - self.now()))
        except Empty:
            return None


CLOCK: Final = SystemClock()
