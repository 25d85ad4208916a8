"""The proof of a story: the page that readers will get, out of the same press, before anybody gets it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import Final

from django.http import HttpResponse
from django.urls import reverse

from tamizdat.errors import CeremonyError, ItemError, StoryError
from tamizdat.newsroom.headers import as_proof
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.newsroom.pictures.proofs import press_original
from tamizdat.newsroom.pressroom.newsroom import settled
from tamizdat.newsroom.pressroom.story_of import story_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.pictures.words import Words
from tamizdat.press.card import Card, Issue
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.press.story_page import StoryPages, Surroundings
from tamizdat.press.templates import Pages
from tamizdat.publisher.pages import settings_of
from tamizdat.story import Block, Picture, PictureBlock, Story
from tamizdat.trust.keyring import load_state

_HEAD: Final = re.compile(rb"<head[^>]*>", re.IGNORECASE)
_NEXT_EDITION: Final = 1


def proof_response(page: StoryPage) -> HttpResponse:
    """The pressed page of a draft, or a page that says what keeps the press from making one."""
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        html = proof_of(story_of(page, now), paper_in(page.locale.language_code, now), now)
    except (StoryError, ItemError, CeremonyError) as error:
        said = f"<!doctype html><meta charset=utf-8><title>—</title><p>{escape(str(error))}"
        return as_proof(HttpResponse(said, status=200))
    return as_proof(HttpResponse(html))


def proof_of(story: Story, paper: Paper, now: datetime) -> bytes:
    """The first page of ``story`` as the press makes it. Addresses in it lead below the newsroom's proof view."""
    pressed = with_pictures(story)
    card = Card.of(pressed, Issue(_NEXT_EDITION, now))
    around = Surroundings(related=(), others={}, breaking=(), topics=())
    _path, html = StoryPages(Pages(paper)).press(Manuscript.of(pressed), card, around)[0]
    return at_home(html, f"{paper.language}/{card.path}")


def at_home(html: bytes, path: str) -> bytes:
    """The page at ``path`` below the web root, with its addresses leading below the newsroom's proof view."""
    base = reverse("proof_file", args=[path])
    return _HEAD.sub(lambda found: found[0] + f'<base href="{escape(base)}" target="_blank">'.encode(), html, count=1)


def paper_in(language: str, now: datetime) -> Paper:
    """The newspaper in ``language``, as the settings and the newsroom have it now."""
    return settings_of(settled(publication_settings(), now), load_state(here().folder)).paper(language, now)


def with_pictures(story: Story) -> Story:
    """The story with its pictures as the press will make them. Raises ItemError."""
    body: list[Block] = [
        PictureBlock(pressed_picture(block.picture)) if isinstance(block, PictureBlock) else block
        for block in story.body
    ]
    return replace(story, body=tuple(body), picture=pressed_picture(story.picture) if story.picture else None)


def pressed_picture(picture: Picture) -> Picture:
    """The picture as the publisher will make it: same bytes, same name."""
    made = press_original(picture.origin, Words(picture.credit, picture.caption))
    return replace(picture, file=made.file, width=made.width, height=made.height)
