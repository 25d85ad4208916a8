"""Guessing made slow, without knowing who guesses: after some failures an account waits, longer and longer.

An attempt counts as failed when it begins, and is taken back when it succeeds: many at once are no way around. Names
that nobody has count like all others, or it would tell which accounts there are. They are kept as keyed hashes for a
day.

When many fail over all names, each name waits sooner, but for its own failures alone: whoever tries a thousand names
keeps nobody out whose name is not among them. And only some attempts are looked at in one moment, so that other
screens answer meanwhile.
"""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from tamizdat.newsroom.clock import shared_now
from tamizdat.newsroom.people.models import Attempts


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` failures cost nothing; each after them doubles the wait from a second to ``most_seconds``."""

    free: int
    most_seconds: int
    forget: timedelta
    """After so long without a failure everything is forgotten."""

    def wait_seconds(self, failures: int) -> int:
        """How long to wait after so many failures."""
        over = failures - self.free
        return 0 if over < 0 else min(1 << min(over, 30), self.most_seconds)


ONE: Final = Limit(free=4, most_seconds=900, forget=timedelta(days=1))
ALL: Final = Limit(free=150, most_seconds=8, forget=timedelta(minutes=10))
_EVERYBODY: Final = "everybody"
AT_ONCE: Final = 4
"""How many passwords are looked at in one moment: half of what the web server does at once."""
MOST_NAMES: Final = 20_000
"""How many names are kept. Those with the fewest failures go first: they have waited for nothing yet."""
_turns: Final = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[bool]:
    """Whether there is room to look at one more password now."""
    free = _turns.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _turns.release()


def begin(what: str, name: str, now: datetime | None = None) -> int:
    """Begin to try ``name``: 0, or the seconds to wait first. ``what`` is tried apart from others: password, code."""
    now = now or shared_now()
    with transaction.atomic():
        _forget(now)
        one, everybody = _row(key_of(what, name), now), _row(key_of(_EVERYBODY, ""), now)
        seconds = _wait(one, everybody, now)
        if seconds > 0:
            return seconds
        for row, limit in ((one, ONE), (everybody, ALL)):
            row.failures = row.failures + 1 if now - row.last < limit.forget else 1
            row.last = now
            row.save()
    return 0


def _forget(now: datetime) -> None:
    Attempts.objects.filter(last__lt=now - ONE.forget).delete()
    if Attempts.objects.count() > MOST_NAMES:
        names = Attempts.objects.order_by("failures", "last").values("key")
        Attempts.objects.filter(key__in=names[: MOST_NAMES // 10]).delete()


def _wait(one: Attempts, everybody: Attempts, now: datetime) -> int:
    """Seconds that the name has still to wait, counted from its own last failure; none for a name without any."""
    if not one.failures or now - one.last >= ONE.forget:
        return 0
    seconds = max(ONE.wait_seconds(one.failures), ALL.wait_seconds(everybody.failures))
    until = one.last + timedelta(seconds=seconds)
    return max(0, -int((now - until).total_seconds() // 1))


def succeeded(what: str, name: str) -> None:
    """What was begun succeeded: the account's failures are forgotten, and one of everybody's."""
    with transaction.atomic():
        Attempts.objects.filter(key=key_of(what, name)).delete()
        everybody = Attempts.objects.select_for_update().filter(key=key_of(_EVERYBODY, ""), failures__gt=0).first()
        if everybody:
            everybody.failures -= 1
            everybody.save()


def failing(least: int) -> dict[str, int]:
    """How often the names failed that failed ``least`` times in a row, by their keys."""
    return dict(Attempts.objects.filter(failures__gte=least).values_list("key", "failures"))


def _row(key: str, now: datetime) -> Attempts:
    Attempts.objects.get_or_create(key=key, defaults={"last": now})
    row = Attempts.objects.select_for_update().get(key=key)
    if row.last > now:
        # A clock was ahead. From now on it counts as usual: nobody waits longer than the limit.
        row.last = now
        row.save()
    return row


def key_of(what: str, name: str) -> str:
    """What ``name`` is kept as."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{what}\0{name.casefold()}".encode(), hashlib.sha256).hexdigest()
