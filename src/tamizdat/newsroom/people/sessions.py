"""Where sessions are kept: in the database, with whose they are. ``SESSION_ENGINE``.

A row knows its session by a hash of the key, so that whoever gets hold of a backup can open none.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from tamizdat.newsroom.people.models import Person, PersonSession

BEGAN: Final = "newsroom_began"
SEEN: Final = "newsroom_seen"
"""Seconds since 1970, in the session itself."""
_KEY_LENGTH: Final = 40
"""As long as Django's column: 160 bits."""


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


def is_somebodys(key: str, now: datetime) -> bool:
    """Whether somebody is logged in by the session with this key."""
    rows = PersonSession.objects.filter(session_key=kept_as(key), expire_date__gt=now, person__is_active=True)
    return rows.exists()


def end_sessions(person: Person, but: str = "") -> int:
    """End every session of ``person``, except the one with the key ``but``; how many that were."""
    ended, _by_model = PersonSession.objects.filter(person=person).exclude(session_key=kept_as(but)).delete()
    return ended


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
