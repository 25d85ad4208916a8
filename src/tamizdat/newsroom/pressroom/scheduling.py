"""What is due at a moment: stories to go out, stories to come back, pins and breaking news that end."""

from datetime import datetime
from typing import Final

from django.db.models import Min
from wagtail.models import Revision

from tamizdat.newsroom.fronts.endings import order_what_ended, seconds_to_ending
from tamizdat.newsroom.stories.models import StoryPage

_FAR: Final = 3_600.0


def publish_due(now: datetime) -> int:
    """Publish every story whose time has come, take back every one that has expired; how many."""
    done = 0
    for page in StoryPage.objects.filter(live=True, expire_at__lte=now).order_by("expire_at"):
        page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
        done += 1
    for revision in Revision.page_revisions.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at"):
        revision.publish(log_action="wagtail.publish.scheduled")
        done += 1
    order_what_ended(now)
    return done


def seconds_to_next(now: datetime) -> float:
    """Seconds until something is due, an hour at most."""
    goes = Revision.page_revisions.aggregate(at=Min("approved_go_live_at"))["at"]
    comes = StoryPage.objects.filter(live=True).aggregate(at=Min("expire_at"))["at"]
    waits: list[float] = [(at - now).total_seconds() for at in (goes, comes) if at is not None]
    return max(0.0, min([_FAR, seconds_to_ending(now), *waits]))
