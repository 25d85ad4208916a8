"""A clock that stands still until the test says that all which can happen has happened."""

from math import inf
from queue import Empty
from threading import Lock

_WAKE = object()


class HeldClock:
    """Time stands at 0. It goes on to the next limit, once nothing else is there, as often as the test allows."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now = 0.0
        self._allowed = 0.0
        self._queues = []

    def now(self) -> float:
        return self._now

    def take(self, queue, until):
        with self._lock:
            self._queues.append(queue)
        while True:
            try:
                found = queue.get(block=until is None or not (until <= self._now or self._allowed))
            except Empty:
                with self._lock:
                    self._allowed -= until > self._now
                    self._now = max(self._now, until)
                return None
            if found is not _WAKE:
                return found

    def go_to(self, seconds: float) -> None:
        self._now = seconds

    def let_one_limit_come(self) -> None:
        self._allow(1)

    def run_out(self) -> None:
        """From now on every limit comes at once."""
        self._allow(inf)

    def _allow(self, more: float) -> None:
        with self._lock:
            self._allowed += more
            for queue in self._queues:
                queue.put(_WAKE)
