"""One Markdown file with its front matter into a story. The only I/O is asking whether a picture is there."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from tamizdat.errors import ItemError, StoryError
from tamizdat.markup import Markup, read_markdown
from tamizdat.sources.folder_sound import sounds
from tamizdat.sources.front_matter import FrontMatter
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.languages import normal_language
from tamizdat.story import (
    CLARIFICATION,
    CORRECTION,
    FOCUS_CENTRE,
    RETRACTION,
    UPDATE,
    Block,
    Correction,
    Paragraph,
    Picture,
    PictureBlock,
    Story,
    check_language,
    rich,
    withheld,
)

_PICTURE_KEYS: Final = frozenset({"file", "src", "alt", "caption", "credit", "focus"})
_MAX_NOTED: Final = 20

_KINDS: Final = (CORRECTION, CLARIFICATION, UPDATE, RETRACTION)
_CORRECTIONS: Final = f"must be a list of {{at, text, kind}}; kind is one of {', '.join(_KINDS)}"

Note = Callable[[str, str], None]
"""Takes the place (file and line) and what was lost or changed there."""

FindPicture = Callable[[str], str]
"""From the address in the file to ``Picture.origin``. Raises ItemError if there is no such picture."""


class Named(NamedTuple):
    """What a file's path says about its story."""

    story_id: str
    language: str


def story_from_markdown(
    front: FrontMatter, named: Named, now: datetime, find_picture: FindPicture, note: Note
) -> tuple[Story, bool]:
    """The story, and whether it says when it was published. Raises ItemError or StoryError."""
    headline = front.line_of("title", "headline")
    opening, markup = read_markdown(front.body, title=not headline)
    for detail in markup.notes:
        note(front.file, detail)
    language = front.line_of("language", "lang")
    published = front.time_of("date", "published")
    fields = {
        "story_id": story_id_from(front.line_of("id") or named.story_id),
        "language": _language(normal_language(language) or language or named.language),
        "headline": headline or opening,
        "published": published or now,
        "updated": front.time_of("updated", "lastmod"),
        "breaking_until": front.time_of("breaking_until"),
        "revision": front.number_of("revision", 1),
        "lead": front.line_of("lead", "description", "summary"),
        "byline": front.lines_of("byline", "author", "authors"),
        "dateline": front.line_of("dateline"),
        "sections": front.lines_of("sections", "section", "categories"),
        "topics": front.lines_of("topics", "tags"),
        "agencies": front.lines_of("with_reporting_by", "agencies"),
        "translation": front.line_of("translation"),
        "picture": _lead_picture(front, find_picture, note),
        "corrections": _corrections(front),
        "related": tuple(dict.fromkeys(map(story_id_from, front.lines_of("related", "read_also")))),
        "body": (*sounds(front, find_picture, note, headline or opening), *_body(front, markup, find_picture, note)),
    }
    story = Story(**withheld(fields))
    unknown = front.unread()
    for key in unknown[:_MAX_NOTED]:
        note(front.where(key), f"{key[:60]!r} is no key that we know: left out")
    if len(unknown) > _MAX_NOTED:
        note(front.file, f"{len(unknown) - _MAX_NOTED} more are no keys that we know: left out")
    return story, published is not None


def _language(tag: str) -> str:
    if not tag:
        raise StoryError("neither front matter, path nor settings name one", field="language")
    return check_language(tag)


def _body(front: FrontMatter, markup: Markup, find_picture: FindPicture, note: Note) -> tuple[Block, ...]:
    """The blocks with every picture found; of one that is not there the caption stays."""
    blocks: list[Block] = []
    for block in markup.blocks:
        if not isinstance(block, PictureBlock):
            blocks.append(block)
            continue
        try:
            origin = find_picture(unquote(block.picture.origin).partition("?")[0])
            blocks.append(PictureBlock(replace(block.picture, origin=origin)))
        except ItemError as error:
            note(front.file, f"picture {block.picture.origin[:200]} left out: {error.detail}")
            words = (block.picture.caption, block.picture.credit)
            blocks += [Paragraph(rich(text)) for text in words if text]
    return tuple(blocks)


def _lead_picture(front: FrontMatter, find_picture: FindPicture, note: Note) -> Picture | None:
    key, value = front.find("picture", "image")
    if value is None:
        return None
    about: Mapping[str, Any] = value if isinstance(value, dict) else {"file": value}
    file, alt, caption, credit = (front.as_line(key, about.get(name)) for name in ("file", "alt", "caption", "credit"))
    for other in [other for other in about if other not in _PICTURE_KEYS][:_MAX_NOTED]:
        note(front.where(key), f"{key}.{str(other)[:60]!r} is no key that we know: left out")
    if not (alt or caption):
        note(front.where(key), f"{key} left out: it has neither alt (text for the blind) nor a caption")
        return None
    try:
        origin = find_picture(file or front.as_line(key, about.get("src")))
    except ItemError as error:
        note(front.where(key), f"{key} left out: {file[:200]}: {error.detail}")
        return None
    return Picture(alt or caption, caption=caption, credit=credit, focus=_focus(front, key, about), origin=origin)


def _focus(front: FrontMatter, key: str, about: Mapping[str, Any]) -> tuple[int, int]:
    """``[0.5, 0.3]``, parts of width and height from the top left, in thousandths."""
    value = about.get("focus")
    if value is None:
        return FOCUS_CENTRE
    try:
        x, y = (round(float(part) * 1000) for part in value)
    except (TypeError, ValueError, OverflowError) as error:
        raise front.error(key, "has a focus that is not two numbers like [0.5, 0.3]") from error
    if not (0 <= x <= 1000 and 0 <= y <= 1000):
        raise front.error(key, "has a focus outside 0 to 1")
    return x, y


def _corrections(front: FrontMatter) -> tuple[Correction, ...]:
    key, value = front.find("corrections")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise front.error(key, _CORRECTIONS)
    result = []
    for item in value:
        text, kind = (front.as_line(key, item.get(name)) for name in ("text", "kind"))
        if not text or set(item) - {"at", "text", "kind"} or (kind and kind not in _KINDS):
            raise front.error(key, _CORRECTIONS)
        result.append(Correction(front.as_time(key, item.get("at")), text, kind or CORRECTION))
    return tuple(result)
