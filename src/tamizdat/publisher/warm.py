"""What a publisher keeps in mind from one publish to the next, so that one story costs what one story touches.

All of it can be had from the ledger and from looking at files, only more slowly. It is taken out when a publish begins
and put back when it has ended well, and counts only while nobody else has written to the ledger (docs/adr/0020).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.edition.site import SiteTree
from tamizdat.press.site import LanguageSite
from tamizdat.publisher.edition_memory import EditionMemory
from tamizdat.publisher.ledger import Published

LOOK_EVERY: Final = timedelta(hours=24)
"""So long after all files were looked at, all are looked at again, whatever was asked for."""
_MOST_STEPS: Final = 2_000
"""Publishes by difference after which everything is compared once more."""


class NotingOutbound(DirectoryOutbound):
    """The local web root, which notes what is written to it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.written: set[str] = set()

    def put(self, path: str, data: bytes | Path) -> str:
        """See :meth:`tamizdat.carriers.port.Outbound.put`."""
        self.written.add(path)
        return super().put(path, data)

    def put_many(self, files: Iterable[tuple[str, bytes]]) -> list[str]:
        """See :meth:`tamizdat.carriers.port.Outbound.put_many`."""

        def noted() -> Iterable[tuple[str, bytes]]:
            for path, data in files:
                self.written.add(path)
                yield path, data

        return super().put_many(noted())


@dataclass(slots=True)
class WarmSite:
    """One language's pages as they were pressed last, or those that are in no language's folder."""

    tree: SiteTree
    look: bytes = b""
    latest: Published | None = None
    log_end: int = 0
    breaking: tuple[str, ...] = ()
    arranged: object = None
    """What stands on top of lists."""
    published: SiteTree | None = None
    """The tree of which all listings were written; None for one that was never written."""


@dataclass(slots=True)
class Warm:
    """What is known without looking. An empty one knows nothing."""

    quick: bool = False
    """Whether what stands here is how the last publish left everything, so that differences are enough."""
    looked: datetime | None = None
    """When all files were looked at."""
    sites: dict[str, WarmSite] = field(default_factory=dict)
    presses: dict[str, LanguageSite] = field(default_factory=dict)
    """By language, of those that were needed so far."""
    editions: dict[str, EditionMemory] = field(default_factory=dict)
    steps: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    """By version of the timestamp: what was written to the local web root for it."""
    reached: dict[str, int] = field(default_factory=dict)
    """By carrier: the version of the timestamp of which it had everything."""
    sample: tuple[str, str] = ("", "")
    """How far pages and other files were looked at, a few with every publish."""

    def is_fresh(self, now: datetime) -> bool:
        """Whether files need not be looked at yet."""
        return self.looked is not None and now - self.looked < LOOK_EVERY and len(self.steps) < _MOST_STEPS

    def note(self, version: int, written: Iterable[str]) -> None:
        """A step: what was written for this version of the timestamp. What every carrier has is forgotten."""
        oldest = min(self.reached.values(), default=version)
        self.steps = [step for step in self.steps if step[0] > oldest]
        self.steps.append((version, frozenset(written)))

    def since(self, version: int) -> set[str]:
        """What was written after this version of the timestamp."""
        return set().union(*(paths for at, paths in self.steps if at > version))
