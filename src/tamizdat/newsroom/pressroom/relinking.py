"""Links of many stories at once, after what they link to has come: no update of any of them."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.errors import StoryError
from tamizdat.newsroom.pictures.naming import secret_names
from tamizdat.newsroom.pressroom.left_out import note_left_out
from tamizdat.newsroom.pressroom.models import Gate, Release
from tamizdat.newsroom.pressroom.named import without_names
from tamizdat.newsroom.pressroom.own_links import note_links, own_links
from tamizdat.newsroom.pressroom.releasing import named, order
from tamizdat.newsroom.pressroom.story_of import as_written
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.whose import whoever_acts
from tamizdat.press.card import story_path
from tamizdat.story import Heading, ListBlock, Paragraph, Quote, Story, Table

_log: Final = logging.getLogger(__name__)
_TEXTS: Final = (Paragraph, Heading, ListBlock, Quote, Table)


def with_links(pages: Sequence[StoryPage], coming: Iterable[Story], now: datetime, by: Any) -> dict[int, Story]:
    """The stories of ``pages`` as written, by page, with their links to what readers have or get: ``coming``."""
    paths: dict[str, dict[str, str]] = {}
    for story in coming:
        paths.setdefault(story.story_id, {})[story.language] = story_path(story)
    made = {}
    for page in pages:
        links = own_links(page.body.get_prep_value(), page.locale.language_code, paths)
        try:
            made[page.pk] = as_written(page, now, links)
        except StoryError as error:  # readers keep what they have: it is no fault of the story whose link it is
            _log.warning("%s could not be released with its links: %s", page, error)
        else:
            note_links(page, links, by)
    return made


def release_pointed(pages: Sequence[StoryPage], what: str, by: Any = None) -> None:
    """Let stories that readers have go to them with the links that they have now. Only inside a transaction.

    They say of no update: pictures, labels and all else but texts stay as readers have them. ``what`` is what the order
    is called.
    """
    by, now = by or whoever_acts(), datetime.now(UTC).replace(microsecond=0)
    Gate.enter()
    rows = Release.objects.filter(story_id__in={page.story_id for page in pages}, current=True, story__isnull=False)
    current: Mapping[tuple[str, str], Release] = {(row.story_id, row.language): row for row in rows}
    stories, secret = with_links(pages, (), now, by), secret_names()
    fresh: list[tuple[Release, set[str]]] = []
    for page in pages:
        last = current.get((page.story_id, page.locale.language_code))
        if last is None or page.pk not in stories:
            continue
        left_out = set(last.left_out or ())
        story = _with_texts(story_from_bytes(bytes(last.story or b"")), named(stories[page.pk]))
        story = without_names(story, secret, left_out)
        if (data := story_to_bytes(story)) != bytes(last.story or b""):
            Release.objects.filter(pk=last.pk).update(current=False)
            fresh.append((Release(story_id=story.story_id, language=story.language, story=data, by=by), left_out))
    if fresh:
        Release.objects.bulk_create(made for made, _kinds in fresh)
        note_left_out(fresh)
        order(what[:200], by)


def _with_texts(before: Story, now: Story) -> Story:
    """``before`` with the texts of ``now``, where links stand; an address alone in its line may have become a text."""
    if len(before.body) != len(now.body):
        return before
    blocks = (new if isinstance(new, _TEXTS) else old for old, new in zip(before.body, now.body, strict=True))
    return replace(before, body=tuple(blocks))
