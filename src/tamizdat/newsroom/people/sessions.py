"""Where sessions are kept: in the database, with whose they are. ``SESSION_ENGINE``.

A row knows its session by a hash of the key, so that whoever gets hold of a backup can open none.
"""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Q, QuerySet

from tamizdat.newsroom.people.models import Person, PersonSession

BEGAN: Final = "newsroom_began"
SEEN: Final = "newsroom_seen"
"""Seconds since 1970, in the session itself."""
ANEW: Final = "anew"
"""In the query of a page that comes anew by itself: it does not say that somebody is there."""
_KEY_LENGTH: Final = 40
"""As long as Django's column: 160 bits."""
_STRANGERS_SECONDS: Final = 1_800
"""How long whoever has not logged in is remembered: between password and code, between asking for a passkey and it."""
MOST_STRANGERS: Final = 10_000
"""How many sessions of nobody are kept. The oldest go first."""


def kept_as(key: str | None) -> str:
    """What a row calls the session with ``key``, which only its browser knows."""
    return hashlib.sha256((key or "").encode()).hexdigest()[:_KEY_LENGTH]


class SessionStore(DatabaseStore):
    """Sessions as rows of :class:`PersonSession`."""

    @classmethod
    def get_model_class(cls) -> Any:
        """See Django."""
        return PersonSession

    def create_model_instance(self, data: Any) -> Any:
        """A row for ``data``."""
        row: Any = super().create_model_instance(data)
        row.session_key = kept_as(row.session_key)
        row.person_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began, row.seen = _moment(data.get(BEGAN)), _moment(data.get(SEEN))
        return row

    def get_expiry_age(self, **options: Any) -> int:
        """Seconds until the session ends: counted from the log-in, however often it is used meanwhile."""
        age: int = super().get_expiry_age(**options)
        if SESSION_KEY not in self:
            return min(age, _STRANGERS_SECONDS)
        return min(age, max(0, int(self.get(BEGAN, 0) + settings.SESSION_COOKIE_AGE - time.time())))

    def get_expiry_date(self, **options: Any) -> datetime:
        """The same as a moment."""
        return datetime.now(UTC) + timedelta(seconds=self.get_expiry_age(**options))

    def save(self, must_create: bool = False) -> None:
        """Save; a new session of nobody takes the place of old ones where there are many."""
        if must_create and SESSION_KEY not in self:
            _make_room()
        super().save(must_create)

    def exists(self, session_key: str) -> bool:
        """Whether there is a session with this key."""
        found: bool = super().exists(kept_as(session_key))
        return found

    def delete(self, session_key: str | None = None) -> None:
        """Delete a session, this one without a key."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(kept_as(key))

    def _get_session_from_db(self) -> Any:
        try:
            return self.model.objects.get(session_key=kept_as(self.session_key), expire_date__gt=datetime.now(UTC))
        except self.model.DoesNotExist:
            self._session_key = None
            return None


def living(now: datetime) -> QuerySet[PersonSession]:
    """Sessions that have not ended: none is too old, or was unused for too long."""
    used = Q(seen=None) | Q(seen__gte=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS))
    return PersonSession.objects.filter(used, expire_date__gt=now)


def is_somebodys(key: str, now: datetime) -> bool:
    """Whether somebody is logged in by the session with this key."""
    return living(now).filter(session_key=kept_as(key), person__is_active=True).exists()


def forget_ended() -> int:
    """Delete what is left of sessions that ended by themselves; how many that were."""
    living_keys = living(datetime.now(UTC)).values("session_key")
    ended, _by_model = PersonSession.objects.exclude(session_key__in=living_keys).delete()
    return ended


def _make_room() -> None:
    strangers = PersonSession.objects.filter(person=None)
    if strangers.count() >= MOST_STRANGERS:
        oldest = strangers.order_by("expire_date").values("session_key")[: max(1, MOST_STRANGERS // 10)]
        PersonSession.objects.filter(session_key__in=oldest).delete()


def end_sessions(person: Person, but: str = "") -> int:
    """End every session of ``person``, except the one with the key ``but``; how many that were."""
    ended, _by_model = PersonSession.objects.filter(person=person).exclude(session_key=kept_as(but)).delete()
    return ended


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
