"""Links of many stories at once, after what they link to has come: no update of any of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.newsroom.pressroom.models import Gate, Release
from tamizdat.newsroom.pressroom.own_links import note_links, own_links
from tamizdat.newsroom.pressroom.releasing import named, order
from tamizdat.newsroom.pressroom.story_of import story_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.whose import whoever_acts
from tamizdat.press.card import story_path
from tamizdat.story import Story


def with_links(pages: Sequence[StoryPage], coming: Iterable[Story], now: datetime, by: Any) -> dict[int, Story]:
    """The stories of ``pages``, by page, with their links to what readers have or get with them: ``coming``."""
    paths: dict[str, dict[str, str]] = {}
    for story in coming:
        paths.setdefault(story.story_id, {})[story.language] = story_path(story)
    made = {}
    for page in pages:
        links = own_links(page.body.get_prep_value(), page.locale.language_code, paths)
        made[page.pk] = story_of(page, now, links)
        note_links(page, links, by)
    return made


def release_pointed(pages: Sequence[StoryPage], what: str, by: Any = None) -> None:
    """Let stories that readers have go to them with the links that they have now. Only inside a transaction.

    Nothing else in them may have changed: they say of no update. ``what`` is what the order is called.
    """
    by, now = by or whoever_acts(), datetime.now(UTC).replace(microsecond=0)
    Gate.enter()
    rows = Release.objects.filter(story_id__in={page.story_id for page in pages}, current=True, story__isnull=False)
    current: Mapping[tuple[str, str], Release] = {(row.story_id, row.language): row for row in rows}
    stories = with_links(pages, (), now, by)
    fresh: list[Release] = []
    for page in pages:
        last = current.get((page.story_id, page.locale.language_code))
        if last is None:
            continue
        before = story_from_bytes(bytes(last.story or b""))
        story = named(replace(stories[page.pk], published=before.published, updated=before.updated))
        if (data := story_to_bytes(story)) != bytes(last.story or b""):
            Release.objects.filter(pk=last.pk).update(current=False)
            fresh.append(Release(story_id=story.story_id, language=story.language, story=data, by=by))
    if fresh:
        Release.objects.bulk_create(fresh)
        order(what[:200], by)
