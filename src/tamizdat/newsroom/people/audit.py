"""Who logged in, and what became of second factors, accounts and roles, in Wagtail's own log. Never from where."""

import time
from typing import Any

from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from wagtail.log_actions import log

from tamizdat.newsroom.people.sessions import BEGAN, SEEN


def listen() -> None:
    """Connect the signals."""
    user_logged_in.connect(_logged_in, dispatch_uid="people logged in")
    user_logged_out.connect(_logged_out, dispatch_uid="people logged out")
    authenticator_added.connect(_factor_added, dispatch_uid="people factor added")
    authenticator_removed.connect(_factor_removed, dispatch_uid="people factor removed")
    authenticator_reset.connect(_factor_reset, dispatch_uid="people factor reset")


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
