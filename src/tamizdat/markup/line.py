"""Running text as HTML means it: white space collapses, line breaks may end a paragraph, marks come and go."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tamizdat.limits import LIMITS
from tamizdat.story import RichText, Run, rich

_SPACE: Final = re.compile("[ \t\n\v\f\r]+")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
# Joiners, direction marks and the like: alone they show nothing.
_INVISIBLE: Final = frozenset(
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff"
)


class Mark(NamedTuple):
    """How a stretch of text stands: its marks, its link, and whether it is inside a citation or credit."""

    emphasis: bool = False
    strong: bool = False
    href: str = ""
    role: str = ""


PLAIN: Final = Mark()
Pieces = list[tuple[str, Mark]]


def without_controls(text: str) -> str:
    """``text`` without the characters that neither HTML nor a story can carry. White space stays."""
    return _CONTROL.sub("", text)


def has_ink(text: str) -> bool:
    """Whether a reader would see or hear anything of ``text``."""
    return any(not character.isspace() and character not in _INVISIBLE for character in text)


class Line:
    """Collects text between two block boundaries and gives it back as paragraphs."""

    def __init__(self) -> None:
        self._paragraphs: list[Pieces] = [[]]
        self._breaks = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing visible has been added since the last :meth:`take`."""
        return not any(self._paragraphs)

    def add(self, text: str, mark: Mark) -> None:
        """Add text as it stands in the markup. A space after a space is none (CSS Text 3, 4.1.1)."""
        collapsed = _SPACE.sub(" ", without_controls(text))
        current = self._paragraphs[-1]
        if not current or current[-1][0].endswith(" "):
            collapsed = collapsed.removeprefix(" ")
        if collapsed:
            self._breaks = 0
            current.append((collapsed, mark))

    def line_break(self, mark: Mark) -> None:
        """One ``<br>`` is a space; a second one right after it begins a new paragraph."""
        breaks = self._breaks + 1
        self.add(" ", mark)
        self._breaks = breaks
        if breaks > 1 and self._paragraphs[-1]:
            self._paragraphs.append([])

    def take(self) -> list[Pieces]:
        """The paragraphs so far, trimmed, those without anything visible left out. The line is empty afterwards."""
        found = [_trimmed(pieces) for pieces in self._paragraphs]
        self._paragraphs, self._breaks = [[]], 0
        return [pieces for pieces in found if has_ink("".join(text for text, _ in pieces))]


def _trimmed(pieces: Pieces) -> Pieces:
    while pieces and not (text := pieces[-1][0].rstrip(" ")):
        pieces.pop()
    if pieces:
        pieces[-1] = (text, pieces[-1][1])
    return pieces


def rich_text(pieces: Iterable[tuple[str, Mark]]) -> RichText:
    """Pieces as the runs of a story."""
    return rich(Run(text, mark.emphasis, mark.strong, mark.href) for text, mark in pieces)


def split_long(pieces: Pieces, limit: int = LIMITS.max_line_chars) -> list[Pieces]:
    """Cut a paragraph that is too long for a story into several, at spaces where there are any."""
    if sum(len(text) for text, _ in pieces) <= limit:
        return [pieces]
    result: list[Pieces] = [[]]
    room = limit
    for text, mark in pieces:
        rest = text
        while len(rest) > room:
            cut = rest.rfind(" ", 0, room) + 1 or room
            if head := rest[:cut]:
                result[-1].append((head, mark))
            rest, room = rest[cut:], limit
            result.append([])
        if rest:
            result[-1].append((rest, mark))
            room -= len(rest)
    return [trimmed for part in result if (trimmed := _trimmed(part))]


def joined(texts: Sequence[RichText]) -> RichText:
    """Several texts as one, a space between them; empty for none."""
    runs: list[Run] = []
    for text in texts:
        if runs and text:
            runs.append(Run(" "))
        runs.extend(text)
    return rich(runs) if runs else ()
