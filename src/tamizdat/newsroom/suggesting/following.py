"""Translations that follow their source letter for letter: Serbian in Latin letters, out of Serbian in Cyrillic.

What nobody edited is made anew as often as the source is published; what a person edited stays, and counts as changed
when its source changes, as in any translation.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.log_actions import log

from tamizdat.errors import StoryError
from tamizdat.locales import DERIVED
from tamizdat.newsroom.stories.locks import lock_for
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.words import digest, in_script, plain
from tamizdat.newsroom.translating.acting import recount
from tamizdat.newsroom.translating.aligning import CHANGED, GONE, NEW, Pair, Row, settled
from tamizdat.newsroom.translating.beside import FieldRows, follow, newest, rows_of, saved, source_now
from tamizdat.newsroom.translating.fields import block_of, put
from tamizdat.newsroom.translating.models import Task

Change = Callable[[str], str]


def change_of(task: Task) -> Change | None:
    """How the words of the source become those of the translation; None if that takes a person."""
    other, change = DERIVED.get(task.target.locale.language_code, ("", str))
    return change if other == task.source.locale.language_code else None


def renew(task: Task, user: Any = None) -> bool:
    """Make anew what nobody edited; whether anything changed. Readers get it at once if they had it as it was.

    A translation with pieces to look at again, that is locked, or with a draft that is not out, waits for people.
    """
    change = change_of(task)
    if change is None:
        return False
    with transaction.atomic():
        StoryPage.objects.select_for_update().get(pk=task.target_id)
        Task.objects.select_for_update().get(pk=task.pk)
        task = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
        out = task.target.live and not task.target.has_unpublished_changes
        source, target = source_now(task), newest(task.target)
        fields = rows_of(task.pairs, source, target)
        if lock_for(task.target, user) or not _write(task, fields, source, target, change):
            recount(task, source, target)
            return False
        revision = target.save_revision(user=user, log_action=True)
        task.save(update_fields=["pairs", "followed"])
        recount(task, source, target)
        if out and not (task.todo or task.changed):
            _publish(task, revision, user)
        return True


def _publish(task: Task, revision: Any, user: Any) -> None:
    """Let readers have it. What cannot go out (it was taken down) stays a draft; its source goes out all the same."""
    with contextlib.suppress(StoryError, ValidationError), transaction.atomic():
        log(instance=task.target, action="suggesting.follow", user=user)
        revision.publish(user=user)


def _write(task: Task, fields: list[FieldRows], source: StoryPage, target: StoryPage, change: Change) -> bool:
    """Give the translation's draft what follows from the source; whether that is another draft than before."""
    before = target.serializable_data()
    known = {block_of(key) for key in task.pairs}
    rows = {each.key: [_settled(row, each.kind, change) for row in each.rows] for each in fields}
    pairs, texts = saved(fields, rows)
    put(target, source, texts, known)
    follow(task, source, target)
    changed = bool({**task.pairs, **pairs} != task.pairs or target.serializable_data() != before)
    task.pairs = {**task.pairs, **pairs}
    return changed


def _settled(row: Row, kind: str, change: Change) -> Pair | None:
    made = in_script(row.source, kind, change)
    if row.state == NEW:
        return Pair(row.source, made)
    # Compared by words: marks may have been written anew by an editor's form.
    follows = digest(plain(row.text, kind)) == digest(plain(in_script(row.before, kind, change), kind))
    if row.state == CHANGED and follows:
        return Pair(row.source, made)
    return settled(row, row.text, confirmed=row.state == GONE and follows)


def source_published(source: StoryPage, user: Any = None) -> None:
    """Renew what follows a source that has just been published."""
    followers = [tag for tag, (other, _change) in DERIVED.items() if other == source.locale.language_code]
    if not followers:
        return
    for task in Task.objects.filter(source_id=source.pk, target__locale__language_code__in=followers).order_by("pk"):
        renew(task, user)
