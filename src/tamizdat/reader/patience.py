"""How long one mirror may keep a whole audit: fetches of a mirror that takes too long, or fails too often, are cut.

What a mirror does with a single file is bounded by its carrier. But a mirror has thousands of files, and each may cost
all of that: here they are added up.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tamizdat.carriers.port import Abandonable, Inbound, Listable
from tamizdat.errors import CarrierError, MissingFileError, TamizdatError, UntrustedError
from tamizdat.roads.clock import CLOCK, Clock

MIRRORS_AT_ONCE: Final = 16
"""How many mirrors an audit asks side by side."""
_LOOKS: Final = 0.2
"""Seconds between two looks at who has used up his time while a fetch is under way."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What one mirror gets: seconds with a fetch under way, and files that do not come."""

    seconds: float = 900.0
    faults: int = 64


class TimedRoad:
    """A road whose mirror has a limited time, however many files it is asked for. Implements ``Inbound``."""

    def __init__(self, mirror: Inbound, patience: Patience, clock: Clock) -> None:
        self._mirror = mirror
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._busy_since = 0.0
        self._busy = 0.0
        self._faults = 0

    @property
    def name(self) -> str:
        """See :class:`~tamizdat.carriers.port.Inbound`."""
        return self._mirror.name

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """See :meth:`tamizdat.carriers.port.Inbound.fetch`. Once time or faults are used up it asks no more."""
        with self._fetching(path):
            if reason := self.given_up:
                raise CarrierError(f"not asked for: {reason}", carrier=self.name, path=path)
            try:
                return self._mirror.fetch(path, max_bytes)
            except (MissingFileError, UntrustedError):
                raise
            except TamizdatError as error:
                with self._lock:
                    self._faults += 1
                if reason := self._out_of_time:
                    raise CarrierError(reason, carrier=self.name, path=path) from error
                raise

    @contextmanager
    def _fetching(self, path: str) -> Iterator[None]:
        with self._lock:
            if not self._under_way:
                self._busy_since = self._clock.now()
            self._under_way[path] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[path] -= 1
                if not self._under_way[path]:
                    del self._under_way[path]
                if not self._under_way:
                    self._busy += self._clock.now() - self._busy_since

    @property
    def _out_of_time(self) -> str:
        with self._lock:
            busy = self._busy + (self._clock.now() - self._busy_since if self._under_way else 0.0)
        return "" if busy < self._patience.seconds else f"it had {self._patience.seconds:g} seconds and is not done"

    @property
    def given_up(self) -> str:
        """Why the mirror is asked for no more; empty while it is."""
        return self._out_of_time or ("too many files did not come" if self._faults >= self._patience.faults else "")

    def abandon(self, path: str) -> None:
        """See :meth:`tamizdat.carriers.port.Abandonable.abandon`; nothing where the mirror's carrier cannot."""
        if isinstance(self._mirror, Abandonable):
            self._mirror.abandon(path)

    def look(self) -> None:
        """Cut what is under way if the time is over."""
        if self._out_of_time:
            with self._lock:
                paths = tuple(self._under_way)
            for path in paths:
                self.abandon(path)


class _TimedFolder(TimedRoad):
    """Of a mirror that says which files it has."""

    def list(self) -> Iterable[str]:
        """See :meth:`tamizdat.carriers.port.Listable.list`."""
        return self._mirror.list() if isinstance(self._mirror, Listable) else ()


@contextmanager
def timed(mirrors: Sequence[Inbound], patience: Patience, clock: Clock = CLOCK) -> Iterator[list[TimedRoad]]:
    """The ``mirrors``, each with its time; inside, somebody watches that they keep to it."""
    roads = [(_TimedFolder if isinstance(m, Listable) else TimedRoad)(m, patience, clock) for m in mirrors]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOKS):
            for road in roads:
                road.look()

    watcher = threading.Thread(target=watch, name="patience", daemon=True)
    watcher.start()
    try:
        yield roads
    finally:
        done.set()
        watcher.join()
