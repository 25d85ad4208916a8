"""A story as the press reads it: its header as a value, its body as lines that become HTML without a detour."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Final

from tamizdat.edition.canonical import block_of, body_groups, is_plain_paragraph, split_story, story_to_bytes
from tamizdat.press.body import RUN_BYTES, cut
from tamizdat.story import Block, Story, plain

_TAGS_BYTES: Final = len("<p></p>")


@dataclass(slots=True)
class _Piece:
    """One block of a body: its lines, and its HTML if it is a paragraph without marks."""

    lines: Sequence[str]
    html: str
    _block: Block | None = None

    def block(self) -> Block:
        """The block as a value."""
        if self._block is None:
            self._block = block_of(self.lines)
        return self._block


@dataclass(frozen=True)
class Manuscript:
    """``head`` is the story without its body, ``lines`` the body in canonical form (spec/edition.md, "Story")."""

    head: Story
    lines: Sequence[str]

    @classmethod
    def of(cls, story: Story | bytes) -> "Manuscript":
        """The manuscript of a story, or of its canonical bytes, which is quicker. Raises FormatError."""
        return cls(*split_story(story if isinstance(story, bytes) else story_to_bytes(story)))

    def html(self, block_html: Callable[[Block], str], max_bytes: int = 0) -> list[str]:
        """The body, block by block; blocks that weigh more than ``max_bytes`` (0: no limit) are cut.

        Nearly all of a body are paragraphs without marks. These never become blocks: for them ``block_html`` must do
        what :func:`tamizdat.markup.write.block_html` does.
        """
        html: list[str] = []
        for piece in self._pieces:
            if piece.html and (not max_bytes or _is_within(piece.html, max_bytes)):
                html.append(piece.html)
            else:
                html.extend(blocks_html((piece.block(),), block_html, max_bytes))
        return html

    @cached_property
    def _pieces(self) -> list[_Piece]:
        """The body; kept, because page and feeds show the same."""
        # Escaping all lines at once takes a tenth of the time. No line holds a line end, and none is made.
        escaped = escape("\n".join(self.lines)).split("\n")
        pieces: list[_Piece] = []
        at = 0
        for group in body_groups(self.lines):
            pieces.append(_Piece(group, f"<p>{escaped[at][1:]}</p>" if is_plain_paragraph(group[0]) else ""))
            at += len(group)
        return pieces

    def blocks(self) -> Iterator[Block]:
        """The body as values."""
        return (piece.block() for piece in self._pieces)

    def first_words(self) -> str:
        """The text of the first paragraph or heading; empty if there is none."""
        for block in self.blocks():
            text = getattr(block, "text", None)
            if text:
                return plain(text)
        return ""


def blocks_html(blocks: Iterable[Block], block_html: Callable[[Block], str], max_bytes: int = 0) -> Iterator[str]:
    """``blocks`` as HTML; those that weigh more than ``max_bytes`` (0: no limit) are cut."""
    for block in blocks:
        yield from map(block_html, cut(block, max_bytes) if max_bytes else (block,))


def _is_within(paragraph: str, max_bytes: int) -> bool:
    """Whether the HTML of a paragraph weighs no more than ``max_bytes``, as :func:`cut` weighs it."""
    most = max_bytes - RUN_BYTES + _TAGS_BYTES
    return len(paragraph) <= most // 4 or len(paragraph.encode()) <= most
