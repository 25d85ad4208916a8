"""One entry of a feed, as feedparser read it, into a story. No I/O."""

import calendar
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup import Markup, plain_text, read_html, read_text
from tamizdat.markup.links import host, resolve
from tamizdat.sources.feed_media import Attached, MediaText, MediaTexts, attachments
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.languages import normal_language
from tamizdat.story import (
    Block,
    Embed,
    Paragraph,
    Picture,
    PictureBlock,
    Story,
    check_language,
    check_time,
    clean_text,
)

Note = Callable[[str], None]
Entry = Mapping[str, Any]
_LIKE_HTML: Final = re.compile(r"</?[A-Za-z][^<>]*>|&#?\w+;")
_ELLIPSIS: Final = re.compile(r"\s*(\[\s*)?(\u2026|\.\.\.)(\s*\])?\s*$")
_HEADLINE_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class FeedContext:
    """What an entry's meaning depends on besides itself."""

    base: str
    """Address of the feed's site or of the feed, for relative links."""
    language: str
    """From the settings: it wins over what the feed says."""
    feed_language: str
    is_atom: bool
    media: MediaTexts
    now: datetime


def story_from_entry(entry: Entry, context: FeedContext, note: Note) -> tuple[Story, bool]:
    """The story, and whether the entry said when it was published. Raises StoryError; ``note`` hears of losses."""
    base = resolve(_string(entry.get("link")), context.base) or context.base
    lead, body = _texts(entry, context, base, note)
    headline = _headline(entry, lead, body, note)
    published, updated, dated = _times(entry, context.now, note)
    attached = attachments(entry, base)
    picture, body = _lead_picture([item for item in attached if item.is_picture], body, context.media, note)
    others = [
        Embed(item.url, clean_text(item.title) or _file_name(item.url)) for item in attached if not item.is_picture
    ]
    known = {block.url for block in body if isinstance(block, Embed)}
    story = Story(
        story_id=_story_id(entry, base, headline, note),
        language=_language(entry, context),
        headline=headline,
        published=published,
        updated=updated,
        lead=lead,
        body=(*body, *(embed for embed in others if embed.url not in known)),
        byline=_byline(entry),
        topics=_topics(entry, note),
        picture=picture,
    )
    return story, dated


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


# --- text ---


def _texts(entry: Entry, context: FeedContext, base: str, note: Note) -> tuple[str, tuple[Block, ...]]:
    """Lead and body: full text if the entry has it, else the summary as the lead and a link to the original."""
    summary, displaced = _summary(entry, context, base)
    contents = [_markup(content, context, base) for content in _mappings(entry.get("content"))]
    contents = sorted((markup for markup in contents if markup.blocks), key=lambda markup: len(markup.words))
    full = contents.pop() if contents and not (displaced and len(contents) == 1) else Markup()
    if contents and not summary.blocks:
        summary = contents.pop()
    if any(markup.words not in {summary.words, full.words} for markup in contents):
        note("holds more than two texts: only the longest and the summary were taken")
    if len(summary.words) > len(full.words) and full.blocks:
        summary, full = full, summary
    spoken = sum(not isinstance(block, PictureBlock | Embed) for block in summary.blocks)
    if not full.blocks and not context.is_atom and spoken > 1:
        summary, full = Markup(), summary
    for loss in dict.fromkeys((*summary.notes, *full.notes)):
        note(loss)
    if full.blocks:
        lead = _cut(summary.words, note)
        return ("" if _opens(lead, full.words) else lead), full.blocks
    link = resolve(_string(entry.get("link")), context.base)
    beside = tuple(block for block in summary.blocks if isinstance(block, PictureBlock | Embed))
    lead = _cut(Markup(tuple(block for block in summary.blocks if block not in beside)).words, note)
    return lead, (*beside, Embed(link, host(link))) if link else beside


def _cut(lead: str, note: Note) -> str:
    if len(lead) > LIMITS.max_line_chars:
        note(f"the summary was cut after {LIMITS.max_line_chars} characters")
    return lead[: LIMITS.max_line_chars]


def _summary(entry: Entry, context: FeedContext, base: str) -> tuple[Markup, bool]:
    """The summary, and whether feedparser put a ``media:description`` in its place and it is among the contents."""
    detail, value = entry.get("summary_detail"), _string(entry.get("summary"))
    if value.strip() in context.media.descriptions:
        return Markup(), not context.is_atom
    if isinstance(detail, Mapping) and detail.get("value") != value:
        detail = {**detail, "value": value, "type": "text/html"}
    return _markup(detail, context, base), False


def _markup(detail: object, context: FeedContext, base: str) -> Markup:
    if not isinstance(detail, Mapping):
        return Markup()
    value = _string(detail.get("value"))
    if value.strip() in context.media.descriptions:
        return Markup()
    is_html = detail.get("type") != "text/plain" or (not context.is_atom and _LIKE_HTML.search(value))
    return read_html(value, base=resolve(_string(detail.get("base")), base) or base) if is_html else read_text(value)


def _opens(lead: str, text: str) -> bool:
    """Whether the summary is only the beginning of the text, as many systems make it."""
    opening = " ".join(_ELLIPSIS.sub("", lead).split())
    return " ".join(text.split()).startswith(opening)


def _headline(entry: Entry, lead: str, body: tuple[Block, ...], note: Note) -> str:
    detail = entry.get("title_detail")
    title = _string(entry.get("title"))
    is_html = isinstance(detail, Mapping) and detail.get("type") != "text/plain"
    headline = plain_text(title) if is_html else " ".join(clean_text(title).split(" ")).strip()
    if headline:
        return headline
    text = lead or Markup(tuple(block for block in body if isinstance(block, Paragraph))).words
    if not text:
        raise StoryError("is missing, and there is no text to take one from", field="title")
    note("has no title: its first words are the headline")
    return text if len(text) <= _HEADLINE_CHARS else text[: _HEADLINE_CHARS - 1].rpartition(" ")[0] + "\u2026"


# --- pictures ---


def _lead_picture(
    pictures: list[Attached], body: tuple[Block, ...], media: MediaTexts, note: Note
) -> tuple[Picture | None, tuple[Block, ...]]:
    """The lead picture; if the body shows it too, it is taken from there with its texts."""
    if not pictures:
        return None, body
    inside = {block.picture.origin: block for block in body if isinstance(block, PictureBlock)}
    for item in pictures:
        if block := inside.get(item.url):
            return block.picture, tuple(other for other in body if other is not block)
    for item in pictures:
        about = media.by_address.get(item.url, MediaText())
        if alt := about.alt or clean_text(item.title):
            return Picture(alt, origin=item.url, credit=about.credit), body
    note(f"picture {pictures[0].url[:200]} left out: the feed has no text for the blind with it (media:description)")
    return None, body


def _file_name(url: str) -> str:
    return url.partition("?")[0].rstrip("/").rpartition("/")[2] or host(url)


# --- who, when, what ---


def _story_id(entry: Entry, base: str, headline: str, note: Note) -> str:
    guid = _string(entry.get("id")).strip() or (base if _string(entry.get("link")) else "")
    if not guid:
        note("has neither guid nor link: its id is made from its headline and changes with it")
        guid = f"headline:{headline}"
    return story_id_from(guid)


def _language(entry: Entry, context: FeedContext) -> str:
    if context.language:
        return context.language
    details = (*_mappings(entry.get("content")), entry.get("summary_detail"), entry.get("title_detail"))
    named = [_string(detail.get("language")) for detail in details if isinstance(detail, Mapping)]
    for tag in (*named, _string(entry.get("language")), context.feed_language):
        if language := normal_language(tag):
            return check_language(language)
    raise StoryError("neither the feed nor the settings name one; set it for this source", field="language")


def _times(entry: Entry, now: datetime, note: Note) -> tuple[datetime, datetime | None, bool]:
    # A plain copy: feedparser's own entries pass one date off as the other, with a warning.
    plain = dict(entry)
    found = {name: _time(plain.get(f"{name}_parsed")) for name in ("published", "created", "updated")}
    for name, when in found.items():
        if when is None and plain.get(name):
            note(f"{name}: {_string(plain[name])[:60]!r} is no date that we can read")
    published = found["published"] or found["created"] or found["updated"]
    if published is None:
        note("has no date: the time when it was first gathered stands in")
        return now, None, False
    updated = found["updated"]
    return published, updated if updated and updated > published else None, True


def _time(value: object) -> datetime | None:
    if not isinstance(value, time.struct_time | tuple):
        return None
    try:
        return check_time(datetime.fromtimestamp(calendar.timegm(value), UTC), "date")
    except (StoryError, ValueError, OverflowError, OSError, TypeError):
        return None


def _byline(entry: Entry) -> tuple[str, ...]:
    """Names of authors. E-mail addresses are not published."""
    names = [_name(_string(author.get("name"))) for author in _mappings(entry.get("authors"))]
    return tuple(dict.fromkeys(filter(None, names)))[: LIMITS.max_header_values]


def _name(text: str) -> str:
    bracketed = re.fullmatch(r"\s*\S+@\S+\s+\((.*)\)\s*", text)
    name = clean_text(bracketed[1] if bracketed else text)
    return "" if re.fullmatch(r"\S+@\S+", name) else name


def _topics(entry: Entry, note: Note) -> tuple[str, ...]:
    tags = [_string(tag.get("label")) or _string(tag.get("term")) for tag in _mappings(entry.get("tags"))]
    topics = tuple(dict.fromkeys(filter(None, (clean_text(tag) for tag in tags))))
    if (surplus := len(topics) - LIMITS.max_header_values) > 0:
        note(f"{surplus} categories left out: a story has {LIMITS.max_header_values} at most")
    return topics[: LIMITS.max_header_values]
