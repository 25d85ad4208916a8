"""The port that every source implements."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from tamizdat.errors import ItemError
from tamizdat.story import Story

Report = Callable[[ItemError], None]
"""Called once for each item that cannot become a story, and for each story that lost something on the way.

The latter is an :class:`~tamizdat.errors.ItemNote`; anything else means that the item was left out."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a story, and what its source calls them (a login, an id); either may be empty."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What a source knows of a story beside the story: for those who hold rights, lift embargoes and redirect links."""

    link: str = ""
    """The address at which it stood before."""
    others: tuple[str, ...] = ()
    """Other addresses that led there."""
    provider: str = ""
    rights: str = ""
    """Who holds the copyright, in one line."""
    usage_terms: str = ""
    embargoed: datetime | None = None
    """Not to be published before (UTC)."""
    note: str = ""
    """From editor to editor, not for readers."""
    urgency: int = 0
    """1, the most urgent, to 9; 0 if nothing is said."""
    authors: tuple[Author, ...] = ()
    group: str = ""
    """What translations of one text share, where they do not share an id."""
    own_id: str = ""
    """The story id that the item has by itself, if its source has a lasting one for each: translations may share
    another, which may change."""
    sisters: tuple[str, ...] = ()
    """The ids by themselves of its translations."""
    draft: bool = False
    """Whether its source shows it to nobody yet, or not to everybody. Sources yield such only if asked to."""
    parts: tuple[str, ...] = ()
    """The ids that pictures of it have as items by themselves, under which their source may take them back."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One story and how it was come by."""

    story: Story
    dated: bool
    """Whether the source says when the story was published; if not, the time of this run stands in for it."""
    where: str
    """File and line, or feed and element, as messages name it."""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A story that its source has no longer."""

    language: str
    story_id: str


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


@runtime_checkable
class SoundingSource(Source, Protocol):
    """What a source may offer besides: something to listen to."""

    def sound_file(self, origin: str) -> Path:
        """The file on this machine that is behind ``SoundBlock.origin``. Raises ItemError when there is none."""
        ...


@runtime_checkable
class EmbargoSource(Source, Protocol):
    """What a source may offer besides: to know which stories wait, before it yields the first of them."""

    @property
    def under_embargo(self) -> Collection[str]:
        """Story ids, and groups of translations (:attr:`Origin.group`), with a language whose embargo is to come.

        Known as soon as :meth:`stories` has yielded something; of what it has read and leaves out, too.
        """
        ...


@runtime_checkable
class WithdrawingSource(Source, Protocol):
    """What a source may offer besides: to know what was taken back, before it yields anything."""

    @property
    def gone(self) -> Collection[str]:
        """The ids of all of which it has a notice that takes it back, and no text or picture that is newer.

        Known as soon as :meth:`stories` has yielded something.
        """
        ...


@runtime_checkable
class ChangingSource(Source, Protocol):
    """What a source may offer besides: to say what has changed, so that nobody has to read all of it.

    Such a source is complete.
    """

    @property
    def mark(self) -> str:
        """Where the log of its changes ends now: any text. Asked for before anything is read.

        Another way of making stories out of the same items is a change of all of them: then no mark of before is known.
        """
        ...

    def changes(
        self, since: str, again: Collection[tuple[str, str]], report: Report
    ) -> Iterator[Gathered | Gone] | None:
        """Every story that may have changed since ``since``, an earlier mark, as it is now; each once.

        With them every story in ``again`` (language and id), changed or not. What was never there may be among both:
        it is gone. None if ``since`` is not known: then all of it is to be read. An item that is reported and left out
        is asked for again: as long as there is one, ``since`` stays the same. Raises as :meth:`stories`.
        """
        ...
