"""The port that every source implements."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tamizdat.errors import ItemError
from tamizdat.story import Story

Report = Callable[[ItemError], None]
"""Called once for each item that cannot become a story, or that lost something on the way."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A story as a source gave it. ``dated`` is False when the source had no date and the run's time stands in;
    ``where`` names file and line, or element, for messages."""

    story: Story
    dated: bool
    where: str


class Source(Protocol):
    """A stream of stories.

    Implementations hold one item in memory at a time where the format allows it. They raise
    :class:`~tamizdat.errors.SourceError` when nothing more can be read at all, and call ``report`` with an
    :class:`~tamizdat.errors.ItemError` (naming file and line, or element) for an item that is unfit, then go on.
    They raise nothing else.
    """

    name: str
    """As messages call it: the path or address from the settings."""

    complete: bool
    """Whether the source lists everything current, so that an absent story is a removed one. Feeds scroll: ``False``."""

    def stories(self, report: Report) -> Iterator[Gathered]:
        """Yield every story, in the source's own order."""
        ...

    def open_picture(self, origin: str) -> bytes:
        """The bytes behind ``Picture.origin``. Raises ItemError when they cannot be had."""
        ...
