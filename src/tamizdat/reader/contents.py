"""An edition as a reader sees it: front page order and search."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import UsageError
from tamizdat.reader.language import Edition
from tamizdat.story import (
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    PictureBlock,
    Quote,
    SoundBlock,
    Story,
    Table,
    plain,
    reading_order,
)


def listed(edition: Edition, now: datetime, words: str = "") -> list[Story]:
    """Stories without their bodies: breaking ones, then pinned ones (unless retracted), then newest first.

    With ``words``, only those that hold every one of them; case, accents and compatibility forms are ignored. The
    values of a story can take a hundred times the room of its bytes, so no more than one is held whole.
    """
    pins = {entry.story_id: place for place, entry in enumerate(edition.index.front)}

    def place(story: Story) -> tuple[bool, int, float, str]:
        when, name = reading_order(story)
        pin = len(pins) if story.retracted else pins.get(story.story_id, len(pins))
        return (not story.is_breaking(now), pin, when, name)

    stories = map(story_from_bytes, edition.stories.values())
    return sorted((replace(story, body=()) for story in stories if _holds(story, fold(words).split())), key=place)


def in_order(edition: Edition, now: datetime) -> Iterator[Story]:
    """All stories whole, in the order of :func:`listed`, one after the other."""
    for story in listed(edition, now):
        yield story_from_bytes(edition.stories[story.story_id])


def find_story(edition: Edition, story_id: str) -> Story:
    """One story by id. Raises UsageError, naming stories whose ids begin alike."""
    data = edition.stories.get(story_id)
    if data is not None:
        return story_from_bytes(data)
    alike = sorted(name for name in edition.stories if name.startswith(story_id))[:5]
    hint = f"; did you mean {', '.join(alike)}?" if alike else "; `tamizdat read list` names them all"
    raise UsageError(f"edition {edition.head.number} in {edition.head.language} has no story {story_id!r}{hint}")


def _holds(story: Story, words: list[str]) -> bool:
    if not words:
        return True
    text = fold(" ".join(_texts(story)))
    return all(word in text for word in words)


def fold(text: str) -> str:
    """Text for comparison: no case, no combining marks, no compatibility forms (Unicode NFKD)."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _texts(story: Story) -> Iterator[str]:
    yield from (story.headline, story.lead, story.dateline, *story.byline, *story.sections, *story.topics)
    yield from story.agencies
    yield from (correction.text for correction in story.corrections)
    yield from (f"{picture.alt} {picture.caption}" for picture in story.pictures)
    for block in story.body:
        match block:
            case Paragraph(text) | Heading(text, _):
                yield plain(text)
            case Quote(paragraphs, attribution):
                yield from (plain(paragraph) for paragraph in paragraphs)
                yield attribution
            case ListBlock(items, _):
                yield from (plain(item) for item in items)
            case Table(rows, _, caption):
                yield caption
                yield from (plain(cell) for row in rows for cell in row)
            case Embed(_, title):
                yield title
            case SoundBlock(title, transcript):
                yield title
                yield from map(plain, transcript)
            case PictureBlock(_):
                pass
