"""How much a file may bring. A story has less, so whoever meets a bound has a file of something else."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from tamizdat.errors import SourceError
from tamizdat.limits import Limits
from tamizdat.newsroom.exchange.sheet import Unit, split_id

MAX_UNITS: Final = 20_000
"""Of one file, whatever stories are in it."""
MAX_STORIES: Final = 1_000
"""Of one file."""
MAX_FIELD_UNITS: Final = Limits().max_blocks
"""Of one field: no story has more pieces in all."""
MAX_CHARS: Final = 262_144
"""Of one text."""


@dataclass(slots=True)
class Bounds:
    """Counts what comes out of the file ``name``, story by story."""

    name: str
    _stories: int = 0
    _units: int = 0
    _fields: Counter[str] = field(default_factory=Counter)

    def begin_story(self, line: int) -> None:
        """Another story, whose fields have the same names. Raises SourceError."""
        self._fields.clear()
        self._stories += 1
        if self._stories > MAX_STORIES:
            raise SourceError(
                f"has more than {MAX_STORIES:,} stories (line {line}): bring it back as several files", source=self.name
            )

    def count(self, unit: Unit) -> None:
        """One more. Raises SourceError, which names the file, the line, and what to do."""
        self._units += 1
        if self._units > MAX_UNITS:
            raise SourceError(
                f"has more than {MAX_UNITS:,} pieces (line {unit.line}): bring it back as several files",
                source=self.name,
            )
        name, number = split_id(unit.id)
        if not name or number < 0:
            return  # no id of ours; it is found by its source, if at all
        self._fields[name] += 1
        if self._fields[name] > MAX_FIELD_UNITS:
            raise SourceError(
                f"has more than {MAX_FIELD_UNITS:,} pieces of the field {name[:80]!r} (line {unit.line}), and no story "
                "has as many: take the story out again, and translate that file",
                source=self.name,
            )


def is_closed(language: str, closed: Collection[str]) -> bool:
    """Whether a language, as a file says it, is one of those (in small letters) that the person may not write."""
    return language.casefold() in closed
