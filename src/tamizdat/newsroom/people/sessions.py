"""Where sessions are kept: in the database, with whose they are. ``SESSION_ENGINE``."""

from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from tamizdat.newsroom.people.models import Person, PersonSession

BEGAN: Final = "newsroom_began"
SEEN: Final = "newsroom_seen"
"""Seconds since 1970, in the session itself."""


class SessionStore(DatabaseStore):
    """Sessions as rows of :class:`PersonSession`."""

    @classmethod
    def get_model_class(cls) -> Any:
        """See Django."""
        return PersonSession

    def create_model_instance(self, data: Any) -> Any:
        """A row for ``data``."""
        row: Any = super().create_model_instance(data)
        row.person_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began, row.seen = _moment(data.get(BEGAN)), _moment(data.get(SEEN))
        return row


def end_sessions(person: Person, but: str = "") -> int:
    """End every session of ``person``, except the one with the key ``but``; how many that were."""
    ended, _by_model = PersonSession.objects.filter(person=person).exclude(session_key=but).delete()
    return ended


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
