"""RSS 2.0, RSS 1.0 and Atom, from a file or the web, with full texts or summaries."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup.line import without_controls
from tamizdat.markup.links import resolve
from tamizdat.sources.encodings import Encoding, find_encoding, texts
from tamizdat.sources.feed_entry import FeedContext, story_from_entry
from tamizdat.sources.feed_media import MediaTexts, media_texts
from tamizdat.sources.feed_split import Item, Outside, Piece, split
from tamizdat.sources.feed_xml import Parsed, parse
from tamizdat.sources.fetch import FeedState, Fetched, fetch
from tamizdat.sources.files import open_file
from tamizdat.sources.languages import normal_language
from tamizdat.sources.pictures import WebPictures
from tamizdat.sources.port import Gathered, Report

__all__ = ["FeedSource", "FeedState"]

_SHOWN_CHARS: Final = 100
_IN_MEMORY_BYTES: Final = 1 << 20
# XML knows two characters less than Unicode.
_NO_CHARACTERS: Final = re.compile("[\ufffe\uffff]")


class _Opened(NamedTuple):
    """The feed's bytes, which can be read again and again, and what came with them."""

    stream: BinaryIO
    about: Fetched


class FeedSource:
    """The feed at an http(s) address or in a file.

    ``state`` is what :attr:`state` was after an earlier run; a feed that has not changed since yields nothing.
    """

    complete = False

    def __init__(
        self, location: str | Path, *, name: str, now: datetime, language: str = "", state: FeedState | None = None
    ) -> None:
        self.name = name
        self.state = state or FeedState()
        """ETag and Last-Modified of the feed as last read. Keep it once the stories are safe."""
        self._location = location
        self._language = language
        self._now = now
        self._web = WebPictures(location if isinstance(location, str) else "")
        self._ill_formed = 0

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`.

        The feed is read twice, from a temporary file if it came from the web: for what it says about itself, which may
        stand behind its items, then item by item. One item is in memory at a time.
        """
        with self._open() as opened:
            if opened is None:
                return
            encoding = find_encoding(opened.stream, opened.about.charset)
            if encoding.fault:
                report(ItemNote(encoding.fault, where=self.name, what=""))
            context = self._context(self._header(opened.stream, encoding, report), opened.about.url)
            yield from self._items(opened.stream, encoding, context, report)
            if self._ill_formed > 1:
                report(ItemNote(f"{self._ill_formed - 1} more items are not well-formed", where=self.name, what=""))
            if not self._web.left_for_later:
                self.state = opened.about.state

    def open_picture(self, origin: str) -> bytes:
        """Fetch a picture from the web. Raises ItemError."""
        return self._web.open(origin)

    # --- bytes ---

    @contextmanager
    def _open(self) -> Iterator[_Opened | None]:
        """The feed, or None if it is still what the state describes. Raises SourceError."""
        try:
            if isinstance(self._location, Path):
                with open_file(self._location, self.name) as file:
                    self._check_size(file)
                    yield _Opened(file, Fetched("", "", FeedState()))
                return
            with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spool:
                stream = cast(BinaryIO, spool)
                home = self._location
                about = fetch(home, LIMITS.max_feed_bytes, stream, home=home, state=self.state)
                yield _Opened(stream, about) if about else None
        except OSError as error:
            raise SourceError(f"cannot be read ({error.strerror})", source=self.name) from error

    def _check_size(self, stream: BinaryIO) -> None:
        if os.fstat(stream.fileno()).st_size > LIMITS.max_feed_bytes:
            raise SourceError(f"is longer than {LIMITS.max_feed_bytes} bytes", source=self.name)

    def _pieces(self, stream: BinaryIO, encoding: Encoding) -> Iterator[Piece]:
        fit = (_NO_CHARACTERS.sub("", without_controls(text)) for text in texts(stream, encoding))
        return split(fit, LIMITS.max_item_bytes)

    # --- the feed about itself ---

    def _header(self, stream: BinaryIO, encoding: Encoding, report: Report) -> Parsed:
        """What stands around the items. Raises SourceError if that, or the whole, is no feed."""
        around: list[str] = []
        size = items = 0
        for piece in self._pieces(stream, encoding):
            if not isinstance(piece, Outside):
                items += 1
                size += LIMITS.max_item_bytes if not isinstance(piece, Item) and piece.outside else 0
                continue
            around.append(piece.text)
            size += len(piece.text)
            if size > LIMITS.max_item_bytes:
                break
        if size > LIMITS.max_item_bytes:
            detail = f"has more than {LIMITS.max_item_bytes} characters around its items"
            raise SourceError(detail, source=self.name)
        try:
            header = parse("", "".join(around), "")
        except ItemError as error:
            header = Parsed("", fault=error.detail)
        if not header.version and not items:
            raise SourceError("is not RSS or Atom", source=self.name)
        if header.fault:
            detail = f"is not well-formed around its items ({header.fault}): what can be read was read"
            report(ItemNote(detail, where=self.name, what=""))
        return header

    def _context(self, header: Parsed, url: str) -> FeedContext:
        return FeedContext(
            base=resolve(str(header.feed.get("link") or ""), url) or url,
            language=self._language,
            feed_language=normal_language(str(header.feed.get("language") or "")),
            is_atom=header.version.startswith("atom"),
            media=MediaTexts(),
            now=self._now,
        )

    # --- its items ---

    def _items(self, stream: BinaryIO, encoding: Encoding, context: FeedContext, report: Report) -> Iterator[Gathered]:
        seen: dict[str, int] = {}
        number = 0
        for piece in self._pieces(stream, encoding):
            if isinstance(piece, Outside):
                continue
            number += 1
            where = f"{self.name}, entry {number}"
            if number > LIMITS.max_feed_items:
                detail = f"has more than {LIMITS.max_feed_items} items: the rest was not read"
                report(ItemError(detail, where=self.name, what=""))
                return
            if not isinstance(piece, Item):
                report(ItemError(f"is longer than {LIMITS.max_item_bytes} characters", where=where, what=""))
                continue
            gathered = self._gathered(piece, where, context, report)
            if not gathered:
                continue
            story_id = gathered.story.story_id
            if story_id in seen:
                detail = f"has the same id as entry {seen[story_id]} ({story_id})"
                report(ItemError(detail, where=gathered.where, what=story_id))
                continue
            seen[story_id] = number
            yield gathered

    def _gathered(self, item: Item, where: str, context: FeedContext, report: Report) -> Gathered | None:
        try:
            parsed = parse(item.opening, item.text, item.closing)
        except ItemError as error:
            report(ItemError(error.detail, where=where, what=""))
            return None
        entry: Mapping[str, Any] = parsed.entries[0] if parsed.entries else {}
        named = " ".join(str(entry.get("id") or entry.get("link") or "").split())[:_SHOWN_CHARS]
        where = f"{where} ({named})" if named else where
        losses = ["holds another item: left out"] if len(parsed.entries) > 1 else []
        if parsed.fault:
            self._ill_formed += 1
            if self._ill_formed == 1:
                losses.append(f"is not well-formed ({parsed.fault}): what can be read was read")
        try:
            story, dated = story_from_entry(entry, replace(context, media=media_texts(parsed.xml)), losses.append)
        except StoryError as error:
            report(ItemError(str(error), where=where, what=""))
            return None
        for loss in dict.fromkeys(losses):
            report(ItemNote(loss, where=where, what=story.story_id))
        return Gathered(story, dated, where)
