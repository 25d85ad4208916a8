"""RSS 2.0, RSS 1.0 and Atom, from a file or the web, with full texts or summaries."""

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import feedparser

from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup.line import without_controls
from tamizdat.markup.links import resolve
from tamizdat.sources.encodings import decode
from tamizdat.sources.feed_entry import FeedContext, story_from_entry
from tamizdat.sources.feed_media import media_texts
from tamizdat.sources.fetch import FeedState, Fetched, fetch
from tamizdat.sources.languages import normal_language
from tamizdat.sources.pictures import web_picture
from tamizdat.sources.port import Gathered, Report

__all__ = ["FeedSource", "FeedState"]

_SHOWN_CHARS: Final = 100


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

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`. The feed is held in memory, at most ``max_feed_bytes``."""
        fetched = self._read()
        if fetched is None:
            return
        decoded = decode(fetched.data, fetched.charset)
        if decoded.fault:
            report(ItemNote(decoded.fault, where=self.name, what=""))
        xml = without_controls(decoded.text).encode("utf-8", "replace")
        feed = self._parse(xml, report)
        context = self._context(feed, fetched.url, xml)
        seen: dict[str, int] = {}
        for number, entry in enumerate(feed["entries"], 1):
            gathered = self._gathered(entry, number, context, report)
            if gathered:
                story_id = gathered.story.story_id
                if story_id in seen:
                    detail = f"has the same id as entry {seen[story_id]} ({story_id})"
                    report(ItemError(detail, where=gathered.where, what=story_id))
                    continue
                seen[story_id] = number
                yield gathered
        self.state = fetched.state

    def open_picture(self, origin: str) -> bytes:
        """Fetch a picture from the web. Raises ItemError."""
        return web_picture(origin)

    def _read(self) -> Fetched | None:
        if isinstance(self._location, str):
            return fetch(self._location, LIMITS.max_feed_bytes, self.state)
        try:
            with self._location.open("rb") as stream:
                data = stream.read(LIMITS.max_feed_bytes + 1)
        except OSError as error:
            raise SourceError(f"cannot be read ({error.strerror})", source=self.name) from error
        if len(data) > LIMITS.max_feed_bytes:
            raise SourceError(f"is longer than {LIMITS.max_feed_bytes} bytes", source=self.name)
        return Fetched(data, "", "", FeedState())

    def _parse(self, xml: bytes, report: Report) -> Mapping[str, Any]:
        """What feedparser makes of the feed. Cleaning is not its task: ``markup`` does that."""
        try:
            feed = feedparser.parse(io.BytesIO(xml), sanitize_html=False, resolve_relative_uris=False)
        except Exception as error:  # a parser of hostile text may raise anything; none of it is ours
            raise SourceError(f"cannot be read as a feed ({type(error).__name__})", source=self.name) from error
        if not feed.get("version") and not feed.get("entries"):
            raise SourceError("is not RSS or Atom", source=self.name)
        if feed.get("bozo"):
            fault = " ".join(str(feed.get("bozo_exception")).split())[:_SHOWN_CHARS]
            report(ItemNote(f"is not well-formed ({fault}): what can be read was read", where=self.name, what=""))
        return dict(feed)

    def _context(self, feed: Mapping[str, Any], url: str, xml: bytes) -> FeedContext:
        about = feed.get("feed") or {}
        return FeedContext(
            base=resolve(str(about.get("link") or ""), url) or url,
            language=self._language,
            feed_language=normal_language(str(about.get("language") or "")),
            is_atom=str(feed.get("version") or "").startswith("atom"),
            media=media_texts(xml),
            now=self._now,
        )

    def _gathered(self, entry: Mapping[str, Any], number: int, context: FeedContext, report: Report) -> Gathered | None:
        named = str(entry.get("id") or entry.get("link") or "")[:_SHOWN_CHARS]
        where = f"{self.name}, entry {number}" + (f" ({named})" if named else "")
        losses: list[str] = []
        try:
            story, dated = story_from_entry(entry, context, losses.append)
        except StoryError as error:
            report(ItemError(str(error), where=where, what=""))
            return None
        for loss in dict.fromkeys(losses):
            report(ItemNote(loss, where=where, what=story.story_id))
        return Gathered(story, dated, where)
