"""Reading subscriptions when they are due: each by one worker at a time, whatever its source does."""

import logging
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from tamizdat.errors import ItemError, ItemNote, ItemWithdrawn, TamizdatError
from tamizdat.newsroom.clock import LITTLE, shared_now
from tamizdat.newsroom.ingest.keeping import forget_old, keep, note_listed, withdraw
from tamizdat.newsroom.ingest.models import ASKED, Subscription
from tamizdat.sources.feed import FeedSource, FeedState
from tamizdat.sources.port import Gathered, Source, WithdrawingSource
from tamizdat.sources.registry import open_source
from tamizdat.sources.wordpress_rest import WordPressRestSource
from tamizdat.story import RETRACTION

MAX_ITEMS: Final = 2_000
"""New or changed ones of one source in one round. Those that are known do not count, so the next round gets further."""
MAX_WITHDRAWALS: Final = 10_000
MAX_SECONDS: Final = 300.0
_AT_MOST: Final = timedelta(minutes=20)
_MOST_FAILURES: Final = 6
_SHOWN_CHARS: Final = 500
_log: Final = logging.getLogger(__name__)


def fetch_due() -> None:
    """Read every subscription that is due. A fault of one is none of the others."""
    for subscription in Subscription.objects.filter(active=True).order_by("next_at", "pk"):
        if claim(subscription, shared_now()):
            fetch(subscription)


def forget() -> None:
    """Delete what is old."""
    forget_old(datetime.now(UTC))


def claim(subscription: Subscription, now: datetime) -> bool:
    """Whether it is due and now ours. A worker that is killed leaves a claim that runs out.

    What should wait for longer than any wait is due: a clock was ahead.
    """
    longest = timedelta(minutes=subscription.every_minutes) * 2**_MOST_FAILURES
    due = Q(next_at=None) | Q(next_at__lte=now) | Q(next_at__gt=now + longest + LITTLE)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_until__gt=now + _AT_MOST + LITTLE)
    rows = Subscription.objects.filter(due, free, pk=subscription.pk, active=True)
    return rows.update(claimed_until=now + _AT_MOST) == 1


def claimed_since(now: datetime) -> datetime | None:
    """Since when somebody reads a subscription that is being read at this moment; None if none is."""
    claims = Subscription.objects.filter(claimed_until__gt=now).order_by("claimed_until")
    first = claims.values_list("claimed_until", flat=True).first()
    return first - _AT_MOST if first else None


def fetch(subscription: Subscription, clock: Callable[[], float] = time.monotonic) -> int:
    """Read it now; how many items are new or changed. What went wrong or could not be read is its ``fault``."""
    now = datetime.now(UTC).replace(microsecond=0)
    fault, cut, left, came = "", "", "", 0
    state = FeedState(subscription.etag, subscription.last_modified)
    try:
        source = open_subscription(subscription, now)
        came, cut, left = _read(subscription, source, now, clock)
        # As long as all that comes is what cannot be read, it is asked for again, and the list goes on saying why.
        if not cut and (came or not left) and isinstance(source, FeedSource | WordPressRestSource):
            state = source.state
    except TamizdatError as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - a source is the world's; whatever it does, the others are read
        fault = f"{type(error).__name__}: {error}"
        _log.exception("reading %s failed", subscription.name)
    failures = subscription.failures + 1 if fault else 0
    wait = timedelta(minutes=subscription.every_minutes) * 2 ** min(failures, _MOST_FAILURES)
    this = Subscription.objects.filter(pk=subscription.pk)
    this.update(
        fetched=now,
        fault=(fault or cut or left)[:_SHOWN_CHARS],
        failures=failures,
        next_at=shared_now() + wait,
        claimed_until=None,
    )
    # Who changed what is asked for while it was read asks for all of it.
    asked = {name: getattr(subscription, name) for name in ASKED}
    this.filter(**asked).update(etag=state.etag, last_modified=state.last_modified)
    return came


def open_subscription(subscription: Subscription, now: datetime) -> Source:
    """Its source. Raises UsageError."""
    return open_source(
        subscription.kind,
        base_dir=subscription.path.parent,
        now=now,
        path=None if subscription.is_web else str(subscription.path),
        url=subscription.address if subscription.is_web else None,
        language=subscription.language or None,
        state=FeedState(subscription.etag, subscription.last_modified),
        embargoed=True,
        newest_first=True,
        withdrawn_pictures=True,
    )


def _read(
    subscription: Subscription, source: Source, now: datetime, clock: Callable[[], float]
) -> tuple[int, str, str]:
    """Keep what the source has, item by item: a worker that is killed loses none that was kept. Raises SourceError."""
    came, began, cut = 0, clock(), ""
    taken_back: list[ItemWithdrawn] = []
    left: list[ItemError] = []
    undated: list[tuple[str, str]] = []

    def hear(note: ItemError) -> None:
        if isinstance(note, ItemWithdrawn) and len(taken_back) < MAX_WITHDRAWALS:
            taken_back.append(note)
        elif not isinstance(note, ItemNote):
            left.append(note)

    stories = source.stories(hear)
    for gathered in stories:
        if cut := _cut(came, clock() - began):
            break
        if gathered.story.retracted:
            hear(_retraction(gathered))
            continue
        if not gathered.dated:
            undated.append((gathered.story.language, gathered.story.story_id))
        with transaction.atomic():
            gone = source.gone if isinstance(source, WithdrawingSource) else ()
            came += keep(subscription, gathered, now, gone) is not None
    if isinstance(stories, Generator):
        stories.close()
    for note in taken_back:
        came += withdraw(subscription, note, now)
    if not cut:
        note_listed(subscription, undated, now)
    return came, cut, f"{len(left)} items could not be read, the first of them: {left[0]}" if left else ""


def _retraction(gathered: Gathered) -> ItemWithdrawn:
    """What a story says that was retracted: of its text it has nothing any more."""
    story = gathered.story
    why = next(each.text for each in story.corrections if each.kind == RETRACTION)
    said = {"what": story.story_id, "language": story.language, "status": RETRACTION, "why": why}
    return ItemWithdrawn("left out: it was retracted", where=gathered.where, **said)


def _cut(came: int, seconds: float) -> str:
    """What the list says if no more is read in this round; empty as long as there is room."""
    if came >= MAX_ITEMS:
        return f"cut after {came} new items: the next round goes on"
    if seconds > MAX_SECONDS:
        return f"cut after {MAX_SECONDS:.0f} seconds: what comes later in it was not read"
    return ""
