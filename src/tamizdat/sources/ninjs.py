"""ninjs, IPTC's News in JSON, in versions 1.x, 2.x and 3.x: what agencies send, and what newsroom systems export."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from tamizdat.errors import ItemError, ItemNote, ItemWithdrawn, SourceError, StoryError
from tamizdat.sources.fields import Fields, left_note
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.json_files import JsonFile, json_files
from tamizdat.sources.ninjs_media import PICTURES, Place
from tamizdat.sources.ninjs_story import (
    item_dates,
    item_id,
    item_language,
    origin_of,
    story_from_item,
)
from tamizdat.sources.pictures import WebPictures, folder_picture
from tamizdat.sources.port import Gathered, Report
from tamizdat.sources.times import parse_time
from tamizdat.sources.versions import (
    TAKEN_BACK,
    Dates,
    Version,
    Versions,
    number_of,
    status_note,
    status_of,
    text_version,
)

_SHOWN_CHARS: Final = 100
_NO_LANGUAGE: Final = "zxx"
"""Of items that name none: no notice names it."""
_NO_TEXTS: Final = frozenset({"event", "planning", "person", "organisation", "concept"})


class NinjsSource:
    """A file, a folder of ``*.json``, or an address: one item, an array of items, or ``{"items": [...]}``.

    Of several versions of one item the newest counts. ``language`` is for items that name none. What is withheld,
    canceled or under an embargo is left out with a note; with ``embargoed`` the latter is yielded, and its
    :class:`~tamizdat.sources.port.Origin` says until when. A picture that was taken back under an id of its own is left
    out of what shows it, but with ``withdrawn_pictures``.
    """

    def __init__(
        self,
        location: str | Path,
        *,
        name: str,
        now: datetime,
        language: str = "",
        embargoed: bool = False,
        newest_first: bool = False,
        withdrawn_pictures: bool = False,
    ) -> None:
        self.name = name
        self.complete = isinstance(location, Path)
        self._location = location
        self._now = now
        self._language = language
        self._embargoed = embargoed
        self._newest_first = newest_first
        self._withdrawn_pictures = withdrawn_pictures
        self.gone: frozenset[str] = frozenset()
        """See :class:`tamizdat.sources.port.WithdrawingSource`."""
        self.under_embargo: frozenset[str] = frozenset()
        """See :class:`tamizdat.sources.port.EmbargoSource`."""
        self._web = WebPictures(location if isinstance(location, str) else "")

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`. One file is in memory at a time.

        A folder is read twice: first for which versions there are.
        """
        files = [*self._files(report)] if self._is_single() else None
        newest = self._newest(files or self._files(_unheard))
        self.under_embargo = newest.under_embargo(self._now)
        self.gone = newest.gone()
        for file in files or self._files(report):
            for at, value in enumerate(_items(file, report)):
                gathered = self._gathered(value, _where(file, value, at), file, (file.where, at), newest, report)
                if gathered:
                    yield gathered

    def open_picture(self, origin: str) -> bytes:
        """Fetch a picture from the web, or read one of the folder. Raises ItemError."""
        if isinstance(self._location, Path) and not origin.lower().startswith(("http://", "https://")):
            return folder_picture(self._location if self._location.is_dir() else self._location.parent, origin)
        return self._web.open(origin)

    def _files(self, report: Report) -> Iterator[JsonFile]:
        return json_files(self._location, self.name, report, newest_first=self._newest_first)

    def _is_single(self) -> bool:
        return isinstance(self._location, str) or not self._location.is_dir()

    def _newest(self, files: Iterable[JsonFile]) -> Versions:
        newest = Versions()
        for file in files:
            for at, value in enumerate(_items(file, _unheard)):
                try:
                    self._learn(Fields(value), (file.where, at), newest)
                except StoryError:
                    continue
        return newest

    def _learn(self, item: Fields, at: tuple[str, int], newest: Versions) -> None:
        """Raises StoryError for what cannot be read: that is told of when it is."""
        story_id, number = story_id_from(item_id(item)), number_of(item.text("version"))
        if _status(item) in TAKEN_BACK:
            newest.take_back(story_id, _named_language(item), Version(at, number, _versioned(item)))
        else:
            version = text_version(at, number, lambda: item_dates(item))
            if item.text("type").lower() in PICTURES and not _named_language(item):
                version = replace(version, any_language=True)
            newest.add(story_id, self._known_language(item), version)

    def _known_language(self, item: Fields) -> str:
        """Its language. Pictures need none, but one that came again is not gone."""
        try:
            return item_language(item, self._language)
        except StoryError:
            return _NO_LANGUAGE

    def _gathered(
        self, value: object, where: str, file: JsonFile, at: tuple[str, int], newest: Versions, report: Report
    ) -> Gathered | None:
        item, losses = Fields(value), list[str]()
        try:
            if reason := _no_story(item):
                report(ItemNote(reason, where=where, what=""))
                return None
            story_id = story_id_from(item_id(item))
            if _status(item) in TAKEN_BACK:
                _tell_taken_back(item, where, story_id, at, newest, report)
                return None
            language, dates = item_language(item, self._language), item_dates(item)
            if not newest.is_newest(story_id, language, at):
                return None
            if held := self._held(dates):
                report(ItemNote(held, where=where, what=story_id))
                return None
            place = Place(file.base, file.folder)
            losses.append(status_note(_status(item)))
            hidden = frozenset[str]() if self._withdrawn_pictures else self.gone
            story = story_from_item(item, language, dates, self._now, place, losses.append, hidden)
        except StoryError as error:
            report(ItemError(str(error), where=where, what=""))
            return None
        origin = origin_of(item, dates, story, self._now, hidden)
        for loss in dict.fromkeys(filter(None, (*losses, left_note(item.left())))):
            report(ItemNote(loss, where=where, what=story_id))
        return Gathered(story, dates.published is not None, where, origin)

    def _held(self, dates: Dates) -> str:
        """Why an item must not be published now; empty if it may."""
        if dates.embargoed and dates.embargoed > self._now and not self._embargoed:
            return f"left out: under embargo until {dates.embargoed:%Y-%m-%d %H:%M} UTC"
        return ""


def _status(item: Fields) -> str:
    return status_of(item.text("pubstatus"))


def _tell_taken_back(
    item: Fields, where: str, story_id: str, at: tuple[str, int], newest: Versions, report: Report
) -> None:
    """That an item's source took it back. Nothing else of such a notice has to be there, or in order."""
    status, why = _status(item), item.text("ednote")
    for language in newest.taken_back(story_id, _named_language(item), at):
        said = {"what": story_id, "language": language, "status": status, "why": why}
        report(ItemWithdrawn(f"left out: its status is {status}", where=where, **said))


def _named_language(item: Fields) -> str:
    """The language that a notice names itself; empty if it names none that can be read."""
    try:
        return item_language(item, "")
    except StoryError:
        return ""


def _versioned(item: Fields) -> datetime | None:
    """When a notice was made. Of its other times it may repeat those of the item."""
    try:
        return parse_time(item.text("versioncreated"), "versioncreated")
    except StoryError:
        return None


def _items(file: JsonFile, report: Report) -> Iterator[object]:
    value = file.value
    if isinstance(value, dict) and isinstance(value.get("items"), list) and "uri" not in value:
        extra = Fields({key: each for key, each in value.items() if key != "items"})
        if left := left_note(extra.left()):
            report(ItemNote(left, where=file.where, what=""))
        value = value["items"]
    elif isinstance(value, dict) and isinstance(value.get("_items"), list):
        value = value["_items"]
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield each
        else:
            report(ItemError("holds something that is no item of ninjs {...}", where=file.where, what=""))


def _where(file: JsonFile, value: object, at: int) -> str:
    named = Fields(value).text("uri", "guid")[:_SHOWN_CHARS]
    alone = not isinstance(file.value, list) and not isinstance(getattr(file.value, "get", lambda _: 0)("items"), list)
    place = file.where if alone else f"{file.where}, item {at + 1}"
    return f"{place} ({named})" if named else place


def _no_story(item: Fields) -> str:
    """Why an item is no story at all; empty if it may be one."""
    kind = item.text("type").lower()
    has_text = any(name.startswith("body") for name in item.names())
    if kind in _NO_TEXTS and not has_text:
        return f"left out: its type is {kind}, which is no story ({left_note(item.left()) or 'it is empty'})"
    return ""


def _unheard(error: ItemError | SourceError) -> None:
    """The second reading tells of the same faults."""
