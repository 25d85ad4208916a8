"""What reviewers refuse goes out by no time that somebody chose before."""

from typing import Any

from wagtail.log_actions import log
from wagtail.models import Page, WorkflowState
from wagtail.signals import workflow_cancelled, workflow_rejected
from wagtail.utils.timestamps import ensure_utc

from tamizdat.newsroom.stories.embargoes import waits_changed
from tamizdat.newsroom.stories.letting_go import is_letting_go
from tamizdat.newsroom.stories.models import StoryPage


def listen() -> None:
    """Connect the signals that Wagtail sends."""
    workflow_rejected.connect(_refused, sender=WorkflowState, dispatch_uid="nothing rejected goes out")
    workflow_cancelled.connect(_refused, sender=WorkflowState, dispatch_uid="nothing cancelled goes out")


def _refused(instance: WorkflowState, user: Any = None, **_: Any) -> None:
    page = getattr(instance.content_object, "specific", None)
    if isinstance(page, StoryPage) and not is_letting_go():
        forget_times(page, user)


def forget_times(page: Page, user: Any = None) -> None:
    """Nothing of the story goes out by itself any more; its history says which time ``user`` took from it."""
    for revision in page.revisions.exclude(approved_go_live_at=None):
        said = {
            "id": revision.pk,
            "created": ensure_utc(revision.created_at),
            "go_live_at": ensure_utc(revision.approved_go_live_at),
            "has_live_version": page.live,
        }
        page.revisions.filter(pk=revision.pk).update(approved_go_live_at=None)
        log(instance=page, action="wagtail.schedule.cancel", user=user, revision=revision, data={"revision": said})
        waits_changed.send(type(page), page=page)
