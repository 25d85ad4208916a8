"""NewsML-G2: items, messages of several items, and packages that put them in order."""

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from tamizdat.errors import ItemError, ItemNote, ItemWithdrawn, SourceError, StoryError
from tamizdat.sources.fields import as_line
from tamizdat.sources.files import inside, is_folder
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.json_files import fetch_bytes, folder_files, read_bounded
from tamizdat.sources.languages import normal_language
from tamizdat.sources.newsml_item import Item, code_of
from tamizdat.sources.newsml_media import files_of, is_picture, origins_of
from tamizdat.sources.newsml_package import references, together
from tamizdat.sources.newsml_story import (
    item_dates,
    item_id,
    item_language,
    origin_of,
    rest_note,
    story_from_item,
)
from tamizdat.sources.ninjs_media import Place
from tamizdat.sources.pictures import WebPictures, folder_picture
from tamizdat.sources.port import Gathered, Report
from tamizdat.sources.times import parse_time
from tamizdat.sources.versions import TAKEN_BACK, Version, Versions, number_of, status_note, status_of, text_version
from tamizdat.sources.xml_tree import Node, read_elements

_KINDS: Final = frozenset({"newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem"})
_MAX_NAMED: Final = 20


class _File(NamedTuple):
    where: str
    data: bytes
    place: Place


_Pictures = dict[str, list[tuple[Place, str]]]
"""Where the files of pictures are, by the ids of these."""


class NewsmlSource:
    """A file, a folder of ``*.xml``, or an address. Of several versions of one item the newest counts.

    ``language`` is for items that name none. Items that are withheld, canceled or under an embargo are left out with a
    note; with ``embargoed`` the latter are yielded. Items of a message whose package names them come in its order,
    and pictures that a package gives beside one text become that story's. A picture that was taken back by itself is
    left out of texts, also where one shows its file.
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
    ) -> None:
        self.name = name
        self.complete = isinstance(location, Path)
        self._location = location
        self._now = now
        self._language = language
        self._embargoed = embargoed
        self._newest_first = newest_first
        self.under_embargo: frozenset[str] = frozenset()
        """See :class:`tamizdat.sources.port.EmbargoSource`."""
        self.gone: frozenset[str] = frozenset()
        """See :class:`tamizdat.sources.port.WithdrawingSource`."""
        self._gone_files: frozenset[str] = frozenset()
        """Where the files are of pictures among them."""
        self._web = WebPictures(location if isinstance(location, str) else "")

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`. One file is in memory at a time.

        A folder is read twice: first for which versions there are.
        """
        single = [*self._files(report)] if isinstance(self._location, str) else None
        newest = self._learned(single or self._files(_unheard))
        for file in single or self._files(report):
            yield from self._of_file(file, newest, report)

    def open_picture(self, origin: str) -> bytes:
        """Fetch a picture from the web, or read one of the folder. Raises ItemError."""
        if isinstance(self._location, Path) and not origin.lower().startswith(("http://", "https://")):
            return folder_picture(self._location if self._location.is_dir() else self._location.parent, origin)
        return self._web.open(origin)

    def _files(self, report: Report) -> Iterator[_File]:
        if isinstance(self._location, str):
            data, about = fetch_bytes(self._location, self._location)
            yield _File(self.name, data, Place(about.url))
        elif not is_folder(self._location):
            yield _File(self.name, read_bounded(self._location, self.name), Place(folder=self._location.parent))
        else:
            for file in folder_files(self._location, self.name, (".xml",), newest_first=self._newest_first):
                where = f"{self.name.rstrip('/')}/{file.name}"
                try:
                    inside(self._location, file.name)
                    yield _File(where, read_bounded(file, where), Place(folder=self._location))
                except (SourceError, ItemError) as error:
                    report(ItemError(error.detail, where=where, what=""))

    def _learned(self, files: Iterable[_File]) -> Versions:
        newest, pictures = Versions(), _Pictures()
        for file in files:
            self._learn(file, newest, pictures)
        self.under_embargo = newest.under_embargo(self._now)
        self.gone = newest.gone()
        gone = [each for story_id in self.gone for each in pictures.get(story_id, ())]
        self._gone_files = frozenset(each for place, file in gone for each in origins_of(file, place) if each)
        return newest

    def _learn(self, file: _File, newest: Versions, pictures: _Pictures) -> None:
        try:
            for at, node in enumerate(_items(file)):
                try:
                    if is_picture(item := Item(node)):
                        found = pictures.setdefault(story_id_from(item_id(node)), [])
                        found += [(file.place, each) for each in files_of(item)]
                    self._learn_item(node, (file.where, at), newest)
                except StoryError:
                    continue
        except SourceError:
            return

    def _learn_item(self, node: Node, at: tuple[str, int], newest: Versions) -> None:
        """Raises StoryError for what cannot be read: that is told of when it is."""
        story_id, item = story_id_from(item_id(node)), Item(node)
        number = number_of(node.attributes.get("version", "").strip())
        if _status(item) in TAKEN_BACK:
            newest.take_back(story_id, _named_language(item), Version(at, number, _versioned(item)))
        else:
            version = text_version(at, number, lambda: item_dates(item))
            newest.add(story_id, item_language(node, self._language), version)

    def _of_file(self, file: _File, newest: Versions, report: Report) -> Iterator[Gathered]:
        order: dict[str, int] = {}
        found: list[tuple[str, Gathered]] = []
        packages: list[Node] = []
        guids: set[str] = set()
        try:
            for at, node in enumerate(_items(file)):
                where = f"{file.where}:{node.line}"
                guids.add(node.attributes.get("guid", ""))
                if node.tag == "packageItem":
                    packages.append(node)
                    for reference in references(node):
                        order.setdefault(reference, len(order))
                if node.tag != "newsItem":
                    report(ItemNote(_described(node), where=where, what=""))
                elif gathered := self._gathered(node, where, (file.where, at), newest, file.place, report):
                    found.append((node.attributes.get("guid", ""), gathered))
        except SourceError as error:
            if file.where == self.name:
                raise
            report(ItemError(error.detail, where=file.where, what=""))
        for package in packages:
            if missing := [named for named in dict.fromkeys(references(package)) if named not in guids]:
                report(ItemNote(_absent(package, missing), where=f"{file.where}:{package.line}", what=""))
        found.sort(key=lambda each: order.get(each[0], len(order)))
        yield from together(packages, found, report)

    def _gathered(
        self,
        node: Node,
        where: str,
        at: tuple[str, int],
        newest: Versions,
        place: Place,
        report: Report,
    ) -> Gathered | None:
        item, losses = Item(node), list[str]()
        try:
            story_id = story_id_from(item_id(node))
            if _status(item) in TAKEN_BACK:
                _tell_taken_back(item, where, story_id, at, newest, report)
                return None
            language, dates = item_language(node, self._language), item_dates(item)
            if not newest.is_newest(story_id, language, at):
                return None
            if held := self._held(dates.embargoed):
                report(ItemNote(held, where=where, what=story_id))
                return None
            losses.append(status_note(_status(item)))
            gone = () if is_picture(item) else self._gone_files
            story = story_from_item(item, language, dates, self._now, place, losses.append, gone)
        except StoryError as error:
            held = "; ".join(filter(None, (str(error), *losses, rest_note(item))))
            report(ItemError(held, where=where, what=""))
            return None
        origin = origin_of(item, dates, story)
        for loss in dict.fromkeys(filter(None, (*losses, rest_note(item)))):
            report(ItemNote(loss, where=where, what=story_id))
        return Gathered(story, dates.published is not None, where, origin)

    def _held(self, embargoed: datetime | None) -> str:
        """Why an item must not be published now; empty if it may."""
        if embargoed and embargoed > self._now and not self._embargoed:
            return f"left out: under embargo until {embargoed:%Y-%m-%d %H:%M} UTC"
        return ""


def _status(item: Item) -> str:
    return next((status_of(code_of(each)) for each in item.all("itemMeta/pubStatus")), "")


def _tell_taken_back(
    item: Item, where: str, story_id: str, at: tuple[str, int], newest: Versions, report: Report
) -> None:
    """That an item's source took it back. Nothing else of such a notice has to be there, or in order."""
    status, why = _status(item), item.text("itemMeta/edNote")
    for language in newest.taken_back(story_id, _named_language(item), at):
        said = {"what": story_id, "language": language, "status": status, "why": why}
        report(ItemWithdrawn(f"left out: its status is {status}", where=where, **said))


def _named_language(item: Item) -> str:
    """The language of the text that a notice takes back; empty if it names none. ``xml:lang`` is that of its words."""
    for each in item.all("contentMeta/language")[:1]:
        if language := normal_language(each.attributes.get("tag", "")):
            return language
    return ""


def _versioned(item: Item) -> datetime | None:
    """When a notice was made. Of its other times it may repeat those of the item."""
    try:
        return parse_time(item.text("itemMeta/versionCreated"), "versionCreated")
    except StoryError:
        return None


def _items(file: _File) -> Iterator[Node]:
    """All items of a file. Raises SourceError, also if there is none."""
    root: list[str] = []

    def wanted(tag: str, depth: int) -> bool:
        if depth == 1:
            root.append(tag)
        return tag in _KINDS

    number = 0
    for node in read_elements(io.BytesIO(file.data), wanted, name=file.where, prefix=lambda _: ""):
        number += 1
        yield node
    if not number:
        raise SourceError(f"holds no item of NewsML-G2: it is <{''.join(root)[:60]}>", source=file.where)


def _described(node: Node) -> str:
    """A note that names an item that is no story, and what it says first."""
    guid = as_line(node.attributes.get("guid", ""))[:100]
    words = as_line(" ".join(node.text().split()))[:200]
    left = ", ".join(Item(node).left()[:40])
    return f"{node.tag} {guid} left out: only news items are stories ({words}; in {left})"


def _absent(package: Node, missing: list[str]) -> str:
    guid, named = as_line(package.attributes.get("guid", ""))[:100], as_line(", ".join(missing[:_MAX_NAMED]))
    more = f" and {len(missing) - _MAX_NAMED} more" if len(missing) > _MAX_NAMED else ""
    return f"{package.tag} {guid} names {len(missing)} items that are not in this file: {named[:2_000]}{more}"


def _unheard(error: ItemError) -> None:
    """The second reading tells of the same faults."""
