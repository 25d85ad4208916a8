"""Times of a translation that are its source's, and move with them at once, in whatever letters it is.

When it expires; and its embargo, which keeps nothing as a copy, but stands in the translation's form.
"""

from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from wagtail.models import Page

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import note_times, plain
from tamizdat.newsroom.translating.models import Task

_EXPIRES: Final = "expire_at"
_EMBARGO: Final = "embargo"


def follow_expiry(source: StoryPage) -> None:
    """What readers have, what is approved and the newest draft of each translation that has no time of its own.

    And of what is made of these in other letters. Only in a transaction.
    """
    _follow(source.pk, _EXPIRES, source.expire_at)


def follow_embargo(source: StoryPage) -> None:
    """The same for the embargo of ``source``: what readers have, or as long as they have nothing its draft."""
    _follow(source.pk, _EMBARGO, source.embargo)


def is_embargo_known(source: StoryPage) -> bool:
    """Whether all translations have the embargo of ``source``, or one of their own, already."""
    return not _behind(Task.objects.filter(source=source.pk), _EMBARGO, source.embargo)


def _behind(tasks: Any, name: str, at: datetime | None) -> list[int]:
    known = tasks.select_related("target").only("followed", "target__live", f"target__{name}")
    return [task.target_id for task in known if _is_behind(task, name, at)]


def _follow(source: int, name: str, at: datetime | None) -> None:
    tasks = Task.objects.filter(source=source)
    keys = _behind(tasks, name, at)
    if not keys:
        return
    # Pages before tasks, as everywhere.
    list(Page.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
    held = tasks.filter(target__in=keys).select_for_update(of=("self",)).order_by("pk")
    for task in held.select_related("target"):
        if _followed(task, name, at):
            _follow(task.target_id, name, at)


def _is_behind(task: Task, name: str, at: datetime | None) -> bool:
    """Whether a translation may have to follow. A draft may do so before readers have it: of breaking news, they do."""
    lacks = name == _EXPIRES and at is not None and task.target.live and task.target.expire_at is None
    return lacks or task.followed.get(name) != plain(at)


def _followed(task: Task, name: str, at: datetime | None) -> bool:
    """Whether the translation has its source's time now; if not, it has one of its own, which may be none."""
    page, before = task.target, task.followed.get(name)
    with_source = _in_drafts(page, name, before, plain(at))
    row_follows = plain(getattr(page, name)) == before or (getattr(page, name) is None and with_source)
    if row_follows:
        StoryPage.objects.filter(pk=page.pk).update(**{name: at})
    note_times(task, {name: plain(at)})
    task.followed[name] = plain(at)
    task.save(update_fields=["followed"])
    return row_follows if page.live else with_source


def _in_drafts(target: StoryPage, name: str, before: Any, now: Any) -> bool:
    """Whether the newest draft has its source's time.

    Written where it stands: no word of a draft is another, so it is the one that somebody called ready.
    """
    kept = target.revisions.filter(Q(pk=target.latest_revision_id) | Q(approved_go_live_at__isnull=False))
    newest = None
    for revision in kept:
        at = revision.content.get(name)
        time = plain(at and parse_datetime(at))
        if time == before:
            time = now
            target.revisions.filter(pk=revision.pk).update(content={**revision.content, name: now})
        if revision.pk == target.latest_revision_id:
            newest = time
    return bool(newest == now)
