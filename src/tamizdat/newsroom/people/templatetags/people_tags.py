"""What templates ask about people."""

import json
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django import template
from django.http import HttpRequest
from django.utils.safestring import SafeString

from tamizdat.newsroom.people.models import PersonSession
from tamizdat.newsroom.people.sessions import kept_as, living
from tamizdat.newsroom.people.starting import data_block

register = template.Library()


@register.simple_tag(takes_context=True)
def own_sessions(context: dict[str, Any]) -> list[PersonSession]:
    """Sessions of whoever looks, this one first; it has ``is_this``."""
    request: HttpRequest = context["request"]
    found = list(living(datetime.now(UTC)).filter(person=request.user.pk).order_by("-seen"))
    for each in found:
        each.is_this = each.session_key == kept_as(request.session.session_key)  # type: ignore[attr-defined] # for the template
    return sorted(found, key=lambda each: not each.is_this)  # type: ignore[attr-defined] # as above


@register.simple_tag
def account_state(person: Any) -> dict[str, Any]:
    """How many sessions somebody has, and which kinds of second factors."""
    kinds = dict(Authenticator.Type.choices)
    held = Authenticator.objects.filter(user=person).values_list("type", flat=True).distinct()
    return {
        "sessions": living(datetime.now(UTC)).filter(person=person).count(),
        "factors": [kinds.get(kind, kind) for kind in held],
    }


@register.simple_tag
def start(name: str, id_: str, config_json: str) -> SafeString:
    """Data that starts ``name`` on the field with this id (:mod:`tamizdat.newsroom.people.starting`)."""
    return data_block(name, f"[{json.dumps(id_)}, {config_json}]")


@register.simple_tag
def start_with(name: str, options_json: str) -> SafeString:
    """Data that starts ``name`` with options alone."""
    return data_block(name, f"[{options_json}]")
