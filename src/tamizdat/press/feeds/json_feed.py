"""JSON Feed 1.1."""

import json
from collections.abc import Iterable
from typing import Any, Final

from tamizdat.edition.canonical import time_to_text
from tamizdat.press.feeds.entry import Entry
from tamizdat.press.feeds.head import Head

MEDIA_TYPE: Final = "application/feed+json"


def json_item(entry: Entry, *, whole: bool) -> bytes:
    """One item. Addresses are in it only if they are ``whole``: the format says of no other what they mean."""
    item: dict[str, Any] = {"id": entry.urn}
    if whole:
        item["url"] = entry.address
    item["title"] = entry.title
    if entry.summary:
        item["summary"] = entry.summary
    item["content_html"] = entry.content
    if entry.media and whole:
        item["image"] = entry.media.address
    if entry.sounds and whole:
        item["attachments"] = [
            {
                "url": sound.address,
                "mime_type": sound.media_type,
                "size_in_bytes": sound.size,
                "duration_in_seconds": sound.seconds,
            }
            for sound in entry.sounds
        ]
    item["date_published"] = time_to_text(entry.published)
    item["date_modified"] = time_to_text(entry.updated)
    if entry.authors:
        item["authors"] = [{"name": name} for name in entry.authors]
    if tags := tuple(dict.fromkeys((*(label for _, label in entry.sections), *entry.topics))):
        item["tags"] = tags
    return _json(item)


def json_feed(head: Head, items: Iterable[bytes]) -> bytes:
    """The feed around ``items``."""
    feed: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": head.title}
    if head.whole:
        feed |= {"home_page_url": head.page, "feed_url": head.itself}
    feed |= {"description": head.description, "language": head.language, "authors": [{"name": head.paper}]}
    return _json(feed).removesuffix(b"}") + b',"items":[\n' + b",\n".join(items) + b"\n]}\n"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
