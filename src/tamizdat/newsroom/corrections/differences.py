"""What readers had before and have now: two releases of a story, side by side, word for word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.markup.found import texts_of
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.story import Block, Embed, PictureBlock, Story, Table, plain

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]+")
_MOST_WORDS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``same``, ``gone`` or ``new``."""

    kind: str
    text: str


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


def differences(before: Release | None, after: Release) -> list[Piece]:
    """What changed from one release to the next; empty if either takes the story back."""
    if before is None or before.story is None or after.story is None:
        return []
    old, new = ("\n".join(words_of(story_from_bytes(bytes(story)))) for story in (before.story, after.story))
    return list(compared(old, new))


def compared(old: str, new: str) -> Iterator[Piece]:
    """Words that stayed, went and came. Of very long texts whole lines are compared: bounded time comes first."""
    split = _WORDS.findall if max(len(old), len(new)) < _MOST_WORDS * 6 else lambda text: text.splitlines(keepends=True)
    before, after = split(old), split(new)
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[a:b]))
            continue
        if b > a:
            yield Piece("gone", "".join(before[a:b]))
        if d > c:
            yield Piece("new", "".join(after[c:d]))
