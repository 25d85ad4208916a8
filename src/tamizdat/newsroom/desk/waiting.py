"""What waits for its time or its turn, in numbers: headlines are for those who may know of a draft."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.recordings.models import WAITING as TO_BE_MADE
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.stories.by_time import timed_revisions
from tamizdat.newsroom.suggesting.models import WAITING as TO_BE_DRAFTED
from tamizdat.newsroom.suggesting.models import MachineDraft
from tamizdat.newsroom.translating.models import Task, Together

_UNFINISHED: Final = (Move.WAITING, Move.RUNNING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many of one kind; ``next`` is when the first of them goes, if that is known."""

    label: Any
    count: int
    next: datetime | None = None


def waiting() -> list[Waiting]:
    """All kinds of which there are some."""
    goes = timed_revisions().aggregate(n=Count("pk"), at=Min("approved_go_live_at"))
    held = Task.objects.filter(together__isnull=False).count()
    found = (
        Waiting(_("Stories with a time of their own"), goes["n"], goes["at"]),
        Waiting(_("Translations held to go out together"), held, Together.first_to_go()),
        Waiting(_("Recordings to be made"), LibraryRecording.objects.filter(state=TO_BE_MADE).count()),
        Waiting(_("Translations to be drafted by machine"), MachineDraft.objects.filter(state=TO_BE_DRAFTED).count()),
        Waiting(_("Sites to move in"), Move.objects.filter(state__in=_UNFINISHED).count()),
    )
    return [each for each in found if each.count]
