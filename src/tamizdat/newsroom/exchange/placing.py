"""Which units of a field go to which of its rows: by what they translate, else by what that was before, else by place.

Whatever is asked is looked up, never sought: a thousand pieces that all read the same cost a thousand steps.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

Entry = tuple[int, int]
"""The number of a piece, as a file says it, and which unit of the file that is."""
Place = tuple[int, bool]
"""The number of a row, and whether the unit translates that row's source for certain."""


def placed(
    entries: Sequence[Entry],
    wanted: Mapping[int, Hashable],
    sources: Mapping[int, Hashable],
    before: Mapping[int, Hashable],
) -> dict[int, Place]:
    """Unit -> its place. ``entries`` in order; ``wanted`` is each unit's source, the others are those of the rows.

    A piece that stands several times keeps its number where it can; where one of several was added or taken away
    since, nobody knows which, so none is certain. ``sources`` is in the order of its numbers.
    """
    if all(wanted[unit] == sources.get(number) for number, unit in entries):
        return {unit: (number, True) for number, unit in entries}
    found = _by_text(entries, wanted, sources)
    near = _Near(set(sources).difference(number for number, _exact in found.values()), before)
    shift, last, lately = 0, -1, 0
    for number, unit in entries:
        if number != last:
            # How far the pieces before this one have moved.
            shift, last = lately, number
        if unit not in found and (place := near.take(number, wanted[unit], shift)) is not None:
            found[unit] = (place, False)
        if unit in found:
            lately = found[unit][0] - number
    return found


def _by_text(
    entries: Sequence[Entry], wanted: Mapping[int, Hashable], sources: Mapping[int, Hashable]
) -> dict[int, Place]:
    """Those whose source a row has now."""
    there: dict[Hashable, list[int]] = defaultdict(list)
    for number, text in sources.items():
        there[text].append(number)
    these: dict[Hashable, list[Entry]] = defaultdict(list)
    for number, unit in entries:
        these[wanted[unit]].append((number, unit))
    found: dict[int, Place] = {}
    for text, group in these.items():
        found |= _shared(group, there.get(text, []))
    return found


def _shared(these: Sequence[Entry], there: Sequence[int]) -> dict[int, Place]:
    """Units of one source text to rows of the same: in order if they are as many, else by number, then in order."""
    if len(these) == len(there):
        return {unit: (number, True) for (_number, unit), number in zip(these, there, strict=True)}
    known = set(there)
    found = {unit: (number, len(these) == 1) for number, unit in these if number in known}
    known.difference_update(number for number, _exact in found.values())
    rest = (number for number in there if number in known)
    others = [unit for _number, unit in these if unit not in found]
    return found | {unit: (number, False) for unit, number in zip(others, rest, strict=False)}


class _Near:
    """Rows that no unit has, and what their sources were before."""

    def __init__(self, free: set[int], before: Mapping[int, Hashable]) -> None:
        self._free = free
        places: dict[Hashable, list[int]] = defaultdict(list)
        for number, text in before.items():
            if number in free:
                places[text].append(number)
        self._before = {text: _Row(numbers, free) for text, numbers in places.items()}

    def take(self, number: int, text: Hashable, shift: int) -> int | None:
        """The row whose source likely was ``text``; None if none is. Nobody else gets it."""
        known = self._before.get(text)
        place = known.nearest(number) if known else None
        if place is None:
            place = number + shift if number + shift in self._free else None
        if place is not None:
            self._free.discard(place)
        return place


class _Row:
    """Numbers in their order, of which more and more are no longer ``free``. Who is gone is passed once."""

    def __init__(self, numbers: Sequence[int], free: set[int]) -> None:
        self._numbers, self._free = numbers, free
        self._up = list(range(1, len(numbers) + 1))
        self._down = list(range(-1, len(numbers) - 1))

    def nearest(self, number: int) -> int | None:
        """The one that is free and the least away; of two the lower."""
        at = bisect_left(self._numbers, number)
        found = [each for each in (self._first(self._down, at - 1), self._first(self._up, at)) if each is not None]
        return min(found, key=lambda each: abs(each - number), default=None)

    def _first(self, links: list[int], at: int) -> int | None:
        """The first free one from ``at`` on, where ``links`` lead; those on the way lead straight there from now on."""
        passed = []
        while 0 <= at < len(self._numbers) and self._numbers[at] not in self._free:
            passed.append(at)
            at = links[at]
        for each in passed:
            links[each] = at
        return self._numbers[at] if 0 <= at < len(self._numbers) else None
