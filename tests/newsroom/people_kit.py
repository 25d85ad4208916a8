"""People with roles and second factors, and how they come in."""

import threading
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.urls import reverse
from lxml import html
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from tamizdat.newsroom.people.letters import THREAD
from tamizdat.newsroom.people.models import Person, RoleGroup

PASSWORD = "desk desk desk desk"
LOGIN = "/admin/login/"


def member(name, *roles, **fields):
    """Somebody with ``roles`` like ``reporter:en``."""
    made = Person.objects.create_user(name, "", PASSWORD, **fields)
    for role in roles:
        kind, _colon, language = role.partition(":")
        made.groups.add(RoleGroup.objects.get(role=kind, language=language).group)
    return Person.objects.get(pk=made.pk)


def log_in(client, name="desk", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": name, "password": password}, **extra)


def ask(client, password=PASSWORD):
    """Say the password again, as screens of accounts want it; the answer."""
    return client.post(reverse("account_reauthenticate"), {"password": password})


def await_letters():
    """Wait until letters for a new password are sent; that happens after the answer."""
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join(30)


def behind_the_button(page):
    """Where the one button of this page leads: what a link in a letter opens."""
    assert page.status_code == 200
    (form,) = html.fromstring(page.content).forms
    return form.action


def saved(client, page, **fields):
    """Save the story's form as the screen shows it, with ``fields`` added."""
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = html.fromstring(client.get(address).content).get_element_by_id("page-edit-form")
    typed = {name: value or "" for name, value in form.form_values()}
    typed |= nested_form_data({"body": streamfield([("text", rich_text("<p>What happened.</p>"))])})
    answer = client.post(address, {**typed, **fields})
    assert answer.status_code == 302, answer.context["form"].errors


def codes(secret):
    """A code that is right now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_app(person):
    """Give somebody an app with codes; its secret."""
    secret = generate_totp_secret()
    from allauth.mfa.adapter import get_adapter  # noqa: PLC0415 - needs settings

    Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(secret)}
    )
    return secret


def own_account(client, **fields):
    """Save one's own account as the screen shows it, with ``fields`` typed into it; the answer."""
    address = reverse("wagtailadmin_account")
    page = html.fromstring(client.get(address).content)
    (form,) = (each for each in page.forms if each.xpath(".//*[starts-with(@name, 'name_email-')]"))
    return client.post(address, {**{name: value or "" for name, value in form.form_values()}, **fields})
