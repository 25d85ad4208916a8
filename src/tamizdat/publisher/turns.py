"""Turns at the processor. A hundred threads that all work at once hand Python's lock to each other at every call of the
system, and take two to four times the processor time of two.

Whoever waits for its carrier rather than works is not to keep others from working: its turn passes on to the next.
"""

import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Final

AT_ONCE: Final = 2
"""One works while another waits for its disk."""
HELD_UP_SECONDS: Final = 0.25
"""Work between two waits takes some tens of milliseconds; what takes longer is most likely not work."""


class Turns:
    """At most ``at_once`` work at a time, besides those who were ever found to be held up."""

    def __init__(self, at_once: int = AT_ONCE, held_up_seconds: float = HELD_UP_SECONDS) -> None:
        self._free = Semaphore(at_once)
        self._held_up_seconds = held_up_seconds
        self._lock = Lock()
        self._since: dict[Hashable, float] = {}
        """Who has a turn, and since when."""
        self._slow: set[Hashable] = set()
        """Who was held up once: it needs no turns any more, because it hardly works."""

    @contextmanager
    def turn(self, who: Hashable) -> Iterator[None]:
        """A turn while the context lasts; to be taken for some tens of milliseconds of work."""
        taken = self._take(who)
        try:
            yield
        finally:
            if taken:
                self._give_back(who)

    def _take(self, who: Hashable) -> bool:
        while who not in self._slow:
            if self._free.acquire(timeout=self._held_up_seconds):
                with self._lock:
                    self._since[who] = time.monotonic()
                return True
            self._pass_on()
        return False

    def _give_back(self, who: Hashable) -> None:
        with self._lock:
            had = self._since.pop(who, None)
        if had is not None:
            self._free.release()

    def _pass_on(self) -> None:
        """Take their turns from all who are held up."""
        with self._lock:
            late = time.monotonic() - self._held_up_seconds
            held_up = [who for who, since in self._since.items() if since <= late]
            for who in held_up:
                del self._since[who]
            self._slow.update(held_up)
        for _ in held_up:
            self._free.release()
