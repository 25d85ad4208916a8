"""However a translation is saved: its draft says whether a machine's words stand in it, and people's are remembered."""

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_save, pre_save
from wagtail.models import Page, Revision
from wagtail.signals import page_published, page_unpublished

from tamizdat.newsroom.stories.letting_go import approved
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.whose import whoever_acts
from tamizdat.newsroom.suggesting.acting import SayReady
from tamizdat.newsroom.suggesting.following import caught_up, renew, source_changed
from tamizdat.newsroom.suggesting.marks import say
from tamizdat.newsroom.suggesting.memory import note_public, remember
from tamizdat.newsroom.translating.acting import catching_up
from tamizdat.newsroom.translating.beside import script_of
from tamizdat.newsroom.translating.models import Task


def listen() -> None:
    """Connect the signals that Django and Wagtail send."""
    pre_save.connect(_revision, sender=Revision, dispatch_uid="machine's words")
    post_save.connect(_saved, sender=Task, dispatch_uid="remember")
    page_published.connect(_published, sender=StoryPage, dispatch_uid="remembered is public")
    catching_up.connect(_catching_up, dispatch_uid="what follows its source")
    approved.connect(_approved, sender=StoryPage, dispatch_uid="approved is ready")
    page_unpublished.connect(_unpublished, sender=StoryPage, dispatch_uid="remembered is not public")


def _revision(instance: Any, **_: Any) -> None:
    say(instance)


def _saved(instance: Any, created: bool, update_fields: Collection[str] | None = None, **_: Any) -> None:
    if created:
        renew(instance, instance.target.owner)
    # Only a save of somebody's words names them.
    elif update_fields and "pairs" in update_fields:
        if script_of(instance) is None:  # what follows its source letter for letter needs no memory
            remember(instance)
        # As it is now: what the task holds may be its draft before this one, and whoever saved that.
        target = StoryPage.objects.select_related("locale", "latest_revision__user").get(pk=instance.target_id)
        if not target.live:
            source_changed(target, target.latest_revision.user)


def _published(instance: StoryPage, revision: Any = None, **_: Any) -> None:
    note_public(instance)
    if instance.live:
        source_changed(instance, whoever_acts() or (revision.user if revision else None))


def _catching_up(source: StoryPage, **_: Any) -> frozenset[int]:
    return caught_up(source)


def _approved(page: Page, user: Any, **_: Any) -> None:
    """Whoever approves a translation says that it may go out."""
    task = Task.objects.filter(target_id=page.pk).select_related("source__locale", "target__locale").first()
    if task is not None:
        SayReady(task, ready=True, user=user, approved=True).execute()


def _unpublished(instance: StoryPage, **_: Any) -> None:
    note_public(instance)
