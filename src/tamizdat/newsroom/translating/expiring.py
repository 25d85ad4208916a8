"""A translation that is to expire with its source does so at whatever time the source gets, in whatever letters."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from wagtail.models import Page

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import plain
from tamizdat.newsroom.translating.models import Task


def follow_expiry(source: StoryPage) -> None:
    """What readers have, what is approved and the newest draft of each translation that has no time of its own.

    And of what is made of these in other letters. Only in a transaction.
    """
    _follow(source.pk, source.expire_at)


def _follow(source: int, at: datetime | None) -> None:
    tasks = Task.objects.filter(source=source)
    known = tasks.select_related("target").only("followed", "target__live", "target__expire_at")
    keys = [task.target_id for task in known if _is_behind(task, at)]
    if not keys:
        return
    # Pages before tasks, as everywhere.
    list(Page.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    held = tasks.filter(target__in=keys).select_for_update(of=("self",)).order_by("pk")
    for task in held.select_related("target"):
        if _followed(task, at):
            _follow(task.target_id, at)


def _is_behind(task: Task, at: datetime | None) -> bool:
    """Whether a translation may have to follow. A draft may do so before readers have it: of breaking news, they do."""
    lacks = at is not None and task.target.live and task.target.expire_at is None
    return lacks or task.followed.get("expire_at") != plain(at)


def _followed(task: Task, at: datetime | None) -> bool:
    """Whether the translation expires with its source now; if not, it has a time of its own, which may be none."""
    page, before = task.target, task.followed.get("expire_at")
    with_source = _in_drafts(page, before, plain(at))
    row_follows = plain(page.expire_at) == before or (page.expire_at is None and with_source)
    if row_follows:
        StoryPage.objects.filter(pk=page.pk).update(expire_at=at)
    task.followed["expire_at"] = plain(at)
    task.save(update_fields=["followed"])
    return row_follows if page.live else with_source


def _in_drafts(target: StoryPage, before: Any, now: Any) -> bool:
    """Whether the newest draft expires with its source.

    Written where it stands: no word of a draft is another, so it is the one that somebody called ready.
    """
    kept = target.revisions.filter(Q(pk=target.latest_revision_id) | Q(approved_go_live_at__isnull=False))
    newest = None
    for revision in kept:
        at = revision.content.get("expire_at")
        time = plain(at and parse_datetime(at))
        if time == before:
            time = now
            target.revisions.filter(pk=revision.pk).update(content={**revision.content, "expire_at": now})
        if revision.pk == target.latest_revision_id:
            newest = time
    return bool(newest == now)
