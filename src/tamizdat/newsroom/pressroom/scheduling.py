"""What is due at a moment: stories to go out, stories to come back, pins and breaking news that end."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min
from wagtail.log_actions import log
from wagtail.models import PageLogEntry

from tamizdat.errors import TamizdatError
from tamizdat.newsroom.fronts.endings import order_what_ended, seconds_to_ending
from tamizdat.newsroom.reasons import Sentences, as_data, sayable, sentences_of, unforeseen
from tamizdat.newsroom.recordings.models import are_preparing
from tamizdat.newsroom.stories.by_time import timed_revisions
from tamizdat.newsroom.stories.holding import hold_story
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.whose import in_name_of, who_did, who_let_go
from tamizdat.newsroom.translating.acting import PASSING, release_due
from tamizdat.newsroom.translating.models import Together

FAILED: Final = "pressroom.schedule_failed"
"""What the history calls a schedule that could not be kept."""
AGAIN: Final = "again"
"""What says in such an entry that it is tried again: a story that readers should have no more, and have."""
_CHOSEN: Final = "wagtail.publish.schedule"
_FAR: Final = 3_600.0
_SOUND_WAITS: Final = timedelta(hours=1)
"""How long after its time a story still waits for a recording that is being prepared."""
_TRIED_AT_LEAST: Final = timedelta(hours=1)
_SOON: Final = timedelta(seconds=1)
_log: Final = logging.getLogger(__name__)


def publish_due(now: datetime) -> int:
    """Publish every story whose time has come, take back every one that has expired; how many.

    One that cannot be published is no longer scheduled, one that cannot be taken back is tried again, and history and
    desk say why: the others go on. One whose recording is still being prepared goes as soon as that is ready.
    """
    done = sum(_kept(page, act, give_up) for _at, page, act, give_up in sorted(_due(now), key=itemgetter(0)))
    done += release_due(now)
    order_what_ended(now)
    return done


def _due(now: datetime) -> Iterator[tuple[datetime, Any, Callable[[], None], Callable[[], None] | None]]:
    """What was to happen until now, when, to which page, and how to give it up if it cannot, unless it is tried again.

    In its order it is as if it had happened in time.
    """
    for page in StoryPage.objects.filter(live=True, expire_at__lte=now):
        if not _was_just_tried(page, now):
            yield page.expire_at, page, partial(_expire, page, now), None
    for revision in timed_revisions().filter(approved_go_live_at__lte=now):
        if revision.approved_go_live_at + _SOUND_WAITS < now or not _waits_for_sound(revision):
            act, give_up = partial(_publish, revision), partial(_unschedule, revision)
            yield revision.approved_go_live_at, revision.content_object, act, give_up


def _was_just_tried(page: Any, now: datetime) -> bool:
    """Whether it could not be taken back lately: tried after two minutes, four, eight, and so on, at last each hour."""
    failed = PageLogEntry.objects.filter(page=page.pk, action=FAILED, timestamp__gte=page.expire_at)
    tries = [at for at, data in failed.values_list("timestamp", "data") if data.get(AGAIN)]
    if not tries:
        return False
    last: datetime = max(tries)
    waits = min(timedelta(minutes=2 ** min(len(tries), 6)), _TRIED_AT_LEAST)
    return last <= now < last + waits  # a clock that was ahead keeps nothing out


def _waits_for_sound(revision: Any) -> bool:
    """Whether it has a recording that is being prepared: somebody handed in another one after scheduling it."""
    draft = revision.as_object()
    return isinstance(draft, StoryPage) and are_preparing(
        block["value"].get("recording") for block in draft.body.get_prep_value() if block["type"] == "sound"
    )


def _expire(page: StoryPage, now: datetime) -> None:
    hold_story(page.story_id)  # before it is asked: somebody may be publishing it just now
    # What went out just before may have given it another time.
    page = StoryPage.objects.get(pk=page.pk)
    if not page.live or not page.expire_at or page.expire_at > now:
        return
    with in_name_of(who_let_go(page)):
        page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def _publish(revision: Any) -> None:
    page = revision.content_object
    if isinstance(page, StoryPage):  # before it is asked: somebody may be publishing it just now
        hold_story(page.story_id)
    revision = timed_revisions().filter(pk=revision.pk, approved_go_live_at__lte=revision.approved_go_live_at).first()
    if revision is None:
        return  # not any more, since another went out or the page was taken back
    page = revision.content_object
    by = who_did(page, action=_CHOSEN) or revision.user
    if page.locked:
        check_unlocked([page], by)
    with in_name_of(by):
        revision.publish(log_action="wagtail.publish.scheduled")


def _unschedule(revision: Any) -> None:
    # When the story ends, which readers have, is another matter: it still does.
    timed_revisions().filter(pk=revision.pk).update(approved_go_live_at=None)


def _kept(page: Any, act: Callable[[], None], give_up: Callable[[], None] | None) -> bool:
    """Whether a schedule could be kept. If not, ``give_up`` forgets it; without that it is tried again."""
    try:
        with transaction.atomic(), sayable():
            act()
    except PASSING:
        raise  # of all of them
    except Exception as error:  # noqa: BLE001 - whatever one story raises is none of the others'; it is told on the desk
        if not isinstance(error, (TamizdatError, ValidationError)):
            _log.exception("%s could not be published or taken back on schedule", page)
        with transaction.atomic():
            if give_up:
                give_up()
            log(instance=page, action=FAILED, data={**as_data(_reason(error)), AGAIN: give_up is None})
        _log.warning("%s could not be published or taken back on schedule: %s", page, error)
        return False
    return True


def _reason(error: Exception) -> Sentences:
    if isinstance(error, (TamizdatError, ValidationError)):
        with sayable():
            return sentences_of(error)
    return unforeseen(error)


def seconds_to_next(now: datetime) -> float:
    """Seconds until something is due, an hour at most."""
    goes = timed_revisions().aggregate(at=Min("approved_go_live_at"))["at"]
    if goes is not None:
        goes = max(goes, now + _SOON)  # what is due and still there waits for its recording
    comes = StoryPage.objects.filter(live=True).aggregate(at=Min("expire_at"))["at"]
    if comes is not None:
        comes = max(comes, now + _SOON)  # what is due and still there could not be taken back
    together = Together.first_to_go()
    waits: list[float] = [(at - now).total_seconds() for at in (goes, comes, together) if at is not None]
    return max(0.0, min([_FAR, seconds_to_ending(now), *waits]))
