"""Guessing made slow, without knowing who guesses: after some failures an account waits, longer and longer.

An attempt counts as failed when it begins, and is taken back when it succeeds: many at once are no way around. Names
that nobody has count like all others, and are kept as keyed hashes for a day.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

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


def begin(what: str, name: str, now: datetime | None = None) -> int:
    """Begin to try ``name``: 0, or the seconds to wait first. ``what`` is tried apart from others: password, code."""
    now = now or datetime.now(UTC)
    with transaction.atomic():
        Attempts.objects.filter(last__lt=now - ONE.forget).delete()
        rows = [(_row(_key(what, name), now), ONE), (_row(_key(_EVERYBODY, ""), now), ALL)]
        waits = [_left(row, limit, now) for row, limit in rows]
        if any(waits):
            return max(waits)
        for row, limit in rows:
            row.failures = row.failures + 1 if now - row.last < limit.forget else 1
            row.last = now
            row.save()
    return 0


def succeeded(what: str, name: str) -> None:
    """What was begun succeeded: the account's failures are forgotten, and one of everybody's."""
    with transaction.atomic():
        Attempts.objects.filter(key=_key(what, name)).delete()
        everybody = Attempts.objects.select_for_update().filter(key=_key(_EVERYBODY, ""), failures__gt=0).first()
        if everybody:
            everybody.failures -= 1
            everybody.save()


def _row(key: str, now: datetime) -> Attempts:
    Attempts.objects.get_or_create(key=key, defaults={"last": now})
    return Attempts.objects.select_for_update().get(key=key)


def _left(row: Attempts, limit: Limit, now: datetime) -> int:
    if now - row.last >= limit.forget:
        return 0
    until = row.last + timedelta(seconds=limit.wait_seconds(row.failures))
    return max(0, -int((now - until).total_seconds() // 1))


def _key(what: str, name: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{what}\0{name.casefold()}".encode(), hashlib.sha256).hexdigest()
