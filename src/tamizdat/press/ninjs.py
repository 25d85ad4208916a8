"""A story as IPTC's News in JSON, version 3.1: for agencies and newsrooms that take over texts.

Our own source of kind ``ninjs`` reads it back. What the format has no place for stays behind: corrections, related
stories, until when a story is breaking, that it is a machine's translation, recordings, focus, size and file of
pictures, and white space that HTML collapses. A retracted story has no text any more and is sent as ``canceled``.
"""

import json
from typing import Any, Final

from tamizdat.markup.write import PictureAddress, to_html
from tamizdat.publication import Publication
from tamizdat.story import Picture, Story

_SCHEMA: Final = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"
STORY_ID_ROLE: Final = "story-id"
"""The role of the alternative id that is ours."""


def story_to_ninjs(story: Story, publication: Publication, picture_address: PictureAddress) -> bytes:
    """One item, UTF-8, the same bytes for the same story. ``picture_address`` gives where a picture can be fetched."""
    item = {
        "uri": _uri(story, publication),
        "standard": {"name": "ninjs", "version": "3.1", "schema": _SCHEMA},
        "type": "text",
        "representationType": "full",
        "version": str(story.revision),
        "firstCreated": story.published.isoformat(),
        "versionCreated": (story.updated or story.published).isoformat(),
        "pubStatus": "canceled" if story.retracted else "usable",
        "language": story.language,
        "altIds": [{"role": STORY_ID_ROLE, "value": story.story_id}],
        "copyrightHolder": publication.name_in(story.language),
        "headlines": [{"role": "main", "value": story.headline}],
        "people": [{"name": name, "rel": "creator"} for name in story.byline],
        "located": story.dateline,
        "genres": [{"name": name} for name in story.sections],
        "subjects": [{"name": name} for name in story.topics],
        "infoSources": [{"name": name} for name in story.agencies],
        "descriptions": [{"role": "summary", "value": story.lead}] if story.lead else [],
        "bodies": _bodies(story, picture_address),
        "associations": [_picture(story.picture, picture_address)] if story.picture else [],
    }
    held = {name: value for name, value in item.items() if value not in ("", [])}
    return json.dumps(held, ensure_ascii=False, indent=1).encode()


def _uri(story: Story, publication: Publication) -> str:
    if publication.base_url:
        return f"{publication.base_url.rstrip('/')}/{story.language}/{story.story_id}"
    return f"urn:x-tamizdat:{story.language}:{story.story_id}"


def _bodies(story: Story, picture_address: PictureAddress) -> list[dict[str, Any]]:
    if not story.body:
        return []
    return [{"role": "main", "contentType": "text/html", "value": to_html(story.body, picture_address)}]


def _picture(picture: Picture, picture_address: PictureAddress) -> dict[str, Any]:
    address = picture_address(picture)
    rendition: dict[str, Any] = {"name": "full", "href": address, "contentType": picture.media_type}
    if picture.width and picture.height:
        rendition |= {"width": picture.width, "height": picture.height}
    said = [{"role": "caption", "value": picture.caption}] if picture.caption else []
    item = {
        "name": "main",
        "uri": address,
        "type": "picture",
        "headlines": [{"role": "alt", "value": picture.alt}],
        "descriptions": said,
        "by": picture.credit,
        "renditions": [rendition],
    }
    return {name: value for name, value in item.items() if value not in ("", [])}
