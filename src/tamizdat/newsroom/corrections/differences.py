"""Two texts side by side, word for word. Takes time in proportion to what changed, however much that is."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, NamedTuple

from tamizdat.markup.found import texts_of
from tamizdat.newsroom.corrections.matching import common
from tamizdat.story import Block, Embed, PictureBlock, RichText, Story, Table, plain

_SIGNS: Final = r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205e\u060c\u061b\u061f\u066a-\u066d\u06d4\u3000-\u303f"
_TOKEN: Final = re.compile(rf"([^\s{_SIGNS}]+|[{_SIGNS}]|)(\s*)")
"""Vowel signs and non-joiners are parts of words: whatever is no sign and no space is one."""
_ALIKE: Final = 0.4
"""From this share of their letters in common, two paragraphs are one that was changed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``same``, ``gone`` or ``new``; with the marks that all of it carries."""

    kind: str
    text: str
    emphasis: bool = False
    strong: bool = False
    href: str = ""


class Token(NamedTuple):
    """A word or a sign, the space behind it, and its marks: emphasis, strong, address."""

    word: str
    space: str
    marks: "Marks" = (False, False, "")

    @property
    def key(self) -> Hashable:
        """What is compared; the space is not."""
        return self.word, self.marks


Tokens = tuple[Token, ...]
Marks = tuple[bool, bool, str]
_Bit = tuple[str, Marks, str]
"""A piece before it is joined with its neighbours: kind, marks, text."""
Places = tuple[int | None, int | None]
"""Of a line before and of what it became; None for one that came or went."""


def words_of(story: Story) -> list[str]:
    """Everything that a story says, a line for each text."""
    lines = [story.headline, story.lead, story.dateline, ", ".join(story.byline)]
    for block in story.body:
        lines += _block_words(block)
    return [line for line in lines if line]


def _block_words(block: Block) -> list[str]:
    match block:
        case PictureBlock(picture):
            return [picture.alt, picture.caption, picture.credit]
        case Table(rows, _, caption):
            return [caption, *(" | ".join(plain(cell) for cell in row) for row in rows)]
        case Embed(url, title):
            return [f"{title} ({url})"]
        case _:
            return [plain(text) for text in texts_of(block)]


def tokens_of(text: RichText) -> Tokens:
    """The words of running text."""
    return tuple(
        Token(word, space, (run.emphasis, run.strong, run.href)) for run in text for word, space in _split(run.text)
    )


def tokens_in(text: str) -> Tokens:
    """The words of a text without marks."""
    return tuple(Token(word, space) for word, space in _split(text))


def _split(text: str) -> Iterator[tuple[str, str]]:
    return ((word, space) for word, space in _TOKEN.findall(text) if word or space)


def compared(old: str, new: str) -> list[Piece]:
    """Words that stayed, went and came; paragraph by paragraph, where the texts have several lines."""
    before, after = ([tokens_in(line) for line in text.splitlines(keepends=True)] for text in (old, new))
    return _joined(
        bit
        for a, b in aligned(before, after)
        for bit in _worded(() if a is None else before[a], () if b is None else after[b])
    )


def aligned(before: Sequence[Tokens], after: Sequence[Tokens]) -> Iterator[Places]:
    """Lines that stayed or were changed, with what went and came between, in order."""
    at, to = 0, 0
    for a, b in [*common(before, after), (len(before), len(after))]:
        yield from _paired(before, after, range(at, a), range(to, b))
        if a < len(before):
            yield a, b
        at, to = a + 1, b + 1


def _paired(before: Sequence[Tokens], after: Sequence[Tokens], olds: range, news: range) -> Iterator[Places]:
    """Lines of which none stayed: those that one became the other stand together."""
    at, to = olds.start, news.start
    for a, b in [*_alike(before, after, olds, news), (olds.stop, news.stop)]:
        yield from ((old, None) for old in range(at, a))
        yield from ((None, new) for new in range(to, b))
        if a < olds.stop:
            yield a, b
        at, to = a + 1, b + 1


def _alike(before: Sequence[Tokens], after: Sequence[Tokens], olds: range, news: range) -> list[tuple[int, int]]:
    """Lines that share many of their words. Those words rise in both texts, and so do the lines."""
    if len(olds) == len(news) == 1:
        return [(olds.start, news.start)]  # between two lines that stayed: what else could it be?
    old, new = _words(before, olds), _words(after, news)
    shared: Counter[tuple[int, int]] = Counter()
    for a, b in common([word for word, _ in old], [word for word, _ in new]):
        shared[old[a][1], new[b][1]] += len(old[a][0])
    letters_before, letters_after = _letters(old), _letters(new)
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for (a, b), size in shared.most_common():
        is_alike = 2 * size >= _ALIKE * (letters_before[a] + letters_after[b])
        if is_alike and a not in chosen and b not in taken:
            chosen[a] = b
            taken.add(b)
    return sorted(chosen.items())


def _words(lines: Sequence[Tokens], places: range) -> list[tuple[str, int]]:
    """Words, with the lines in which they stand; every text has commas."""
    return [(token.word, at) for at in places for token in lines[at] if token.word[:1].isalnum()]


def _letters(words: Iterable[tuple[str, int]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for word, at in words:
        found[at] += len(word)
    return found


@dataclass(slots=True)
class _Stretch:
    """Tokens that stayed, pair by pair, or tokens in the place of others."""

    stayed: bool
    old: list[Token] = field(default_factory=list)
    new: list[Token] = field(default_factory=list)
    sizes: tuple[int, int] = (0, 0)

    def take(self, old: Sequence[Token], new: Sequence[Token]) -> None:
        self.old += old
        self.new += new
        more = (sum(len(token.word) for token in tokens) for tokens in (old, new))
        self.sizes = (self.sizes[0] + next(more), self.sizes[1] + next(more))


def worded(before: Tokens, after: Tokens) -> list[Piece]:
    """What one line became, in stretches that a person can read."""
    return _joined(_worded(before, after))


def _worded(before: Tokens, after: Tokens) -> Iterator[_Bit]:
    for stretch in _readable(_stretches(before, after)):
        if stretch.stayed:
            for old, new in zip(stretch.old, stretch.new, strict=True):
                if old.space == new.space:
                    yield "same", new.marks, new.word + new.space
                else:
                    yield "same", new.marks, new.word
                    yield "gone", old.marks, old.space
                    yield "new", new.marks, new.space
        else:
            yield from (("gone", token.marks, token.word + token.space) for token in stretch.old)
            yield from (("new", token.marks, token.word + token.space) for token in stretch.new)


def _stretches(before: Tokens, after: Tokens) -> Iterator[_Stretch]:
    """By turns: what is replaced, which may be nothing, and what stayed."""
    at, to = 0, 0
    replaced, stayed = _Stretch(stayed=False), _Stretch(stayed=True)
    for a, b in common([token.key for token in before], [token.key for token in after]):
        if (a, b) != (at, to):
            yield from (each for each in (replaced, stayed) if each.old or each.new)
            replaced, stayed = _Stretch(stayed=False), _Stretch(stayed=True)
            replaced.take(before[at:a], after[to:b])
        stayed.take([before[a]], [after[b]])
        at, to = a + 1, b + 1
    yield from (each for each in (replaced, stayed) if each.old or each.new)
    if at < len(before) or to < len(after):
        last = _Stretch(stayed=False)
        last.take(before[at:], after[to:])
        yield last


def _readable(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """The same, without scraps: what stayed between two changes counts as changed if each of them is longer."""
    made: list[_Stretch] = []
    for stretch in stretches:
        made.append(stretch)
        while len(made) > 2 and not stretch.stayed and _is_scrap(*made[-3:]):
            first, scrap, last = made[-3:]
            first.take(scrap.old, scrap.new)
            first.take(last.old, last.new)
            del made[-2:]
    return made


def _is_scrap(first: _Stretch, between: _Stretch, last: _Stretch) -> bool:
    return between.stayed and max(between.sizes) <= min(max(first.sizes), max(last.sizes))


def _joined(bits: Iterable[_Bit]) -> list[Piece]:
    """As few pieces as can be; what went stands before what came in its place."""
    return [
        Piece(kind, "".join(text for *_, text in group), *marks)
        for (kind, marks), group in groupby(_in_order(bits), key=lambda bit: bit[:2])
    ]


def _in_order(bits: Iterable[_Bit]) -> Iterator[_Bit]:
    new: list[_Bit] = []
    for bit in bits:
        if not bit[2]:
            continue
        if bit[0] == "new":
            new.append(bit)
            continue
        if bit[0] == "same":
            yield from new
            new = []
        yield bit
    yield from new
