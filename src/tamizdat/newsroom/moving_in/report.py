"""What came of an import: counts, and every item and field that did not fit."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from tamizdat.errors import ItemError, ItemNote
from tamizdat.sources.port import Gathered

MAX_LISTED: Final = 5_000
"""How many faults are listed; all are counted."""
_SHOWN_CHARS: Final = 500
_NAME_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """What happened to one item, or to one field of it."""

    where: str
    """File and line, or element, as the source names it."""
    story_id: str
    field: str
    """Empty if it is about the item as a whole."""
    text: str
    left_out: bool
    """Whether the item did not come in; else it lost something on the way."""
    name: str = ""
    """What people call the item, as far as it is known: its headline."""


@dataclass(slots=True)
class MoveReport:
    """One import so far."""

    source: str
    kind: str
    dry: bool = False
    read: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    """How many of those that were read are in each language, as the source says or as it was told."""
    new: int = 0
    changed: int = 0
    same: int = 0
    drafts: int = 0
    """Of those that are new: how many readers do not see."""
    kept: int = 0
    """Changed at the source and edited here: what stands here was kept."""
    left_out: int = 0
    pictures: int = 0
    addresses: int = 0
    fault: str = ""
    """Why the source could not be read to its end; empty if it was."""
    faults: list[Fault] = field(default_factory=list)
    unlisted: int = 0
    _named: int = 0
    """How many faults have the names that they can have."""

    def add(self, fault: Fault) -> None:
        """Count a fault, and list it while there is room."""
        self.left_out += fault.left_out
        if len(self.faults) < MAX_LISTED:
            self.faults.append(fault)
        else:
            self.unlisted += 1

    def note(self, gathered: Gathered, field: str, text: str) -> None:
        """That a story lost something on its way, or is not as there; ``field`` is empty if it is all of it."""
        self.add(_fault(gathered, field, text, left_out=False))

    def leave_out(self, gathered: Gathered, text: str, field: str = "") -> None:
        """That a story does not come in."""
        self.add(_fault(gathered, field, text, left_out=True))

    def take(self, error: ItemError) -> None:
        """A fault that the source itself reported."""
        where, what = str(error.fields.get("where", "")), str(error.fields.get("what", ""))
        detail = error.detail[:_SHOWN_CHARS]
        self.add(Fault(where[:_SHOWN_CHARS], what, "", detail, not isinstance(error, ItemNote)))

    def name(self, story_id: str, headline: str) -> None:
        """Note what the item is called of which the source has just said what it lost."""
        for at in range(self._named, len(self.faults)):
            if self.faults[at].story_id == story_id:
                self.faults[at] = replace(self.faults[at], name=headline[:_NAME_CHARS])
        self._named = len(self.faults)

    @property
    def whole(self) -> bool:
        """Whether everything that the source has is here now."""
        return not self.fault and not self.left_out and not self.kept

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        counts = ("read", "new", "changed", "same", "drafts", "kept", "left_out", "pictures", "addresses")
        return {
            "source": self.source,
            "kind": self.kind,
            "dry": self.dry,
            **{name: getattr(self, name) for name in counts},
            "languages": dict(self.languages),
            "fault": self.fault,
            "faults": [
                {"where": each.where, "story": each.story_id, "field": each.field, "text": each.text,
                 "left_out": each.left_out, "name": each.name}
                for each in self.faults
            ],
            "unlisted": self.unlisted,
        }  # fmt: skip

    def lines(self) -> list[str]:
        """The same for people: what came in, then what did not fit."""
        would = "would come" if self.dry else "came"
        counts = (
            f"{self.new} {would} in ({self.drafts} as drafts), {self.changed} changed, {self.same} as before, "
            f"{self.left_out} left out; {self.pictures} new pictures"
        )
        said = [f"{self.read} stories read from {self.source}: {counts}"]
        if self.dry and self.languages:
            said.append(f"languages: {', '.join(f'{tag} {count}' for tag, count in sorted(self.languages.items()))}")
        if self.kept:
            said.append(f"{self.kept} changed at the source and were edited here: what stands here was kept")
        if self.fault:
            said.append(f"stopped: {self.fault}")
        said += [_line(each) for each in self.faults]
        if self.unlisted:
            said.append(f"... and {self.unlisted} more")
        return said


def _fault(gathered: Gathered, field: str, text: str, *, left_out: bool) -> Fault:
    story = gathered.story
    return Fault(gathered.where, story.story_id, field, text, left_out, name=story.headline[:_NAME_CHARS])


def _line(fault: Fault) -> str:
    kind = "left out" if fault.left_out else "note"
    where = f"{fault.where}: {fault.name!r}" if fault.name else fault.where
    place = f"{where}: {fault.field}" if fault.field else where
    return f"{kind}: {place}: {fault.text}"
