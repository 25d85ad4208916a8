"""Which piece of a translation belongs to which piece of its source, after both have changed. Loses no translation.

A piece is a headline, a paragraph, a caption: whatever a translator sees in one row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

SAME: Final = "same"
CHANGED: Final = "changed"
NEW: Final = "new"
GONE: Final = "gone"
OWN: Final = "own"
_MOST_CELLS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A piece of a translation as it was last saved.

    ``source`` is what it translates, None for what the translator added. ``target`` is empty where the translator
    left the piece out. Not ``done``: nobody translated it, and ``target`` is a copy of the source.
    """

    source: str | None
    target: str
    done: bool = True

    def stored(self) -> list[Any]:
        """For JSON."""
        return [self.source, self.target, self.done]


@dataclass(frozen=True, slots=True)
class Row:
    """What a translator sees: the source now, the source that ``text`` translates, and that text.

    SAME: nothing to do. CHANGED: the source changed since. NEW: not translated yet. GONE: the source no longer has
    it. OWN: the translator added it.
    """

    state: str
    source: str
    before: str
    text: str


def pairs_from(stored: Iterable[Any]) -> list[Pair]:
    """Pairs out of JSON."""
    return [Pair(source, target, done) for source, target, done in stored]


def carried(pairs: Sequence[Pair], now: Sequence[str]) -> list[Pair]:
    """The pairs after somebody edited the translation freely, which now reads ``now``: each piece of it once."""
    head, after = _carried([pair for pair in pairs if pair.target], now)
    rest = iter(after)
    result = list(head)
    for pair in pairs:
        result += next(rest) if pair.target else [pair]
    return result


def _carried(kept: Sequence[Pair], now: Sequence[str]) -> tuple[list[Pair], list[list[Pair]]]:
    """What stands before all pairs, and what became of each."""
    head: list[Pair] = []
    after: list[list[Pair]] = [[] for _pair in kept]
    last = -1
    for old, new in met([pair.target for pair in kept], now):
        if old is not None:
            after[old].append(_edited(kept[old], now[new] if new is not None else ""))
            last = old
        elif new is not None:
            (after[last] if last >= 0 else head).append(Pair(None, now[new]))
    return head, after


def _edited(pair: Pair, text: str) -> Pair:
    return pair if text == pair.target else Pair(pair.source, text)


def aligned(source: Sequence[str], pairs: Sequence[Pair]) -> list[Row]:
    """Rows for the source as it reads now. Every text of ``pairs`` that somebody wrote is in one of them, in order."""
    rows: list[Row] = []
    own = _own(pairs)
    named = [pair for pair in pairs if pair.source is not None]
    rows += (Row(OWN, "", "", pair.target) for pair in own[0])
    for old, new in met([pair.source for pair in named], source):
        if old is None:
            rows += [Row(NEW, source[new], "", "")] if new is not None else []
            continue
        pair = named[old]
        if new is not None:
            rows.append(_row(pair, source[new]))
        elif pair.done and pair.target:
            rows.append(Row(GONE, "", pair.source or "", pair.target))
        rows += (Row(OWN, "", "", each.target) for each in own[old + 1])
    return rows


def _own(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """What the translator added: before all others, and after each."""
    found: list[list[Pair]] = [[]]
    for pair in pairs:
        if pair.source is None:
            found[-1].append(pair)
        else:
            found.append([])
    return found


def _row(pair: Pair, source: str) -> Row:
    if not pair.done:
        return Row(NEW, source, "", "")
    return Row(SAME if pair.source == source else CHANGED, source, pair.source or "", pair.target)


def met(old: Sequence[str | None], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Which of ``old`` is which of ``new``, both in order: as many equals as can be, then as many that were replaced.

    Of pieces that repeat, the earliest meet each other; asked again about its own answer, it answers the same.
    """
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    yield from ((at, at) for at in range(start))
    middle = old[start : len(old) - end], new[start : len(new) - end]
    walk = _walk if len(middle[0]) * len(middle[1]) <= _MOST_CELLS else _quick_walk
    yield from ((None if a is None else start + a, None if b is None else start + b) for a, b in walk(*middle))
    yield from ((len(old) - left, len(new) - left) for left in range(end, 0, -1))


def _alike(old: Sequence[str | None], new: Sequence[str]) -> int:
    """How many pieces at the beginning are the same."""
    return next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _walk(old: Sequence[str | None], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """The best way through the table of both: worth is the equals, then the replaced, in one number."""
    width = len(new) + 1
    equal = width + len(old)
    best = [[0] * width for _row in range(len(old) + 1)]
    for a in range(len(old) - 1, -1, -1):
        row, below = best[a], best[a + 1]
        for b in range(len(new) - 1, -1, -1):
            row[b] = max(below[b + 1] + (equal if old[a] == new[b] else 1), below[b], row[b + 1])
    a = b = 0
    while a < len(old) or b < len(new):
        here = best[a][b]
        if a < len(old) and b < len(new) and here == best[a + 1][b + 1] + (equal if old[a] == new[b] else 1):
            yield a, b
            a, b = a + 1, b + 1
        elif a < len(old) and here == best[a + 1][b]:
            yield a, None
            a += 1
        else:
            yield None, b
            b += 1


def _quick_walk(old: Sequence[str | None], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """A good way, for texts so long that the best one would keep people waiting."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _tag, a, a_end, b, b_end in matcher.get_opcodes():
        yield from zip_longest(range(a, a_end), range(b, b_end))


def settled(row: Row, text: str, confirmed: bool) -> Pair | None:
    """What a row becomes when it is saved with ``text``; None if it is to go.

    ``confirmed`` says of a changed row that the text fits the new source, of one whose source is gone that the text
    goes, too, and of an empty one that it is left out on purpose. Without it nothing is taken for done.
    """
    match row.state:
        case "new":
            if text or confirmed:
                return Pair(row.source, text)
            return Pair(row.source, row.source, done=False)
        case "changed":
            return Pair(row.source if confirmed else row.before, text)
        case "gone":
            return None if confirmed or not text else Pair(row.before, text)
        case "own":
            return Pair(None, text) if text else None
        case _:
            return Pair(row.source, text)
