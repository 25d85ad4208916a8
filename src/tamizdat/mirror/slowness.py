"""Which upstreams kept everybody waiting: at later looks they are not, or one that hangs would delay all news."""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol, runtime_checkable

from tamizdat.carriers.port import Inbound
from tamizdat.roads.roads import Roads
from tamizdat.roads.trail import MirrorTrail

_REMEMBERED_SECONDS: Final = 600.0
_BEFORE: Final = "(was not waited for the last time)"


@runtime_checkable
class Announcing(Protocol):
    """A road that may say by itself that there are news."""

    @property
    def has_news(self) -> bool:
        """Whether it has."""
        ...


class Slowness:
    """Remembers for ten minutes who was left behind. Whoever has news of its own is asked nevertheless.

    So an upstream that is honest and slow is heard whenever it has something to say, and for the rest is asked last.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def roads(self, inbound: Sequence[Inbound]) -> Roads:
        """The roads, of which those that were slow begin as such."""
        roads = Roads(inbound)
        for road, trail in zip(inbound, roads.trails, strict=True):
            told = isinstance(road, Announcing) and road.has_news
            if self._until.get(trail.name, 0.0) > self._clock() and not told:
                trail.left_behind(_BEFORE)
        return roads

    def learn(self, trails: Sequence[MirrorTrail]) -> None:
        """Take notice of what a look showed."""
        for trail in trails:
            if not trail.slow:
                self._until.pop(trail.name, None)
            elif trail.slow != [_BEFORE]:
                self._until[trail.name] = self._clock() + _REMEMBERED_SECONDS
