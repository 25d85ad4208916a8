"""The first account, and the one address at which it is logged in without its password."""

import secrets
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from wagtail.log_actions import log
from wagtail.users.models import UserProfile

from tamizdat.errors import UsageError
from tamizdat.newsroom.first_run.answers import Account
from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.adapters import CODE, PASSWORD
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.people.sessions import end_sessions

_SALT: Final = "tamizdat.newsroom.first_run"
_MAX_AGE_SECONDS: Final = 900


def count_accounts() -> int:
    """How many accounts there are."""
    return Person.objects.count()


def make_first_account(account: Account) -> Person:
    """An administrator. Raises ValidationError for a password that is guessed first, UsageError if there is anybody."""
    person = Person(username=account.login, first_name=account.shown, is_superuser=True, is_staff=True)
    if account.shown == account.login:
        person.first_name = ""
    validate_password(account.password, person)
    person.set_password(account.password)
    with transaction.atomic():
        if Person.objects.exists():
            raise UsageError("this newsroom has accounts already; somebody of them can make more")
        person.save()
        profile = UserProfile.get_for_user(person)
        profile.preferred_language = account.language
        profile.save()
    return person


def arrival_of(person: Person) -> str:
    """The address at which ``person``, who has never logged in, is logged in."""
    return reverse("arrival", args=[signing.dumps(person.pk, salt=_SALT)])


def arriving(ticket: str) -> Person | None:
    """Who comes with ``ticket``: nobody, if it is old, made up, or was used before."""
    try:
        key: Any = signing.loads(ticket, salt=_SALT, max_age=_MAX_AGE_SECONDS)
    except signing.BadSignature:
        return None
    return Person.objects.select_for_update().filter(pk=key, last_login=None, is_active=True).first()


def account_from(given: dict[str, str]) -> dict[str, str]:
    """What the wizard is told: where to send the browser, or why the password will not do."""
    try:
        return {"arrival": arrival_of(make_first_account(Account(**given)))}
    except ValidationError as error:
        return {"fault": " ".join(error.messages)}


def let_in(name: str, *, administrator: bool) -> dict[str, str]:
    """A new password for the account ``name``, without second factors. Raises UsageError if there is none."""
    person = Person.objects.filter(username=name).first()
    if person is None:
        raise UsageError(f"nobody here logs in as {name!r}")
    password = "-".join(secrets.token_hex(2) for _ in range(5))
    with transaction.atomic():
        person.set_password(password)
        person.is_active = True
        if administrator:
            person.is_superuser = person.is_staff = True
        person.save()
        Authenticator.objects.filter(user=person).delete()
        end_sessions(person)
        throttle.succeeded(PASSWORD, name)
        throttle.succeeded(CODE, str(person.pk))
        log(person, "people.let_in")
    return {"password": password}
