"""What a source leaves out because of its kind: told once for each kind, with the names of what it was."""

from collections.abc import Iterator
from typing import Final

from tamizdat.errors import ItemNote
from tamizdat.sources.fields import as_line

_MAX_NAMED: Final = 20
_SHOWN_CHARS: Final = 60


class LeftOut:
    """Items of one source, by kind. Of each kind the first are named."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}

    def add(self, kind: str, name: str) -> None:
        """Count one. ``kind`` stands in the note after the number: ``posts of status trash``."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        names = self._names.setdefault(kind, [])
        if len(names) < _MAX_NAMED:
            names.append(as_line(name)[:_SHOWN_CHARS])

    def notes(self, where: str) -> Iterator[ItemNote]:
        """A note for each kind."""
        for kind, count in sorted(self._counts.items()):
            more = f" and {count - _MAX_NAMED} more" if count > _MAX_NAMED else ""
            names = ", ".join(map(repr, self._names[kind]))
            yield ItemNote(f"{count} {kind} left out: {names}{more}", where=where, what="")
