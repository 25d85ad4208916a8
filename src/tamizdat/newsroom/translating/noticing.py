"""What a translation's task learns by itself: that its source or its draft is another one now, that pages are gone.

In the transaction of whoever did it, so that nothing is ever counted wrong.
"""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_delete, post_save
from wagtail.models import Page, PageLogEntry, Revision
from wagtail.signals import page_published, page_unpublished

from tamizdat.newsroom.breaking.acting import SayMore, line_said
from tamizdat.newsroom.stories.embargoes import drafting, waits_changed
from tamizdat.newsroom.stories.letting_go import going_out
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import lock_pages, recount
from tamizdat.newsroom.translating.adopting import tie_line
from tamizdat.newsroom.translating.beside import newest, source_now
from tamizdat.newsroom.translating.expiring import follow_embargo, follow_expiry, is_embargo_known
from tamizdat.newsroom.translating.holding import check_not_held
from tamizdat.newsroom.translating.models import Task, Together
from tamizdat.newsroom.translating.moments import wait_anew
from tamizdat.newsroom.translating.reverting import note_reverted
from tamizdat.newsroom.translating.sourcing import held_without, source_comes_back, source_taken_back


def listen() -> None:
    """Connect the signals that Wagtail and Django send."""
    going_out.connect(check_not_held, sender=StoryPage, dispatch_uid="held together")
    going_out.connect(source_comes_back, sender=StoryPage, dispatch_uid="out again beside what is held")
    page_published.connect(_published, sender=StoryPage, dispatch_uid="stale translations")
    page_unpublished.connect(_taken_back, sender=StoryPage, dispatch_uid="translations of a draft again")
    drafting.connect(_to_be_saved, sender=StoryPage, dispatch_uid="embargoes of translations")
    waits_changed.connect(wait_anew, sender=StoryPage, dispatch_uid="put off no longer")
    line_said.connect(tie_line, sender=SayMore, dispatch_uid="lines of stories that are tied")
    post_save.connect(_draft_saved, sender=Revision, dispatch_uid="translations not ready")
    post_delete.connect(_page_gone, sender=StoryPage, dispatch_uid="put off by a page no longer")
    post_save.connect(note_reverted, sender=PageLogEntry, dispatch_uid="older versions are to be looked at")
    post_delete.connect(_task_gone, sender=Task, dispatch_uid="nothing to release")


def _published(instance: StoryPage, **_: Any) -> None:
    if instance.live:  # Wagtail says "published" of what is only scheduled, too
        follow_expiry(instance)
        follow_embargo(instance)
    wait_anew(instance)
    _source_changed(instance)


def _to_be_saved(page: StoryPage, **_: Any) -> None:
    """As long as readers have nothing of it, what is translated is the draft."""
    if page.pk is None or is_embargo_known(page) or StoryPage.objects.filter(pk=page.pk, live=True).exists():
        return
    lock_pages([page.pk])
    follow_embargo(page)


def _source_changed(instance: StoryPage, **_: Any) -> None:
    # Only the tasks' own rows are held: their targets belong to whoever translates.
    held = list(Task.objects.select_for_update(of=("self",)).filter(source_id=instance.pk).order_by("pk"))
    # Read after the rows are held: whoever had them may have saved a new draft.
    targets = StoryPage.objects.select_related("locale", "latest_revision").in_bulk(task.target_id for task in held)
    for task in held:
        task.source, task.target = instance, targets[task.target_id]
        recount(task, source_now(task), newest(task.target))


def _taken_back(instance: StoryPage, **_: Any) -> None:
    _source_changed(instance)
    source_taken_back(instance)
    wait_anew(instance)


def _draft_saved(instance: Revision, update_fields: Any = None, **_: Any) -> None:
    """A draft is another one than the one that was called ready, also where autosave writes it over the one before."""
    if update_fields is None or "content" in update_fields:
        ready = Task.objects.filter(target_id=_page_of(instance), ready=True)
        if ready.exists():
            # Its page before its task, as everywhere: whoever saves writes that last.
            list(Page.objects.select_for_update().filter(pk=_page_of(instance)).values_list("pk"))
            ready.update(ready=False)
    if update_fields is not None and "approved_go_live_at" in update_fields:  # somebody took its time from it
        for page in StoryPage.objects.filter(pk=_page_of(instance)):
            wait_anew(page)


def _page_of(revision: Revision) -> int:
    """The page's number; 0 for what is no page."""
    kind, key = ContentType.objects.get_for_id(revision.base_content_type_id).model, str(revision.object_id)
    return int(key) if kind == "page" and key.isdigit() else 0


def _page_gone(instance: StoryPage, **_: Any) -> None:
    wait_anew(instance)


def _task_gone(instance: Task, **_: Any) -> None:
    """Without translations there is nothing to wait for."""
    if instance.together_id:
        Together.objects.filter(pk=instance.together_id, tasks=None).delete()
        held_without(instance)
