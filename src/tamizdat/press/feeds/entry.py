"""One story as an entry, before any format: what all three say, and the names that stay for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tamizdat.locales.corrections import is_marked
from tamizdat.pictures.variants import variants
from tamizdat.press.card import Card
from tamizdat.press.feeds.content import Contents, feed_variant
from tamizdat.press.feeds.places import Places
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.press.shown import balanced, told_first
from tamizdat.story import Picture, Recording, SoundFile, Story

CORRECTIONS: Final = "urn:tamizdat:correction"
"""The scheme of categories that say which kinds of corrections a story has."""
_FINGERPRINT_CHARS: Final = 32
"""Of the publication's fingerprint: 128 bits."""


@dataclass(frozen=True, slots=True)
class Media:
    """The lead picture. ``width`` and ``height`` in pixels; 0 if unknown."""

    address: str
    width: int
    height: int
    alt: str
    credit: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording, in the form that most programs play: its length in bytes and in seconds."""

    address: str
    media_type: str
    size: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one story. ``content`` is HTML, all else plain text."""

    urn: str
    address: str
    title: str
    summary: str
    content: str
    published: datetime
    updated: datetime
    authors: tuple[str, ...]
    agencies: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]
    """What stories call the section, and what readers do."""
    topics: tuple[str, ...]
    sounds: tuple[Sound, ...]
    kinds: tuple[str, ...]
    """Of the corrections that the story has."""
    media: Media | None


class Entries:
    """Makes entries of one language, for feeds at one depth below its folder."""

    def __init__(self, paper: Paper, places: Places) -> None:
        self._paper = paper
        self._places = places
        self._contents = Contents(paper, places)
        self._labels = {name: link.label for name, link in zip(paper.section_ids, paper.sections, strict=True)}

    def of(self, manuscript: Manuscript, path: str) -> Entry:
        """The entry of a story whose page lies at ``path``."""
        story = manuscript.head
        return Entry(
            urn=story_urn(self._paper, story.story_id),
            address=self._places.page(path),
            title=self._title(story),
            summary=told_first(story),
            content=self._contents.html(manuscript, path),
            published=story.published,
            updated=last_change(story),
            authors=story.byline,
            agencies=story.agencies,
            sections=tuple((name, self._labels.get(name, name)) for name in dict.fromkeys(story.sections)),
            topics=tuple(dict.fromkeys(story.topics)),
            sounds=tuple(map(self._sound, story.recordings)),
            kinds=tuple(dict.fromkeys(each.kind for each in story.corrections)),
            media=self._media(story.picture) if story.picture else None,
        )

    def _title(self, story: Story) -> str:
        title = balanced(story.headline)
        locale = self._paper.locale
        is_said = is_marked(story.headline, locale, retracted=story.retracted)
        return f"{locale.texts['retracted']}: {title}" if is_said else title

    def _sound(self, recording: Recording) -> Sound:
        file = played_anywhere(recording.files)
        return Sound(self._places.file(file.path), file.media_type, file.size, recording.seconds)

    def _media(self, picture: Picture) -> Media:
        variant = feed_variant(variants(picture).lead)
        address = self._places.file(variant.path)
        return Media(address, variant.width, variant.height, picture.alt, picture.credit)


def played_anywhere(files: Sequence[SoundFile]) -> SoundFile:
    """The file that most players can play."""
    return next((each for each in files if each.media_type == "audio/mpeg"), files[-1])


def last_change(story: Story | Card) -> datetime:
    """When readers were last told something new by the story: its text or a correction."""
    return max((story.updated or story.published, *(each.at for each in story.corrections)))


def paper_urn(paper: Paper) -> str:
    """The name of everything in one language. It holds on every mirror, whatever the base address is."""
    return f"urn:tamizdat:{paper.trust.fingerprint[:_FINGERPRINT_CHARS]}:{paper.language}"


def story_urn(paper: Paper, story_id: str) -> str:
    """The name of a story in one language, for ever.

    ``~`` becomes ``!``, which no story id has: RFC 2141 does not allow the one in a URN, RFC 8141 wants it written as
    it is, and feed readers may hold with either.
    """
    return f"{paper_urn(paper)}:{story_id.replace('~', '!')}"


def section_urn(paper: Paper, slug: str) -> str:
    """The name of a section's feed. No story has it: there is no ``:`` in story ids."""
    return f"{paper_urn(paper)}:section:{slug}"
