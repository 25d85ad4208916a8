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
    if len(kept) == len(now):
        return head, [[_edited(pair, text)] for pair, text in zip(kept, now, strict=True)]
    matcher = SequenceMatcher(None, [pair.target for pair in kept], now, autojunk=False)
    for _tag, old, old_end, new, new_end in matcher.get_opcodes():
        for at, text in zip_longest(range(old, old_end), now[new:new_end]):
            if at is not None:
                after[at].append(_edited(kept[at], text or ""))
            else:
                (after[old_end - 1] if old_end else head).append(Pair(None, text))
    return head, after


def _edited(pair: Pair, text: str) -> Pair:
    return pair if text == pair.target else Pair(pair.source, text)


def aligned(source: Sequence[str], pairs: Sequence[Pair]) -> list[Row]:
    """Rows for the source as it reads now. Every text of ``pairs`` that somebody wrote is in one of them, in order."""
    keys: list[Any] = [pair.source if pair.source is not None else pair for pair in pairs]
    rows: list[Row] = []
    matcher = SequenceMatcher(None, keys, source, autojunk=False)
    for tag, old, old_end, new, new_end in matcher.get_opcodes():
        if tag == "equal":
            rows += (_row(pair, text) for pair, text in zip(pairs[old:old_end], source[new:new_end], strict=True))
        else:
            rows += _replaced(pairs[old:old_end], source[new:new_end])
    return rows


def _row(pair: Pair, source: str) -> Row:
    if not pair.done:
        return Row(NEW, source, "", "")
    return Row(SAME if pair.source == source else CHANGED, source, pair.source or "", pair.target)


def _replaced(pairs: Sequence[Pair], source: Sequence[str]) -> Iterator[Row]:
    rest = iter(source)
    for pair in pairs:
        if pair.source is None:
            yield Row(OWN, "", "", pair.target)
            continue
        text = next(rest, None)
        if text is not None:
            yield _row(pair, text)
        elif pair.done and pair.target:
            yield Row(GONE, "", pair.source, pair.target)
    yield from (Row(NEW, text, "", "") for text in rest)


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
