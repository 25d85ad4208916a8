"""What a file of a translation holds, whichever format it has, and how it is made out of a task."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from django.utils.translation import gettext as _

from tamizdat.newsroom.exchange.codes import Tokens, normal, tokens_of, was
from tamizdat.newsroom.exchange.glossary import word_notes
from tamizdat.newsroom.suggesting.agreed import Finder
from tamizdat.newsroom.suggesting.marks import is_machines, unchecked
from tamizdat.newsroom.suggesting.words import plain
from tamizdat.newsroom.translating.aligning import CHANGED, NEW, SAME, Row
from tamizdat.newsroom.translating.beside import FieldRows, newest, rows_of, source_mark, source_now
from tamizdat.newsroom.translating.fields import LINE, RICH, inside
from tamizdat.newsroom.translating.models import Task

TODO: Final = "todo"
"""Nobody translated it."""
CHECK: Final = "check"
"""There is a text, and somebody should look at it: gettext's *fuzzy*, XLIFF's *needs review*."""
DONE: Final = "done"
"""Somebody says that it is right."""
UNSAID: Final = ""
"""The file does not say."""
_SCHEME: Final = "tamizdat"
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a story, as a translator's program sees it.

    ``was`` stands for the translation that the newsroom had when the file was made (``codes.was``); empty if the
    file does not say. ``fault`` says why the marks of ``target`` cannot be read; ``raw`` is that text all the same.
    """

    id: str
    source: Tokens
    target: Tokens
    state: str = UNSAID
    was: str = ""
    before: Tokens = ()
    notes: tuple[str, ...] = ()
    line: int = 0
    fault: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A story on its way out of a language into another. ``task`` is 0 and a text empty where a file says nothing."""

    story_id: str
    source_language: str
    language: str
    task: int
    revision: str
    units: tuple[Unit, ...]

    @property
    def name(self) -> str:
        """What stands in the file for where it comes from."""
        query = urlencode({"task": self.task, "revision": self.revision})
        return f"{_SCHEME}:{quote(self.story_id)}?{query}"


def parsed_name(name: str) -> tuple[str, int, str]:
    """Story id, task and source revision out of :attr:`Sheet.name`; empty for any other name."""
    try:
        parts = urlsplit(name.strip())
        asked = parse_qs(parts.query)
    except ValueError:
        return "", 0, ""
    if parts.scheme != _SCHEME:
        return "", 0, ""
    number = asked.get("task", [""])[0]
    task = int(number) if re.fullmatch(r"[0-9]{1,18}", number) else 0
    return unquote(parts.path)[:200], task, asked.get("revision", [""])[0][:40]


def field_id(key: str) -> str:
    """A field's key as it stands in ids of units: letters that every format allows."""
    return _NOT_IN_ID.sub("_", key)


def unit_id(key: str, number: int) -> str:
    """The id of a field's piece; ``number`` counts the pieces of the source."""
    return f"{field_id(key)}:{number}"


def split_id(name: str) -> tuple[str, int]:
    """Field and number out of :func:`unit_id`; a number of -1 for any other id."""
    field, _colon, number = name.rpartition(":")
    return (field, int(number)) if re.fullmatch(r"[0-9]{1,9}", number) else (name, -1)


def tokens_in(piece: str, kind: str) -> Tokens:
    """The tokens of a piece as it stands in a page."""
    if kind == LINE:
        return (piece,) if piece else ()
    return tokens_of(inside(piece) if kind == RICH else piece)


def rows_with_source(field: FieldRows) -> list[tuple[int, int, Row]]:
    """Number of the piece, place among all rows, row; without those that stand in the translation alone."""
    found = [(at, row) for at, row in enumerate(field.rows) if row.source]
    return [(number, at, row) for number, (at, row) in enumerate(found)]


def sheet_of(task: Task, *, only_open: bool = False, finder: Finder | None = None) -> Sheet:
    """A task's sheet, of everything or of what is to be done. ``finder`` knows the glossary of its languages.

    Without what somebody left out on purpose: in every program it would look like something to translate.
    """
    source, target = source_now(task), newest(task.target)
    fields, marks = rows_of(task.pairs, source, target), unchecked(task.target_id)
    return Sheet(
        story_id=source.story_id,
        source_language=task.source.locale.language_code,
        language=task.target.locale.language_code,
        task=task.pk,
        revision=source_mark(task),
        units=tuple(
            _unit(field, number, row, finder, by_machine=_is_machines(row, field.kind, marks))
            for field in fields
            for number, _at, row in rows_with_source(field)
            if (row.text or row.state != SAME)
            if not only_open or row.state in {NEW, CHANGED} or _is_machines(row, field.kind, marks)
        ),
    )


_STATES: Final = {NEW: TODO, CHANGED: CHECK}


def _is_machines(row: Row, kind: str, marks: frozenset[str]) -> bool:
    """Whether a text is a machine's that nobody has checked."""
    return bool(marks and row.text) and is_machines(plain(row.text, kind), marks)


def _unit(field: FieldRows, number: int, row: Row, finder: Finder | None, *, by_machine: bool) -> Unit:
    source, target = tokens_in(row.source, field.kind), tokens_in(row.text, field.kind)
    said = (_("by a machine, unchecked"),) if by_machine else ()
    return Unit(
        id=unit_id(field.key, number),
        source=source,
        target=target,
        state=_STATES.get(row.state, CHECK if by_machine else DONE),
        was=was(target),
        before=tokens_in(row.before, field.kind) if row.state == CHANGED else (),
        notes=(str(field.label), *said, *(word_notes(finder, plain(row.source, field.kind)) if finder else ())),
    )


def file_name(sheet: Sheet, ending: str) -> str:
    """``harbour.fa.xlf``."""
    return f"{sheet.story_id or 'story'}.{sheet.language}.{ending}"


def same(one: Tokens, other: Tokens) -> bool:
    """Whether two texts read the same."""
    return normal(one) == normal(other)
