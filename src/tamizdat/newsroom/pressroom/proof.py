"""The proof of a story: the page that readers will get, out of the same press, before anybody gets it."""

import re
from collections.abc import Iterable, Sequence
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
from tamizdat.newsroom.pressroom.beside import cards_beside, paths_elsewhere
from tamizdat.newsroom.pressroom.newsroom import settled
from tamizdat.newsroom.pressroom.story_of import as_written
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.pictures.words import Words
from tamizdat.press.card import Issue
from tamizdat.press.paper import Paper
from tamizdat.press.site import LanguageSite
from tamizdat.publisher.pages import settings_of
from tamizdat.story import Block, Picture, PictureBlock, Story
from tamizdat.trust.keyring import load_state

_HEAD: Final = re.compile(rb"<head[^>]*>", re.IGNORECASE)
_NEXT_EDITION: Final = 1


def proof_response(page: StoryPage) -> HttpResponse:
    """The pressed page of a draft, or a page that says what keeps the press from making one."""
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        html = proof_of(as_written(page, now), paper_in(page.locale.language_code, now), now, page.topics)
    except (StoryError, ItemError, CeremonyError) as error:
        said = f"<!doctype html><meta charset=utf-8><title>—</title><p>{escape(str(error))}"
        return as_proof(HttpResponse(said, status=200))
    return as_proof(HttpResponse(html))


def proof_of(story: Story, paper: Paper, now: datetime, topics: Sequence[str] = (), also: Iterable[str] = ()) -> bytes:
    """The first page of ``story`` as the press makes it, beside what the newsroom has let go to readers.

    ``topics``: keys of its topics. ``also``: languages in which it goes out at the same moment. Other than on the page
    that readers get are the number and time of the edition, and that addresses lead below the newsroom's proof view.
    """
    issue = Issue(_NEXT_EDITION, now)
    cards, others = cards_beside(story, topics, issue, now), paths_elsewhere(story, also)
    path, html = LanguageSite(paper).only(with_pictures(story), issue, cards, others, now)[0]
    return at_home(html, f"{paper.language}/{path}")


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
