"""What lists, links and maps say of a story: all of it but the body, which stays where it is kept."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from tamizdat.press.slugs import id_slug
from tamizdat.story import Correction, Picture, Story, reading_order

Key = tuple[float, str]
"""Where a story stands in every list: newest first, then by id (:func:`tamizdat.story.reading_order`)."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An edition as pages name it: its number and the moment it was made (UTC)."""

    number: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """One story as others see it. ``issue`` is the edition that brought it in this form."""

    story_id: str
    language: str
    key: Key
    path: str
    """Below the language's folder: ``2026/11/<story id>.html``."""
    headline: str
    lead: str
    published: datetime
    updated: datetime | None
    breaking_until: datetime | None
    sections: tuple[str, ...]
    topics: tuple[str, ...]
    picture: Picture | None
    corrections: tuple[Correction, ...]
    retracted: bool
    related: tuple[str, ...]
    heard: bool
    """Whether there is something to listen to."""
    issue: Issue

    @classmethod
    def of(cls, story: Story, issue: Issue) -> "Card":
        """The card of ``story``."""
        return cls(
            story_id=story.story_id,
            language=story.language,
            key=reading_order(story),
            path=story_path(story),
            headline=story.headline,
            lead=story.lead,
            published=story.published,
            updated=story.updated,
            breaking_until=story.breaking_until,
            sections=story.sections,
            topics=story.topics,
            picture=story.picture,
            corrections=story.corrections,
            retracted=story.retracted,
            related=story.related,
            heard=bool(story.recordings),
            issue=issue,
        )

    @property
    def changed(self) -> datetime:
        """When the story last changed."""
        return self.updated or self.published

    def is_breaking(self, now: datetime) -> bool:
        """Whether the story belongs in the breaking slot at ``now``."""
        return self.breaking_until is not None and now < self.breaking_until


def story_path(story: Story) -> str:
    """Where the page of ``story`` lies, below its language's folder: ``2026/11/<story id>.html``, by UTC.

    Ids with capitals are written otherwise: see :func:`tamizdat.press.slugs.id_slug`.
    """
    return f"{story.published.year:04}/{story.published.month:02}/{id_slug(story.story_id)}.html"


def part_path(path: str, part: int) -> str:
    """Where part 2, 3 ... of the story at ``path`` lies: ``2026/11.2/<story id>.html``.

    In a folder of its own, because every name beside the story may be another story's id; as deep as the first part, so
    that links and pictures have the same addresses in all parts.
    """
    if part == 1:
        return path
    folder, _, name = path.rpartition("/")
    return f"{folder}.{part}/{name}"


def more_parts(cards: Iterable[Card], paths: Container[str]) -> dict[str, int]:
    """How many pages each story has that has several, by id; ``paths`` are all pages below the language's folder."""
    counted = {}
    for card in cards:
        parts = 1
        while part_path(card.path, parts + 1) in paths:
            parts += 1
        if parts > 1:
            counted[card.story_id] = parts
    return counted
