"""What holds for every request of somebody who is logged in.

Idle sessions end, as do those of whoever has no role; a second factor may be needed, and the password again.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tamizdat.newsroom.clock import LITTLE
from tamizdat.newsroom.people.asking import ask_again
from tamizdat.newsroom.people.ended import with_what_was_typed
from tamizdat.newsroom.people.sessions import ANEW, BEGAN, SEEN

_STEP_SECONDS: Final = 300
ADMINISTRATORS: Final = "administrators"
EVERYBODY: Final = "everybody"
FACTOR: Final = "newsroom_has_second_factor"
"""In the session: that nobody needs to look again."""


class Doorkeeper:
    """Middleware. Ends sessions that nobody used, or may use; sends whoever lacks a second factor to get one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does, or with a way to what is missing."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return with_what_was_typed(request, self._get_response(request))
        if _is_idle(request):
            logout(request)
            if request.method == "GET":
                return redirect(f"{reverse('account_login')}?next={request.path}")
            answer = self._get_response(request)  # whoever is not logged in is refused there
            return with_what_was_typed(request, answer)
        if not request.user.has_perm("wagtailadmin.access_admin"):
            logout(request)
            messages.error(request, _("Your account has no role here. Ask an administrator of your newsroom for one."))
            return redirect("account_login")
        if lacks_factor(request) and not _is_way_to_factor(request.path):
            messages.warning(request, _("Your account needs a second factor first: an app with codes, or a passkey."))
            return redirect("mfa_index")
        return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _arguments: Any, options: Any) -> HttpResponse | None:
        """Ask for the password again where accounts can be given away."""
        return ask_again(request, options) if request.user.is_authenticated else None


def _is_idle(request: HttpRequest) -> bool:
    """Whether nobody used the session for long; notes that somebody does. A page left open alone is nobody."""
    now = time.time()
    for key in (BEGAN, SEEN):
        if request.session.get(key, 0) > now + LITTLE.total_seconds():  # else it would never be old
            request.session[key] = now
    seen = request.session.get(SEEN)
    if seen is not None and now - seen > settings.SESSION_IDLE_SECONDS:
        return True
    if seen is None or (now - seen > _STEP_SECONDS and not _comes_by_itself(request)):
        request.session[SEEN] = now
    return False


def _comes_by_itself(request: HttpRequest) -> bool:
    """Whether a page that was left open asks, and nobody."""
    pings = reverse("wagtailadmin_home") + "editing-sessions/"
    return request.path.startswith(pings) or (request.method == "GET" and ANEW in request.GET)


def lacks_factor(request: HttpRequest) -> bool:
    """Whether this person may do nothing before there is a second factor."""
    person: Any = request.user
    who = settings.SECOND_FACTOR_FOR
    if who != EVERYBODY and not (who == ADMINISTRATORS and person.is_superuser):
        return False
    if request.session.get(FACTOR):
        return False
    if not is_mfa_enabled(person):
        return True
    request.session[FACTOR] = True
    return False


def _is_way_to_factor(path: str) -> bool:
    ways = (reverse("mfa_index"), reverse("wagtailadmin_logout"), reverse("account_logout"), settings.STATIC_URL)
    also = (reverse("wagtailadmin_sprite"), reverse("wagtailadmin_javascript_catalog"))
    return path.startswith((*ways, *also))
