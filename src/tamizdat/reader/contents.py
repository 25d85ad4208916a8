"""An edition as a reader sees it: front page order and search. Works on headers alone where that is enough."""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import UsageError
from tamizdat.reader.language import Edition
from tamizdat.story import Embed, Heading, ListBlock, Paragraph, PictureBlock, Quote, Story, Table, plain, reading_order


def in_order(edition: Edition, now: datetime) -> list[Story]:
    """All stories: breaking ones, then the front page's pins, then newest first."""
    stories = {name: story_from_bytes(data) for name, data in edition.stories.items()}
    pins = {entry.story_id: place for place, entry in enumerate(edition.index.front)}

    def place(story: Story) -> tuple[bool, int, float, str]:
        when, name = reading_order(story)
        return (not story.is_breaking(now), pins.get(story.story_id, len(pins)), when, name)

    return sorted(stories.values(), key=place)


def find_story(edition: Edition, story_id: str) -> Story:
    """One story by id. Raises UsageError, naming stories whose ids begin alike."""
    data = edition.stories.get(story_id)
    if data is not None:
        return story_from_bytes(data)
    alike = sorted(name for name in edition.stories if name.startswith(story_id))[:5]
    hint = f"; did you mean {', '.join(alike)}?" if alike else "; `tamizdat read list` names them all"
    raise UsageError(f"edition {edition.head.number} in {edition.head.language} has no story {story_id!r}{hint}")


def search(stories: Iterable[Story], words: str) -> list[Story]:
    """Stories that hold every word, in their order; case, accents and compatibility forms are ignored."""
    wanted = fold(words).split()
    return [story for story in stories if all(word in fold(" ".join(_texts(story))) for word in wanted)]


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
            case PictureBlock(_):
                pass
