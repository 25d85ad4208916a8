"""Roles of a person, and sessions: one's own, and, for administrators, somebody else's."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.admin.views.account import PasswordResetConfirmView
from wagtail.log_actions import log

from tamizdat.newsroom.people.actions import GiveRoles, roles_of
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.people.real_names import groups_that_show, has_the_tick
from tamizdat.newsroom.people.roles import ROLES
from tamizdat.newsroom.people.sessions import end_sessions
from tamizdat.newsroom.people.set_up import languages_with_roles


def _person(request: HttpRequest, pk: int) -> Person:
    """Somebody whom ``request`` may change. Only administrators may, so that nobody gives away what they lack."""
    user: Any = request.user
    if not user.is_superuser:
        raise PermissionDenied
    person: Person = get_object_or_404(Person, pk=pk)
    return person


def roles(request: HttpRequest, pk: int) -> HttpResponse:
    """The matrix of languages and roles."""
    person = _person(request, pk)
    given = roles_of(person)
    if request.method == "POST":
        wanted = {tuple(value.split(":", 1)) for value in request.POST.getlist("role") if ":" in value}
        try:
            GiveRoles(
                person,
                frozenset(wanted),  # type: ignore[arg-type] # pairs, as they were split
                is_administrator="administrator" in request.POST,
                sees_real_names="real_names" in request.POST,
                by=request.user,
            ).execute()
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Roles of %(person)s saved.") % {"person": person})
            return redirect("wagtailusers_users:edit", person.pk)
    return render(request, "people/roles.html", _matrix(person, given))


def _matrix(person: Person, given: frozenset[tuple[str, str]]) -> dict[str, Any]:
    languages = languages_with_roles()
    return {
        "person": person,
        "roles": ROLES,
        "rows": [
            {
                "language": language,
                "name": name,
                "direction": direction,
                "cells": [(role, (role.name, language) in given) for role in ROLES],
            }
            for language, name, direction in languages
        ],
        "sees_real_names": has_the_tick(person),
        "shown_by": groups_that_show(person),
    }


@require_POST
def end_own_sessions(request: HttpRequest) -> HttpResponse:
    """End one's own sessions: one of them, or all but this."""
    person: Any = request.user
    key = request.POST.get("session", "")
    this = request.session.session_key or ""
    ended = _end_one(person, key) if key else end_sessions(person, but=this)
    messages.success(request, ngettext("%(n)d session ended.", "%(n)d sessions ended.", ended) % {"n": ended})
    log(person, "people.sessions_ended", user=person, data={"count": ended})
    return redirect("mfa_index")


def _end_one(person: Any, digest: str) -> int:
    for session in person.sessions.all():
        if session.digest == digest:
            session.delete()
            return 1
    return 0


@require_POST
def end_sessions_of(request: HttpRequest, pk: int) -> HttpResponse:
    """End all sessions of somebody."""
    person = _person(request, pk)
    ended = end_sessions(person, but=request.session.session_key or "")
    log(person, "people.sessions_ended", user=request.user, data={"count": ended})
    messages.success(request, ngettext("%(n)d session ended.", "%(n)d sessions ended.", ended) % {"n": ended})
    return redirect("wagtailusers_users:edit", person.pk)


@require_POST
def forget_factors(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the second factors of somebody who lost them, and end their sessions. Not one's own: that takes a factor."""
    person = _person(request, pk)
    if person == request.user:
        raise PermissionDenied
    Authenticator.objects.filter(user=person).delete()
    end_sessions(person)
    log(person, "people.factors_forgotten", user=request.user)
    messages.success(request, _("Second factors of %(person)s forgotten.") % {"person": person})
    return redirect("wagtailusers_users:edit", person.pk)


class ResetView(PasswordResetConfirmView):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """A new password through a link in an e-mail: noted, and whoever was in by the old one is out."""

    @method_decorator(never_cache)
    def dispatch(self, *arguments: Any, **options: Any) -> HttpResponse:
        """A page with one button where Django leads on from the link.

        Our cookies are strict: led on from a page of webmail, the browser would not send the one that was just set.
        """
        answer: HttpResponse = super().dispatch(*arguments, **options)
        if options["token"] == self.reset_url_token or not isinstance(answer, HttpResponseRedirect):
            return answer
        return render(self.request, "people/reset.html", {"address": answer.url})

    def form_valid(self, form: Any) -> HttpResponse:
        """See Django."""
        answer: HttpResponse = super().form_valid(form)
        end_sessions(self.user)
        log(self.user, "people.password_reset", user=self.user)
        return answer
