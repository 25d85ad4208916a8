"""A story as IPTC's News in JSON, version 3.1: for agencies and newsrooms that take over texts.

Our own source of kind ``ninjs`` reads it back; docs/reference/wires-out.md says what does not survive. A retracted
story has no text any more and is sent as ``canceled``.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tamizdat.press.wire import STORY_ID, Wire
from tamizdat.story import Picture, SoundBlock

MEDIA_TYPE: Final = "application/json"
TRANSLATION: Final = "translation"
RELATED: Final = "seeAlso"
_SCHEMA: Final = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"


def ninjs_item(wire: Wire) -> bytes:
    """One item, UTF-8, the same bytes for the same story."""
    story = wire.story
    item = {
        "uri": wire.guid,
        "standard": {"name": "ninjs", "version": "3.1", "schema": _SCHEMA},
        "type": "text",
        "representationType": "full",
        "version": str(story.revision),
        "firstCreated": story.published.isoformat(),
        "versionCreated": wire.changed.isoformat(),
        "pubStatus": "canceled" if story.retracted else "usable",
        "language": story.language,
        "altIds": [{"role": STORY_ID, "value": story.story_id}],
        "copyrightHolder": wire.holder,
        "usageTerms": wire.terms,
        "edNote": wire.note,
        "headlines": [_said("main", story.headline)],
        "people": [{"name": name, "rel": "creator"} for name in story.byline],
        "located": story.dateline,
        "genres": [{"name": name} for name in story.sections],
        "subjects": [{"name": name} for name in story.topics],
        "infoSources": [{"name": name} for name in story.agencies],
        "descriptions": [_said("summary", story.lead)] if story.lead else [],
        "bodies": _bodies(wire),
        "renditions": [{"name": "page", "href": wire.page, "contentType": "text/html"}],
        "associations": [*_media(wire), *_others(wire)],
    }
    return json.dumps(_held(item), ensure_ascii=False, indent=1).encode()


def ninjs_items(items: Iterable[bytes]) -> bytes:
    """Several items in one file, as our source and others read them: ``{"items": [...]}``."""
    return b'{"items": [\n' + b",\n".join(items) + b"\n]}\n"


def _said(role: str, text: str) -> dict[str, str]:
    """A text that is no HTML, whatever stands in it."""
    return {"role": role, "contentType": "text/plain", "value": text}


def _held(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value not in ("", [])}


def _bodies(wire: Wire) -> list[dict[str, Any]]:
    html = wire.body_html()
    return [{"role": "main", "contentType": "text/html", "value": html}] if html else []


def _media(wire: Wire) -> Iterator[dict[str, Any]]:
    if wire.story.picture:
        yield _picture(wire, wire.story.picture)
    for block in wire.story.body:
        if isinstance(block, SoundBlock) and block.recording:
            yield _sound(wire, block)


def _picture(wire: Wire, picture: Picture) -> dict[str, Any]:
    address = wire.picture(picture)
    rendition: dict[str, Any] = {"name": "full", "href": address, "contentType": picture.media_type}
    if picture.width and picture.height:
        rendition |= {"width": picture.width, "height": picture.height}
    return _held({
        "name": "main",
        "uri": f"{wire.guid}#picture",
        "type": "picture",
        "headlines": [_said("alt", picture.alt)],
        "descriptions": [_said("caption", picture.caption)] if picture.caption else [],
        "by": picture.credit,
        "renditions": [rendition],
    })  # fmt: skip


def _sound(wire: Wire, block: SoundBlock) -> dict[str, Any]:
    """A recording in all its forms. Its transcript stands in the text, where the recording does."""
    files = block.recording.files if block.recording else ()
    seconds = block.recording.seconds if block.recording else 0
    return {
        "name": "sound",
        "uri": f"{wire.guid}#{files[0].file[:16]}",
        "type": "audio",
        "headlines": [_said("main", block.title)],
        "renditions": [
            {
                "name": f"{each.kilobits} kbit/s",
                "href": wire.sound(each),
                "contentType": each.media_type,
                "sizeInBytes": each.size,
                "duration": seconds,
            }
            for each in files
        ],
    }


def _others(wire: Wire) -> Iterator[dict[str, Any]]:
    """Other languages' versions of the story, and what to read also: names alone."""
    for language, guid in wire.translations:
        yield {"name": TRANSLATION, "rel": TRANSLATION, "uri": guid, "type": "text", "language": language}
    for guid in wire.related:
        yield {"name": RELATED, "rel": RELATED, "uri": guid, "type": "text"}
