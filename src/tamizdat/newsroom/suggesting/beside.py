"""What the screen of the two columns shows beside each piece: whose words they are, and what there is to begin with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tamizdat.newsroom.suggesting.agreed import Finder, Word, glossary, lacking
from tamizdat.newsroom.suggesting.machines.opening import machine_name
from tamizdat.newsroom.suggesting.marks import unchecked
from tamizdat.newsroom.suggesting.models import MachineDraft
from tamizdat.newsroom.suggesting.words import digest, plain
from tamizdat.newsroom.translating.beside import FieldRows
from tamizdat.newsroom.translating.models import Task

Key = tuple[str, int]
"""A field's key, and which of its rows."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to begin with: as it is typed, where it comes from, how like the source is, and what differs there."""

    text: str
    said: Any
    percent: int = 0
    differs: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """All that is shown beside one piece. ``mark`` is the hash of its text if that is a machine's, unchecked."""

    mark: str = ""
    agreed: Sequence[Word] = ()
    lacking: Sequence[Word] = ()
    suggestions: Sequence[Suggestion] = field(default=())


def offers(task: Task, fields: Sequence[FieldRows], user: Any) -> dict[Key, Offer]:
    """By row. A few queries, however long the story is."""
    del user
    marks = unchecked(task.pk)
    finder = Finder(glossary(task.source.locale.language_code, task.target.locale.language_code))
    return {
        (each.key, at): _offer(plain(row.source, each.kind), plain(row.text, each.kind), marks, finder)
        for each in fields
        for at, row in enumerate(each.rows)
    }


def _offer(source: str, text: str, marks: frozenset[str], finder: Finder) -> Offer:
    hashed = digest(text) if text and marks else ""
    words = finder.found(source)
    return Offer(
        mark=hashed if hashed in marks else "",
        agreed=words,
        lacking=lacking(words, text) if text else (),
    )


@dataclass(frozen=True, slots=True)
class MachineState:
    """The machine of the settings, what it was asked for here, and how many of its pieces nobody has checked."""

    name: str
    draft: MachineDraft | None
    standing: int


def machine(task: Task, found: Mapping[Key, Offer]) -> MachineState:
    """How a machine stands to a translation."""
    return MachineState(
        machine_name(), MachineDraft.objects.filter(task=task).first(), sum(bool(each.mark) for each in found.values())
    )
