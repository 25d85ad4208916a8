"""RSS 2.0, with full texts (content module), authors (Dublin Core) and pictures (Media RSS)."""

from collections.abc import Iterable
from email.utils import format_datetime
from html import escape
from typing import Final

from lxml import etree

from tamizdat.edition.canonical import time_to_text
from tamizdat.press.feeds.entry import Entry, Media
from tamizdat.press.feeds.head import Head
from tamizdat.press.xml import ATOM, add, document, inside

MEDIA_TYPE: Final = "application/rss+xml"
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_MEDIA: Final = "http://search.yahoo.com/mrss/"


def rss_item(entry: Entry, *, whole: bool) -> bytes:
    """One item. RSS has no relative addresses, so only with ``whole`` ones does it link to the page and the picture."""
    root = _rss()
    item = add(root, "item")
    add(item, "title", entry.title)
    if whole:
        add(item, "link", entry.address)
    add(item, "guid", entry.urn, isPermaLink="false")
    add(item, "pubDate", format_datetime(entry.published, usegmt=True))
    add(item, f"{{{ATOM}}}updated", time_to_text(entry.updated))
    for name in entry.authors:
        add(item, f"{{{_DC}}}creator", name)
    for label in dict.fromkeys((*(label for _, label in entry.sections), *entry.topics)):
        add(item, "category", label)
    # A description is HTML wherever it is read; it must come before the full text, so there always is one.
    add(item, "description", escape(entry.summary or entry.title))
    add(item, f"{{{_CONTENT}}}encoded", entry.content)
    if entry.media and whole:
        _add_media(item, entry.media)
    for sound in entry.sounds[:1] if whole else ():  # many programs take one, and some the last
        add(item, "enclosure", url=sound.address, length=str(sound.size), type=sound.media_type)
    return inside(root)


def rss_feed(head: Head, items: Iterable[bytes]) -> bytes:
    """The feed around ``items``. A channel must link somewhere: without a base address, to the feed's own name."""
    root = _rss()
    channel = add(root, "channel")
    add(channel, "title", head.title)
    add(channel, "link", head.page if head.whole else head.urn)
    add(channel, "description", head.description)
    add(channel, "language", head.language)
    add(channel, "copyright", head.rights)
    add(channel, "lastBuildDate", format_datetime(head.updated, usegmt=True))
    if head.whole:
        add(channel, f"{{{ATOM}}}link", rel="self", type=MEDIA_TYPE, href=head.itself)
    return document(root, b"</channel></rss>", b"\n".join((b"", *items, b"")))


def _add_media(item: etree._Element, media: Media) -> None:
    content = add(
        item,
        f"{{{_MEDIA}}}content",
        url=media.address,
        type="image/jpeg",
        medium="image",
        width=str(media.width or ""),
        height=str(media.height or ""),
    )
    add(content, f"{{{_MEDIA}}}description", media.alt, type="plain")
    if media.credit:
        add(content, f"{{{_MEDIA}}}credit", media.credit)


def _rss() -> etree._Element:
    root = etree.Element("rss", nsmap={"atom": ATOM, "content": _CONTENT, "dc": _DC, "media": _MEDIA})
    root.set("version", "2.0")
    return root
