"""What moved in in several languages is flagged like any translation when its source changes."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from wagtail.signals import page_published

from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.fields import Field
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.tying import catch_up, tie

_MOST_PAGES: Final = 300
"""In one transaction."""


def listen() -> None:
    """Connect the signal that Wagtail sends."""
    page_published.connect(_published, sender=StoryPage, dispatch_uid="first of its languages")


def _published(instance: StoryPage, **_: Any) -> None:
    """A story of which there were drafts alone may have its source now.

    Its languages are tied in a transaction of their own: whoever publishes holds this one alone, and is at the gate of
    releases by now, where whoever holds another one may wait. If nothing comes of it, whoever publishes one of them
    next ties them, and so does the next import.
    """
    if MovedItem.objects.filter(page=instance.pk).exists():
        transaction.on_commit(partial(_tie_story, instance.translation_key), robust=True)


def _tie_story(key: UUID) -> None:
    with transaction.atomic():
        _tie(_loose().filter(translation_key=key))


def tie_translations(source: str) -> None:
    """Tie all that came in of ``source`` and is not tied yet, also by imports that somebody killed."""
    loose = _loose().filter(Exists(MovedItem.objects.filter(source=source, page=OuterRef("pk"))))
    listed = list(loose.order_by("translation_key").values_list("translation_key", flat=True))
    for keys in _chunks(listed):
        with transaction.atomic():
            _tie(_loose().filter(translation_key__in=keys))


def _loose() -> QuerySet[StoryPage]:
    """Pages that moved in, are there in other languages, too, and are neither a translation nor a source."""
    others = StoryPage.objects.filter(translation_key=OuterRef("translation_key")).exclude(pk=OuterRef("pk"))
    moved = MovedItem.objects.filter(page=OuterRef("pk"))
    loose: QuerySet[StoryPage] = StoryPage.objects.filter(
        Exists(moved), Exists(others), translating_from=None, translating_into=None
    )
    return loose


def _tie(loose: QuerySet[StoryPage]) -> None:
    rows = dict(loose.values_list("pk", "translation_key"))
    if rows:
        tie(set(rows.values()), rows.keys())


def _chunks(keys: Sequence[UUID]) -> Iterator[set[UUID]]:
    """Stories, each with all of its pages in one chunk. ``keys`` are those of pages, in order."""
    chunk: list[UUID] = []
    for key in keys:
        if len(chunk) >= _MOST_PAGES and key != chunk[-1]:
            yield set(chunk)
            chunk = []
        chunk.append(key)
    yield set(chunk)


def catch_up_rewritten(source: str, words: Mapping[int, Mapping[str, Field]]) -> None:
    """After a chunk: translations whose source changed and that were written anew, by page, with their words before.

    As long as both are as the import wrote them: what somebody changed here the old site's translators did not know.
    """
    as_written = MovedItem.objects.filter(source=source, revision=F("page__latest_revision"))
    both = Q(Exists(as_written.filter(page=OuterRef("source")))) & Q(Exists(as_written.filter(page=OuterRef("target"))))
    behind = Task.objects.filter(Q(changed__gt=0) | Q(todo__gt=0), both, target__in=words)
    for key, page in behind.order_by("pk").values_list("pk", "target"):
        with transaction.atomic():
            StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=page)
            Task.objects.select_for_update().get(pk=key)
            task = behind.select_related("source__locale", "target__locale").filter(pk=key).first()
            if task is not None:
                catch_up(task, words[page])
