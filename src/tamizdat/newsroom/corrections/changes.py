"""What changed for readers from one version of a story to the next: every part, in rows that a page shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from tamizdat.newsroom.corrections.differences import Piece, aligned, worded
from tamizdat.newsroom.corrections.lines import Line, lines_by_part, name_of
from tamizdat.story import Story

SAME: Final = "same"
SKIPPED: Final = "skipped"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a part: ``same``, ``changed``, ``gone``, ``new``; or ``skipped`` for lines that stayed."""

    kind: str
    label: str = ""
    was: str = ""
    """What it was before: a paragraph that became a heading."""
    pieces: tuple[Piece, ...] = ()
    gone_picture: str = ""
    picture: str = ""
    """SHA-256 (hex)."""
    is_text: bool = True
    gone_image: Any = None
    image: Any = None
    """The same of the library, once somebody has looked there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a story of which something changed."""

    name: str
    rows: tuple[Row, ...]


def changed_parts(before: Story, after: Story, sections: Mapping[str, str]) -> list[Part]:
    """Every part that readers see otherwise. ``sections``: what sections are called."""
    old, new = lines_by_part(before, sections), lines_by_part(after, sections)
    parts = []
    for name, lines in new.items():
        if lines != old[name]:
            rows = list(_rows(old[name], lines))
            # Around what changed in a text people look for the place; a caption beside another credit is just noise.
            parts.append(Part(name, tuple(_near(rows) if name == name_of("body") else _changed(rows))))
    return parts


def _rows(before: Sequence[Line], after: Sequence[Line]) -> Iterator[Row]:
    for a, b in aligned([line.key for line in before], [line.key for line in after]):
        yield _row(None if a is None else before[a], None if b is None else after[b])


def _row(old: Line | None, new: Line | None) -> Row:
    line = new or old or Line()
    kind = "new" if old is None else "gone" if new is None else SAME if old == new else "changed"
    label, was = line.label, ""
    if old and new and old.label != new.label:
        label, was = (each.label or _("Text") for each in (new, old))
    tokens = old.tokens if old else (), new.tokens if new else ()
    # Of a time, half of the digits tell nobody anything.
    pieces = worded(*tokens) if line.is_text else [*worded(tokens[0], ()), *worded((), tokens[1])]
    pictures = (old.picture if old else "", new.picture if new else "")
    if pictures[0] == pictures[1]:
        pictures = ("", pictures[1])
    return Row(kind, label, was, tuple(pieces), *pictures, is_text=line.is_text)


def _changed(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.kind != SAME]


def _near(rows: Sequence[Row]) -> Iterator[Row]:
    """What changed, with a line of what stayed on both sides."""
    last = len(rows) - 1
    is_skipping = False
    for at, row in enumerate(rows):
        around = rows[max(at - 1, 0) : min(at + 1, last) + 1]
        if any(each.kind != SAME for each in around):
            yield row
            is_skipping = False
        elif not is_skipping:
            yield Row(SKIPPED)
            is_skipping = True
