"""The password, or a second factor, once more: before an account can be given away.

A session that was stolen, or an open laptop, is somebody's who may never have known the password. So nobody is made
administrator by it, gets a role, a password or an address, or loses second factors.
"""

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from wagtail.admin.auth import permission_denied

from tamizdat.newsroom.clock import LITTLE

_SCREEN_SECONDS: Final = 300
_FORM_SECONDS: Final = 900
"""What was typed on a screen may take longer than the screen is opened for: ten minutes at least."""
_ACCOUNTS: Final = {"people_roles", "people_forget_factors"}
_WAGTAILS: Final = ("wagtailusers_users", "wagtailusers_groups")
_ONLY_READ: Final = {"index", "index_results", "history", "history_results", "usage"}
"""Screens of Wagtail's that change no account. Whatever else it has there, now or some day, asks first."""
_BULK: Final = ("people", "person")
FIELD: Final = "newsroom-password-again"
_PASSWORD_WAY: Final = "reauthenticate"  # noqa: S105 - what allauth calls it, not a password


def ask_again(request: HttpRequest, options: Mapping[str, Any]) -> HttpResponse | None:
    """Where to say the password first, if this is a screen of accounts and it was said too long ago.

    A form that somebody filled in asks for it itself, so that nothing typed is lost.
    """
    name = request.resolver_match.view_name if request.resolver_match else ""
    in_bulk = name == "wagtail_bulk_action" and (options["app_label"], options["model_name"]) == _BULK
    if not in_bulk and name not in _ACCOUNTS and not _is_wagtails(name):
        return None
    if _seconds_since(request) < (_SCREEN_SECONDS if request.method == "GET" else _FORM_SECONDS):
        return None
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        refused: HttpResponse = permission_denied(request)
        return refused
    back = request.get_full_path()
    if name == "people_forget_factors":  # it is a button on that screen
        back = reverse("wagtailusers_users:edit", args=[options["pk"]])
    typed = _typed(request)
    if typed and not request.FILES:
        return _with_the_form(request, typed, ways)
    return HttpResponseRedirect(f"{ways[0]['url']}?{urlencode({'next': back})}")


def _is_wagtails(name: str) -> bool:
    """Whether it is a screen of Wagtail's by which an account or a group may change."""
    space, _colon, act = name.rpartition(":")
    return space in _WAGTAILS and act not in _ONLY_READ


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        if name not in {"csrfmiddlewaretoken", FIELD}
        for value in values
    ]


def _with_the_form(
    request: HttpRequest, typed: list[tuple[str, str]], ways: Sequence[Mapping[str, str]]
) -> HttpResponse | None:
    """None if the password came with what was typed; else what was typed, once more, with a field for the password.

    Only in this answer: there may be passwords in it. Whoever made another site's page send it did not come here, and
    whoever was at an open laptop before shows what they typed.
    """
    by_password = any(way["id"] == _PASSWORD_WAY for way in ways)
    error = ""
    if by_password and (given := request.POST.get(FIELD)):
        try:
            if is_own_password(request.user, given):
                reauthenticate_by_password(request)
                return None
            error = str(PasswordChangeForm.error_messages["password_incorrect"])
        except ValidationError as refused:
            error = " ".join(refused.messages)
    shown = {
        "address": request.get_full_path(),
        "typed": typed,
        "shown": [(name, value) for name, value in typed if "password" not in name],
        "field": FIELD,
        "by_password": by_password,
        "others": [way for way in ways if way["id"] != _PASSWORD_WAY],
        "error": error,
    }
    return render(request, "people/again.html", shown, status=HTTPStatus.FORBIDDEN)


def _seconds_since(request: HttpRequest) -> float:
    """How long ago whoever is logged in said the password, or a second factor, again."""
    records = get_authentication_records(request, request.user)
    latest = time.time() + LITTLE.total_seconds()
    # What was said at a moment that is yet to come would count until then.
    said = (each["at"] for each in records if each.get("reauthenticated") and each["at"] <= latest)
    return time.time() - max(said, default=0.0)


def is_own_password(person: Any, password: str) -> bool:
    """Whether this is it. Counts attempts with those of log-ins; raises ValidationError if too many failed."""
    right: bool = get_adapter().reauthenticate(person, password)
    return right
