"""Embargoes that a source set, moved or lifted after a draft was made of its item."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from tamizdat.newsroom.ingest.models import Taken
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import StoryPage


def to_come(at: datetime | None) -> datetime | None:
    """The end of an embargo; None if it is over."""
    return at if at and at > datetime.now(UTC) else None


def embargoes(taken: Taken) -> tuple[datetime | None, datetime | None]:
    """Until when the story that was made of the item waits as it stands in its newest draft, and the item by now."""
    draft = taken.page.get_latest_revision_as_object()
    return to_come(draft.embargo), to_come(taken.item.embargo if taken.item else None)


def is_too_early(taken: Taken) -> bool:
    """Whether readers have the story, or would get it, before the item's embargo is over."""
    ours, theirs = embargoes(taken)
    if theirs is None:
        return False
    return taken.page.live or ours is None or ours < theirs or _scheduled_before(taken.page, theirs).exists()


def take_over(taken: Taken, user: Any) -> None:
    """Let the story wait for the item's embargo. What was to go out by itself before that does so no more.

    Raises PermissionDenied for whoever may not, ValidationError if somebody else has locked it.
    """
    with transaction.atomic():
        page = StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=taken.page_id)
        may = page.permissions_for_user(user)
        if not may.can_edit():
            raise PermissionDenied
        check_unlocked([page], user)
        theirs = to_come(taken.item.embargo if taken.item else None)
        if theirs is None:
            return
        scheduled = _scheduled_before(page, theirs)
        if scheduled.exists():
            if not may.can_unschedule():
                raise PermissionDenied
            scheduled.update(approved_go_live_at=None)
        draft = page.get_latest_revision_as_object()
        draft.embargo = theirs
        draft.save_revision(user=user, log_action=True, clean=False)


def _scheduled_before(page: StoryPage, until: datetime) -> Any:
    return page.revisions.filter(approved_go_live_at__lt=until)
