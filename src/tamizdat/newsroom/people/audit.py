"""Who logged in, and what became of second factors, accounts and roles, in Wagtail's own log. Never from where."""

import time
from collections.abc import Container, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from tamizdat.newsroom.clock import LITTLE
from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.adapters import CODE, PASSWORD
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.people.real_names import is_among
from tamizdat.newsroom.people.sessions import BEGAN, SEEN, end_sessions

MANY: Final = 10
"""So many attempts in a row that failed are noted: whoever only mistyped has long waited, and asked somebody."""
GROUP_SHOWS: Final = "people.group_shows_names"
GROUP_HIDES: Final = "people.group_hides_names"
"""What the history calls it that a group was given to see real names, and that it was taken away."""
_FAILED: Final = "people.tries_failed"


def listen() -> None:
    """Connect the signals."""
    user_logged_in.connect(_logged_in, dispatch_uid="people logged in")
    user_logged_out.connect(_logged_out, dispatch_uid="people logged out")
    authenticator_added.connect(_factor_added, dispatch_uid="people factor added")
    authenticator_removed.connect(_factor_removed, dispatch_uid="people factor removed")
    authenticator_reset.connect(_factor_reset, dispatch_uid="people factor reset")
    m2m_changed.connect(_group_changed, sender=Group.permissions.through, dispatch_uid="people group sees names")


def _logged_in(request: Any, user: Any, **_: Any) -> None:
    if request is not None:
        request.session[BEGAN] = request.session[SEEN] = time.time()
    log(user, "people.log_in", user=user)


def _logged_out(user: Any, **_: Any) -> None:
    if user is not None:
        log(user, "people.log_out", user=user)


def _factor_added(user: Any, authenticator: Any, **_: Any) -> None:
    log(user, "people.factor_added", user=user, data={"kind": authenticator.type})


def _factor_removed(request: Any, user: Any, authenticator: Any, **_: Any) -> None:
    request.session.pop("newsroom_has_second_factor", None)
    log(authenticator.user, "people.factor_removed", user=user, data={"kind": authenticator.type})


def _factor_reset(user: Any, authenticator: Any, **_: Any) -> None:
    log(user, "people.factor_reset", user=user, data={"kind": authenticator.type})


def _group_changed(instance: Any, action: str, pk_set: set[int] | None, **_: Any) -> None:
    """Wagtail's screen of a group notes that it was edited, not what."""
    noted = {"post_add": GROUP_SHOWS, "post_remove": GROUP_HIDES}
    if isinstance(instance, Group) and action in noted and is_among(pk_set or ()):
        log(instance, noted[action])


def note_account(person: Person, by: Any, changed: Container[str]) -> None:
    """Note which of an account's ways in ``by`` changed. Neither password nor address is written down."""
    if "password1" in changed:
        log(person, "people.password_changed", user=by)
    if "email" in changed:
        log(person, "people.mail_changed", user=by)
    if "is_active" in changed:
        _note_active(person, by)


def note_in_bulk(people: Iterable[Person], act: str, active: bool | None, by: Any) -> list[Person]:
    """Note what was done to many accounts at once, for which Wagtail writes nothing down; those who were closed out.

    ``people`` are as they were before; ``active`` is what they are now, for the act that sets it.
    """
    closed = []
    for person in people:
        if act == "delete":
            log(person, "wagtail.delete", user=by)
        elif active is not None and person.is_active != active:
            person.is_active = active
            _note_active(person, by)
            if not active:
                end_sessions(person)
                closed.append(person)
    return closed


def _note_active(person: Person, by: Any) -> None:
    log(person, "people.opened" if person.is_active else "people.closed", user=by)


def note_failures() -> int:
    """Note on whose accounts somebody fails to log in again and again, once a day; on how many that was.

    Comes round in the background: done at the door it would tell, by its time, which accounts there are.
    """
    now, noted = datetime.now(UTC), 0
    tried = throttle.failing(MANY)
    for person in Person.objects.all() if tried else ():
        keys = throttle.key_of(PASSWORD, person.username), throttle.key_of(CODE, str(person.pk))
        failures = max(tried.get(key, 0) for key in keys)
        entries = ModelLogEntry.objects.filter(action=_FAILED, object_id=str(person.pk))
        lately = now - timedelta(days=1), now + LITTLE
        if failures and not entries.filter(timestamp__range=lately).exists():
            log(person, _FAILED, data={"count": failures})
            noted += 1
    return noted
