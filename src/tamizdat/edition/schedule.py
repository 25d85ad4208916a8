"""The publisher's fixed schedule of packs (spec/edition.md, "Schedule"). Readers depend on none of this.

The log of an edition is cut into *units*: whole UTC days, or less where a day is large. Over the finished units lie

- blocks of 1, 2, 4, 8 ... units (the small ones also at half their length's offsets), kept until they are
  :data:`KEEP` times older than long: old packs merge as they age;
- a *ladder* of packs over the last 1, 2, 3 ... units while they are small, because that is where one more cold start
  of the compressor weighs most: every rung for the last :data:`RUNGS` units, every second one to twice as far, and
  so on.

Today's publishes, and yesterday's for one more day, are blocks of 1, 2, 4 ... publishes. Everything is a function of
the log, so the same log gives the same packs.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final

KEEP: Final = 16
HALF_OFFSETS_BELOW: Final = 262_144
"""Blocks of fewer raw bytes also exist at half-length offsets."""
LADDER_BELOW: Final = 262_144
"""The ladder reaches back this many raw bytes."""
RUNGS: Final = 8
MAX_BLOCK: Final = 4_000_000
"""No block is merged beyond this weight; a unit is closed when it reaches it."""
_ENTRY: Final = 122
"""Each entry weighs at least so much, so that a block of the greatest weight stays far below a pack's record limit."""
INDEX_UNITS: Final = 8
"""Segments that begin at most this many units ago stand in the index, the others on the shelf."""


@dataclass(frozen=True, slots=True)
class Log:
    """The shape of a log.

    ``units`` are the positions where finished units begin, and last the position where they end; ``open_cuts`` the
    positions of publishes in the open unit from there to the end of the log; ``fine_cuts`` those inside the unit
    that was finished last. ``offset`` gives the raw bytes before a position, dead records included, so that what was
    removed later never moves a boundary.
    """

    units: tuple[int, ...]
    open_cuts: tuple[int, ...]
    fine_cuts: tuple[int, ...]
    offset: Callable[[int], int]


def ranges(log: Log) -> list[tuple[int, int]]:
    """Every range of the log that gets a pack, in order."""
    rungs = set(_ladder(log))
    needless = _ladder_foot(log, rungs)
    blocks = {block for block in _blocks(log) if block[0] < needless}
    return sorted({*blocks, *rungs, *_publishes(log.open_cuts), *_publishes(log.fine_cuts)})


def _ladder_foot(log: Log, rungs: Set[tuple[int, int]]) -> int:
    """Where the ladder begins to have a rung at every unit: a block that starts from here on would never be chosen."""
    stop = log.units[-1]
    foot = stop
    for start in reversed(log.units[:-1]):
        if (start, stop) not in rungs:
            break
        foot = start
    return foot


def _blocks(log: Log) -> Iterator[tuple[int, int]]:
    units = log.units
    finished = len(units) - 1
    length = 1
    while length <= finished:
        for first in range(0, finished - length + 1, max(1, length // 2)):
            start, stop = units[first], units[first + length]
            size = weight(log.offset, start, stop)
            aligned = first % length == 0
            young = finished - (first + length) < KEEP * length
            final = _never_merges(log, first, length)
            if (young or final) and (length == 1 or size <= MAX_BLOCK) and (aligned or size < HALF_OFFSETS_BELOW):
                yield start, stop
        length *= 2


def _never_merges(log: Log, first: int, length: int) -> bool:
    """Whether the next larger aligned block around this one will not exist, so that this one must stay."""
    if first % length:
        return False
    start = first - first % (2 * length)
    stop = start + 2 * length
    finished = len(log.units) - 1
    if stop > finished:
        return True
    return weight(log.offset, log.units[start], log.units[stop]) > MAX_BLOCK


def _ladder(log: Log) -> Iterator[tuple[int, int]]:
    finished, stop = len(log.units) - 1, log.units[-1]
    step = 1
    for first in range(finished - 1, -1, -1):
        if log.offset(stop) - log.offset(log.units[first]) > LADDER_BELOW:
            return
        if finished - first > RUNGS * step:
            step *= 2
        if first % step == 0:
            yield log.units[first], stop


def _publishes(cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    length = 1
    while length < len(cuts):
        for first in range(0, len(cuts) - length, length):
            yield cuts[first], cuts[first + length]
        length *= 2


def weight(offset: Callable[[int], int], start: int, stop: int) -> int:
    """What a range counts for: its raw bytes, or its entries where these are many and small (removals)."""
    return max(offset(stop) - offset(start), (stop - start) * _ENTRY)


def shelf_below(log: Log) -> int:
    """The mark below which readers need the shelf: they were away for more than :data:`INDEX_UNITS` units."""
    return log.units[max(0, len(log.units) - 1 - INDEX_UNITS)]
