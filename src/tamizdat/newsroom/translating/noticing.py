"""When a source is published anew, its translations learn in the same transaction how much of it they lack."""

from typing import Any

from wagtail.signals import page_published

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import recount
from tamizdat.newsroom.translating.beside import newest, source_now
from tamizdat.newsroom.translating.models import Task


def listen() -> None:
    """Connect the signal that Wagtail sends."""
    page_published.connect(_published, sender=StoryPage, dispatch_uid="stale translations")


def _published(instance: StoryPage, **_: Any) -> None:
    # Only the tasks' own rows are held: their targets belong to whoever translates.
    held = Task.objects.select_for_update(of=("self",)).filter(source_id=instance.pk).select_related("target")
    for task in held.order_by("pk"):
        task.source = instance
        recount(task, source_now(task), newest(task.target))
