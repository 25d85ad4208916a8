"""The port that every source implements."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tamizdat.errors import ItemError
from tamizdat.story import Story

Report = Callable[[ItemError], None]
"""Called once for each item that cannot become a story, and for each story that lost something on the way.

The latter is an :class:`~tamizdat.errors.ItemNote`; anything else means that the item was left out."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One story and how it was come by."""

    story: Story
    dated: bool
    """Whether the source says when the story was published; if not, the time of this run stands in for it."""
    where: str
    """File and line, or feed and element, as messages name it."""


class Source(Protocol):
    """A stream of stories.

    Implementations hold one item in memory at a time where the format allows it. They raise
    :class:`~tamizdat.errors.SourceError` when nothing more can be read at all, and call ``report`` with an
    :class:`~tamizdat.errors.ItemError` (naming file and line, or element) for an item that is unfit, then go on.
    They raise nothing else. An item that was reported and left out may be a story that is still current: after such a
    run an absent story is not a removed one.
    """

    @property
    def name(self) -> str:
        """As messages call it: the path or address from the settings."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the source lists everything current, so that an absent story is a removed one. Not so for feeds."""
        ...

    def stories(self, report: Report) -> Iterator[Gathered]:
        """Yield every story, in the source's own order."""
        ...

    def open_picture(self, origin: str) -> bytes:
        """The bytes behind ``Picture.origin``. Raises ItemError when they cannot be had."""
        ...
