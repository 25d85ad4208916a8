"""An older version of a translation is back: nobody has said that its words fit what the source says now."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from wagtail.models import PageLogEntry, Revision

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import recount
from tamizdat.newsroom.translating.aligning import Pair, carried, pairs_from
from tamizdat.newsroom.translating.beside import newest, source_now
from tamizdat.newsroom.translating.fields import fields_of
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.parts import Parts, is_mark, mark_of, parts_of

_REVERTED = "wagtail.revert"
_MOST_VERSIONS: Final = 200


def note_reverted(instance: PageLogEntry, created: bool, **_: object) -> None:
    """When the history says that somebody went back to an older version: what came with that is to be looked at."""
    if created and instance.action == _REVERTED and instance.revision_id:
        with transaction.atomic():
            task = Task.objects.select_for_update(of=("self",)).filter(target_id=instance.page_id).first()
            if task is not None:
                _reverted(task, instance.revision)


def _reverted(task: Task, revision: Revision) -> None:
    target = StoryPage.objects.select_related("locale", "latest_revision").get(pk=task.target_id)
    # Autosave writes one revision anew: what was there before it stays what it is compared with.
    last = target.revisions.exclude(pk=revision.pk).order_by("-created_at", "-pk").first()
    was, draft = last.as_object() if last else None, newest(target)
    before, now = fields_of(was) if was else {}, fields_of(draft)
    task.pairs = {**task.pairs, **(_shown_again(task, parts_of(was), parts_of(draft)) if was else {})}
    for key, stored in task.pairs.items():
        if key in now and not is_mark(key):
            known = carried(pairs_from(stored), before[key].pieces) if key in before else pairs_from(stored)
            task.pairs[key] = [pair.stored() for pair in _looked_at(known, now[key].pieces)]
    task.save(update_fields=["pairs"])
    recount(task, source_now(task), draft)


def _shown_again(task: Task, before: Mapping[str, Parts], now: Mapping[str, Parts]) -> dict[str, Any]:
    """What the task is to keep of pictures, recordings and addresses that the source showed once, and are back.

    They count as exchanged in the source since. Others that are back are the translator's own.
    """
    kept: dict[str, Any] = {}
    for block, parts in now.items():
        stored = task.pairs.get(key := mark_of(block), ())
        was = before.get(block, {})
        old = {path for path, value, _done in stored if parts.get(path) not in {value, was.get(path)}}
        if old and (back := {path for path in old if _was_shown(task.source, block, path, parts[path])}):
            kept[key] = [[path, parts[path] if path in back else value, done] for path, value, done in stored]
    return kept


def _was_shown(source: StoryPage, block: str, path: str, value: Any) -> bool:
    """Whether one of the source's newest versions had it there."""
    versions = source.revisions.order_by("-created_at", "-pk")[:_MOST_VERSIONS]
    return any(parts_of(each.as_object()).get(block, {}).get(path) == value for each in versions)


def _looked_at(known: Sequence[Pair], now: Sequence[str]) -> Iterable[Pair]:
    """The pairs with what stands there now. Which source that translates nobody knows, unless it stood there before."""
    for pair in carried(known, now):
        unsure = pair.source is not None and pair.target and pair not in known
        yield Pair("", pair.target) if unsure else pair
