"""Of several versions of a wire's items the newest, and what their source took back. No I/O.

A notice that takes an item back is often shorter than the item: without version, language or times. In doubt it counts,
for editors can look again at what was taken back, and cannot at what they were not told.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tamizdat.errors import StoryError

TAKEN_BACK: Final = frozenset({"withheld", "canceled", "cancelled"})
"""What IPTC's status says of an item that must not be used, in all spellings that are sent."""

_LATEST: Final = datetime.max.replace(tzinfo=UTC)
"""Later than the time of any version."""

_KNOWN: Final = TAKEN_BACK | {"usable", ""}
_MAX_NUMBER: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Dates:
    """When an item was published, last changed, and before when it must not be shown."""

    published: datetime | None
    updated: datetime | None
    embargoed: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an item, and where it stands: file, and which of it."""

    at: tuple[str, int]
    number: int
    """0 if it has none."""
    when: datetime | None
    """When it was made; None if it does not say so."""
    embargoed: datetime | None = None
    """Of a text: before when it must not be shown."""
    any_language: bool = False
    """Of a picture that names no language: notices in whichever are about it."""


class Versions:
    """All versions that one reading of a source found, by story id and language.

    Of texts ``is_newest`` says which to read, once everything was told to ``add`` and ``take_back``; of notices that
    take back ``taken_back`` says which languages.
    """

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, Version]] = {}
        self._notices: dict[tuple[str, str, bool], Version] = {}
        """The newest by id, language (empty: all of them), and whether they have a number."""
        self._told: dict[str, set[str]] = {}
        """The languages of notices, by id."""

    def add(self, story_id: str, language: str, version: Version) -> None:
        """A text."""
        texts = self._texts.setdefault(story_id, {})
        known = texts.get(language)
        if known is None or _is_after(version, known, tie=_place(version) > _place(known)):
            texts[language] = version

    def take_back(self, story_id: str, language: str, version: Version) -> None:
        """A notice; ``language`` is empty if it names none of its own: then it is about every language."""
        key = (story_id, language, version.number > 0)
        known = self._notices.get(key)
        if known is None or _is_after(version, known, tie=version.when is None or version.at > known.at):
            self._notices[key] = version
            self._told.setdefault(story_id, set()).add(language)

    def is_newest(self, story_id: str, language: str, at: tuple[str, int]) -> bool:
        """Whether the text that stands at ``at`` is the newest of its language, and stands."""
        text = self._texts.get(story_id, {}).get(language)
        if text is None:
            return True
        tags = self._told.get(story_id, set()) if text.any_language else {language, ""}
        keys = [(story_id, tag, numbered) for tag in tags for numbered in (True, False)]
        notices = [self._notices[key] for key in keys if key in self._notices]
        return text.at == at and not any(_is_after(notice, text, tie=True) for notice in notices)

    def under_embargo(self, now: datetime) -> frozenset[str]:
        """The ids of all of which a text that stands waits for a time after ``now``, in whichever language."""
        found = set()
        for story_id, texts in self._texts.items():
            waiting = [(tag, text) for tag, text in texts.items() if text.embargoed and text.embargoed > now]
            if any(self.is_newest(story_id, tag, text.at) for tag, text in waiting):
                found.add(story_id)
        return frozenset(found)

    def gone(self) -> frozenset[str]:
        """The ids of all that was taken back, and of which nothing stands."""
        return frozenset(
            story_id
            for story_id, _language, _numbered in self._notices
            if not any(self.is_newest(story_id, tag, text.at) for tag, text in self._texts.get(story_id, {}).items())
        )

    def taken_back(self, story_id: str, language: str, at: tuple[str, int]) -> tuple[str, ...]:
        """The languages that the notice at ``at`` takes back: ``("",)`` for every one, none if newer texts stand."""
        notices = (self._notices.get((story_id, language, numbered)) for numbered in (True, False))
        notice = next((each for each in notices if each and each.at == at), None)
        if notice is None:
            return ()
        texts = self._texts.get(story_id, {})
        newer = {tag for tag, text in texts.items() if not _is_after(notice, text, tie=True)}
        if language:
            return () if language in newer else (language,)
        return tuple(sorted(texts.keys() - newer)) if newer else ("",)


def text_version(at: tuple[str, int], number: int, dates_of: Callable[[], Dates]) -> Version:
    """The version of a text by its dates; the latest there is if its embargo cannot be read: none before it is shown.

    Raises StoryError for other dates that cannot be read.
    """
    try:
        dates = dates_of()
    except StoryError as error:
        if "embargo" not in str(error.fields["field"]):
            raise
        return Version(at, number, _LATEST)
    return Version(at, number, dates.updated or dates.published, dates.embargoed)


def number_of(text: str) -> int:
    """A version's number, where it is one that a story's revision can be; else 0."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    return number if 1 <= number <= _MAX_NUMBER else 0


def _is_after(one: Version, other: Version, *, tie: bool) -> bool:
    """Whether ``one`` is the newer: by their numbers if both have one, else by time; ``tie`` where neither tells."""
    if one.number and other.number and one.number != other.number:
        return one.number > other.number
    if one.when and other.when and one.when != other.when:
        return one.when > other.when
    return tie


def _place(version: Version) -> tuple[bool, tuple[str, int]]:
    return version.when is not None, version.at


def status_of(text: str) -> str:
    """A publishing status without the scheme that it may have (``stat:canceled``, or an address)."""
    return re.split(r"[:/]", text.strip().rstrip("/"))[-1].strip().lower()


def status_note(status: str) -> str:
    """What is said of a status that is none of IPTC's; empty for those."""
    return "" if status in _KNOWN else f"its status {status[:60]!r} is none that we know: taken as usable"
