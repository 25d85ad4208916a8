"""The page of a story, or its pages where it is longer than one may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from tamizdat.edition.canonical import time_to_text
from tamizdat.locales import open_locale
from tamizdat.locales.corrections import is_marked
from tamizdat.pictures.variants import variants
from tamizdat.press.address import as_is, up
from tamizdat.press.body import page_html
from tamizdat.press.budget import certain_bytes, pages
from tamizdat.press.card import Card, Issue, part_path
from tamizdat.press.feeds.podcast import PODCAST
from tamizdat.press.fitting import TIGHT, WIDE, Room, fit
from tamizdat.press.linked import news_article
from tamizdat.press.list_pages import topic_link
from tamizdat.press.manuscript import Manuscript, blocks_html
from tamizdat.press.reading_time import minutes_to_read
from tamizdat.press.shown import (
    ShownCard,
    ShownCorrection,
    balanced,
    clip,
    figure_html,
    first_and_last,
    local_moment,
    shown_card,
    shown_corrections,
    shown_names,
    shown_picture,
    told_first,
)
from tamizdat.press.sounds import sound_html
from tamizdat.press.templates import Pages
from tamizdat.story import UPDATE, Block, SoundBlock, Story

_DESCRIPTION_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a story's page shows besides the story. ``others``: its path in each language that has it, this one too."""

    related: tuple[Card, ...]
    others: Mapping[str, str]
    breaking: Sequence[ShownCard]
    topics: tuple[str, ...]
    """Those of the story that have pages."""


@dataclass(frozen=True, slots=True)
class _Other:
    """The same story in another language; ``path`` is below the web root."""

    language: str
    path: str
    name: str
    direction: str


class StoryPages:
    """Presses stories of one language."""

    def __init__(self, templates: Pages) -> None:
        self._templates = templates
        self._paper = templates.paper
        self._locale = templates.locale
        self._labels = dict(zip(self._paper.section_ids, self._paper.sections, strict=True))
        self._certain = certain_bytes(self._bare())

    def _bare(self) -> bytes:
        """The page of a story of which there is nothing."""
        story = Story("x", self._paper.language, "x", datetime.fromtimestamp(0, UTC))
        card = Card.of(story, Issue(1, story.published))
        around = Surroundings(related=(), others={}, breaking=(), topics=())
        return self._render(story, card, self._values(story, "", card, around, TIGHT), "", 1, 1)

    def press(self, manuscript: Manuscript, card: Card, around: Surroundings) -> list[tuple[str, bytes]]:
        """Path below the language's folder, and bytes, of each page of a story."""
        made, within = self._press(manuscript, card, around, WIDE)
        if not within:
            made, _ = self._press(manuscript, card, around, TIGHT)
        return [(part_path(card.path, at), page) for at, page in enumerate(made, 1)]

    def _press(self, manuscript: Manuscript, card: Card, around: Surroundings, room: Room) -> tuple[list[bytes], bool]:
        """The pages with headers of this size, and whether they are within the budget."""
        back, elsewhere = up(card.path), self._locale.texts["leads_elsewhere"]
        fitted = fit(manuscript.head, room, self._locale)
        story = fitted.head

        def block_html(block: Block) -> str:
            return page_html(block, lambda each: figure_html(each, back), elsewhere, self._paper.words_lang, sound)

        def sound(block: SoundBlock) -> str:
            return sound_html(block, f"{back}../", self._locale, self._paper.words_lang)

        def blocks(piece_bytes: int) -> list[str]:
            return [
                *blocks_html(fitted.before, block_html, piece_bytes),
                *manuscript.html(block_html, piece_bytes),
                *blocks_html(fitted.after, block_html, piece_bytes),
            ]

        head = manuscript.head
        description = clip(told_first(head) or manuscript.first_words() or head.headline, _DESCRIPTION_CHARS)
        values = self._values(story, description, card, around, room)
        values["story"]["minutes"] = self._minutes(manuscript)

        def render(body: str, part: int, parts: int) -> bytes:
            return self._render(story, card, values, body, part, parts)

        return pages(blocks, render, self._certain)

    def _render(self, story: Story, card: Card, values: Mapping[str, Any], body: str, part: int, parts: int) -> bytes:
        say, path = self._locale.say, part_path(card.path, part)
        numbered = f" ({part}/{parts})" if part > 1 else ""
        return self._templates.render(
            "story",
            "heard" if card.heard else "story",
            path,
            card.issue,
            **values,
            title=f"{self._retracted(card)}{clip(story.headline, _DESCRIPTION_CHARS)}{numbered} — {self._paper.name}",
            body=body,
            part=part,
            parts=parts,
            part_of=say("page_of", page=part, pages=parts) if parts > 1 else "",
            next_part=as_is(part_path(card.path, part + 1)) if part < parts else "",
            continued=say("continued", page=part + 1) if part < parts else "",
            previous_part=as_is(part_path(card.path, part - 1)) if part > 1 else "",
            # Only the first page has its like in other languages: stories are longer in one than in the other.
            alternates=values["everywhere"] if part == 1 else (),
            linked_data=news_article(story, self._paper, path) if part == 1 else "",
        )

    def _values(self, story: Story, description: str, card: Card, around: Surroundings, room: Room) -> dict[str, Any]:
        """What all parts have in common."""
        picture = variants(story.picture) if story.picture else None
        back = up(card.path)
        others = [_Other(tag, as_is(path), *_name_of(tag)) for tag, path in sorted(around.others.items())]
        return {
            "og_type": "article",
            "podcast": PODCAST if card.heard and self._paper.base_url else "",
            "description": description,
            "card_image": picture.card if picture and picture.card else "",
            "breaking": [_named(shown, room) for shown in around.breaking if shown.path != card.path],
            "story": self._story(story, back)
            | {"retracted": card.retracted, "marked": self._is_marked(card), "minutes": ""},
            "kicker": [self._labels[name] for name in dict.fromkeys(story.sections) if name in self._labels],
            "topics": [topic_link(name) for name in [*dict.fromkeys(around.topics)][: room.links]],
            "everywhere": others,
            "others": [other for other in others if other.language != story.language],
            "related": [_named(shown_card(each, back, self._locale), room) for each in around.related],
        }

    def _story(self, story: Story, back: str) -> dict[str, Any]:
        locale, say = self._locale, self._locale.say
        first, last = first_and_last(shown_corrections(story.corrections, locale))
        _, date_time = local_moment(story.published, locale)
        updated_iso, updated = local_moment(story.updated, locale)
        return {
            "headline": story.headline,
            "lead": story.lead,
            "machine": story.translation == "machine",
            "picture": shown_picture(story.picture, variants(story.picture).lead, back) if story.picture else None,
            "byline": shown_names(story.byline, locale),
            "dateline": balanced(story.dateline),
            "iso": time_to_text(story.published),
            "date_time": date_time,
            "updated_iso": updated_iso,
            "updated": updated,
            "notices": first,
            "corrections": last,
            "corrections_title": locale.texts["corrections" if any(map(_corrects, last)) else "updated"],
            "agencies": say("with_reporting_by", agencies=shown_names(story.agencies, locale))
            if story.agencies
            else "",
        }

    def _retracted(self, card: Card) -> str:
        return f"{self._locale.texts['retracted']}: " if self._is_marked(card) else ""

    def _is_marked(self, card: Card) -> bool:
        return is_marked(card.headline, self._locale, retracted=card.retracted)

    def _minutes(self, manuscript: Manuscript) -> str:
        minutes = minutes_to_read(manuscript, self._locale.script)
        return self._locale.plural("minutes_to_read", minutes) if minutes else ""


def _corrects(shown: ShownCorrection) -> bool:
    return shown.kind != UPDATE


def _named(other: ShownCard, room: Room) -> ShownCard:
    """Another story with as much of its headline as there is room for."""
    return (
        other
        if len(other.headline) <= room.headlines
        else replace(other, headline=clip(other.headline, room.headlines))
    )


def _name_of(language: str) -> tuple[str, str]:
    locale = open_locale(language)
    return locale.language_name, locale.direction
