"""The proof of a front page: what the press would make of it now, with pins that nobody has saved yet.

It is pressed from the newest stories, not from all: what stands further down in an archive is not on a front page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tamizdat.edition.canonical import split_story
from tamizdat.errors import FormatError, ItemError
from tamizdat.newsroom.fronts.curating import Place, possible
from tamizdat.newsroom.fronts.standing import live_by_date
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.notices import notices
from tamizdat.newsroom.pressroom.proof import at_home, paper_in, pressed_picture
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.press.address import FRONT, stack_path
from tamizdat.press.card import Card, Issue
from tamizdat.press.site import front_page
from tamizdat.press.stack import StackName
from tamizdat.story import Picture, Story

NEWEST: Final = 300
"""How many of the newest stories a proof is pressed from."""
_NEXT_EDITION: Final = 1


def front_proof(language: str, section: str, pins: Sequence[str], now: datetime, extra: Iterable[Story] = ()) -> bytes:
    """The front page in ``language``, or the first page of ``section``, with these pins. ``extra``: drafts on it."""
    paper = paper_in(language, now)
    if section:
        others = tuple(pair for pair in paper.section_pins if pair[0] != section)
        paper = replace(paper, section_pins=(*others, (section, tuple(pins))))
        if section not in paper.section_ids:
            raise ItemError("readers have no such section yet", where=section)
    else:
        paper = replace(paper, pins=tuple(pins))
    issue = Issue(_NEXT_EDITION, now)
    stories = {story.story_id: story for story in (*released(Place(language, section), pins, now), *extra)}
    cards = [Card.of(replace(story, picture=_known(story)), issue) for story in stories.values()]
    first = front_page(paper, cards, issue, now, section).decode()
    # Only now it is known which pictures are shown: to make all of them would take minutes.
    shown = [_pictured(card, first) for card in cards]
    path = stack_path(StackName("section", section)) if section else FRONT
    return at_home(front_page(paper, shown, issue, now, section), f"{language}/{path}")


def released(place: Place, names: Sequence[str], now: datetime) -> list[Story]:
    """Headers of what readers have: the newest stories at ``place``, breaking news, and stories with these ids."""
    newest = live_by_date(place.language, place.section).values_list("story_id", flat=True)[:NEWEST]
    breaking = live_by_date(place.language).filter(breaking_until__gt=now).values_list("story_id", flat=True)
    ids = {*newest, *breaking, *notices(place.language), *possible(names)}
    wanted = Release.objects.filter(language=place.language, current=True, story__isnull=False, story_id__in=ids)
    return [story for data in wanted.values_list("story", flat=True) if (story := _header(bytes(data or b"")))]


def _header(data: bytes) -> Story | None:
    try:
        return unnamed(split_story(data)[0])
    except FormatError:
        return None


def _known(story: Story) -> Picture | None:
    """The picture with a size, so that the press can lay it out before it is made."""
    return replace(story.picture, file=story.picture.origin, width=1280, height=960) if story.picture else None


def _pictured(card: Card, html: str) -> Card:
    if card.picture is None or card.picture.file not in html:
        return card
    try:
        return replace(card, picture=pressed_picture(card.picture))
    except ItemError:
        return replace(card, picture=None)
