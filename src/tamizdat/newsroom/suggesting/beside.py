"""What the screen of the two columns shows beside each piece: whose words they are, and what there is to begin with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from tamizdat.locales import endonym
from tamizdat.newsroom.suggesting.agreed import Finder, Word, glossary, lacking
from tamizdat.newsroom.suggesting.machines.opening import machine_host, machine_name
from tamizdat.newsroom.suggesting.marks import is_machines, unchecked
from tamizdat.newsroom.suggesting.memory import Found, find, line
from tamizdat.newsroom.suggesting.models import MachineDraft
from tamizdat.newsroom.suggesting.sisters import in_letters_of, sisters, told
from tamizdat.newsroom.suggesting.words import digest, plain
from tamizdat.newsroom.translating.aligning import CHANGED, NEW, Row
from tamizdat.newsroom.translating.beside import FieldRows, script_of
from tamizdat.newsroom.translating.fields import CELL, LINE, has_marks, to_type
from tamizdat.newsroom.translating.models import Task

Key = tuple[str, int]
"""A field's key, and which of its rows."""
_NAME_CHARS: Final = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to begin with: as it is typed, where it comes from, how like the source is, and what differs there."""

    text: str
    said: str = ""
    percent: int = 0
    differs: Sequence[Any] = ()

    @property
    def name(self) -> str:
        """By which a form says that it was chosen."""
        return digest(self.text)[:_NAME_CHARS]


@dataclass(frozen=True, slots=True)
class Offer:
    """All that is shown beside one piece. ``mark`` is the hash of its text if that is a machine's, unchecked."""

    mark: str = ""
    agreed: Sequence[Word] = ()
    lacking: Sequence[Word] = ()
    suggestions: Sequence[Suggestion] = field(default=())


def offers(task: Task, fields: Sequence[FieldRows], user: Any) -> dict[Key, Offer]:
    """By row. Some ten queries, however long the story is and whatever is remembered."""
    marks = unchecked(task.target_id)
    finder = Finder(glossary(task.source.locale.language_code, task.target.locale.language_code))
    open_rows = [(each, row) for each in fields for row in each.rows if row.state in {NEW, CHANGED}]
    known = find(task, {plain(row.source, each.kind) for each, row in open_rows}, user)
    near = _Sisters(task, user, wanted=bool(open_rows))
    return {
        (each.key, at): _offer(each, row, marks, finder, _suggestions(each, row, known, near))
        for each in fields
        for at, row in enumerate(each.rows)
    }


def _offer(
    each: FieldRows, row: Row, marks: frozenset[str], finder: Finder, suggestions: Sequence[Suggestion]
) -> Offer:
    text = plain(row.text, each.kind)
    words = finder.found(plain(row.source, each.kind))
    return Offer(
        mark=digest(text) if is_machines(text, marks) else "",
        agreed=words,
        lacking=lacking(words, text) if text else (),
        suggestions=suggestions,
    )


class _Sisters:
    """What sister languages say of a piece, the source's own words among them if the source is one."""

    def __init__(self, task: Task, user: Any, *, wanted: bool) -> None:
        source, target = task.source.locale.language_code, task.target.locale.language_code
        self._target = target
        self._source = source if source in sisters(target) else ""
        self._told = told(task, user) if wanted else {}

    def say(self, key: str, piece: str, kind: str) -> list[tuple[str, str]]:
        """Languages and texts."""
        own = [(self._source, in_letters_of(self._target, self._source, line(piece, kind)))] if self._source else []
        return [*self._told.get((key, piece), ()), *own]


def _suggestions(
    each: FieldRows, row: Row, known: Mapping[str, Sequence[Found]], near: _Sisters
) -> Sequence[Suggestion]:
    if row.state not in {NEW, CHANGED}:
        return ()
    marked = any(has_marks(text, each.kind) for text in (row.source, row.text))
    found = [
        Suggestion(_as_typed(one.target, each.kind, marked), "", one.percent, one.differs)
        for one in known.get(plain(row.source, each.kind), ())
    ]
    for tag, text in near.say(each.key, row.source, each.kind):
        said = _("%(language)s: a close language, to begin with") % {"language": endonym(tag)}
        found.append(Suggestion(_as_typed(text, each.kind, marked), said))
    there = to_type(row.text, each.kind)
    return list({one.text: one for one in reversed(found) if one.text != there}.values())[::-1]


def _as_typed(text: str, kind: str, marked: bool) -> str:
    """HTML of one line as a translator would type it in a field of this kind."""
    return text if marked and kind != LINE else plain(text, CELL)


def taken(wish: str, found: Mapping[Key, Offer]) -> dict[Key, tuple[str, bool]]:
    """The suggestion that a form without scripts asks for, as what was typed; empty if it is there no longer."""
    place, _bar, name = wish.rpartition("|")
    key, _colon, at = place.partition(":")[2].rpartition(":")
    offer = found.get((key, int(at))) if at.isascii() and at.isdigit() else None
    return {(key, int(at)): (each.text, False) for each in (offer.suggestions if offer else ()) if each.name == name}


@dataclass(frozen=True, slots=True)
class MachineState:
    """The machine of the settings, what it was asked for here, and how many of its pieces nobody has checked.

    ``host`` is where the text would go, if that is outside.
    """

    name: str
    host: str
    draft: MachineDraft | None
    standing: int


def machine(task: Task, found: Mapping[Key, Offer]) -> MachineState:
    """How a machine stands to a translation."""
    unchecked = sum(bool(each.mark) for each in found.values())
    # A machine does not translate from one script into the other.
    name = "" if script_of(task) else machine_name()
    return MachineState(name, machine_host(), MachineDraft.objects.filter(page_id=task.target_id).first(), unchecked)
