"""A translation that is to expire with its source does so at whatever time the source gets."""

from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from wagtail.models import Page

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import plain
from tamizdat.newsroom.translating.models import Task


def follow_expiry(source: StoryPage) -> None:
    """What readers have, what is approved and the newest draft of each translation that has no time of its own."""
    now = plain(source.expire_at)
    tasks = Task.objects.filter(source=source.pk)
    keys = [task.target_id for task in tasks.only("target_id", "followed") if task.followed.get("expire_at") != now]
    if not keys:
        return
    # Pages before tasks, as everywhere.
    list(Page.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    held = tasks.filter(target__in=keys).select_for_update(of=("self",)).order_by("pk")
    for task in held.select_related("target"):
        before = task.followed.get("expire_at")
        if plain(task.target.expire_at) == before:
            StoryPage.objects.filter(pk=task.target_id).update(expire_at=source.expire_at)
        _in_drafts(task.target, before, now)
        task.followed["expire_at"] = now
        task.save(update_fields=["followed"])


def _in_drafts(target: StoryPage, before: Any, now: Any) -> None:
    """Written where it stands: no word of them is another, so they are the drafts that somebody called ready."""
    kept = target.revisions.filter(Q(pk=target.latest_revision_id) | Q(approved_go_live_at__isnull=False))
    for revision in kept:
        at = revision.content.get("expire_at")
        if plain(at and parse_datetime(at)) == before:
            target.revisions.filter(pk=revision.pk).update(content={**revision.content, "expire_at": now})
