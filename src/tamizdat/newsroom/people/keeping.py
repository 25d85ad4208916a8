"""Accounts that stay: what readers got says for good who let it go, corrected it or put it on top.

So do those of whoever said something beside a story: Wagtail would delete that with them, and what others answered.
And somebody is always administrator.
"""

from collections.abc import Collection
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.signals import pre_delete
from django.utils.translation import gettext as _
from wagtail.models import PageLogEntry, Revision

from tamizdat.newsroom.people.models import Person

_CHOSEN: Final = "wagtail.publish.schedule"
_RECORDS: Final = (
    ("pressroom", "Release", "by"),
    ("pressroom", "Order", "by"),
    ("corrections", "Correction", "by"),
    ("corrections", "Correction", "revoked_by"),
    ("fronts", "FrontVersion", "by"),
    ("breaking", "Flash", "by"),
    ("breaking", "FollowUp", "by"),
    ("notices", "LegalNotice", "ended_by"),
    ("notices", "Wording", "by"),
    ("notices", "Wording", "signed_by"),
    ("wagtailcore", "Comment", "user"),
    ("wagtailcore", "CommentReply", "user"),
)


class AccountStaysError(ValidationError):
    """Raised instead of deleting an account that such a record or comment names."""

    def __init__(self, person: Person) -> None:
        text = _(
            "%(name)s published, corrected or commented on something, and the record says who. Close the account "
            "instead: take off Active in its form."
        )
        super().__init__(text, params={"name": str(person)})


class SomethingWaitsError(AccountStaysError):
    """Raised instead of deleting an account in whose name something is still to go out."""

    def __init__(self, person: Person) -> None:
        ValidationError.__init__(self, said_to_wait(person))


class LastOneStaysError(AccountStaysError):
    """Raised instead of closing, deleting or demoting the last who is administrator."""

    def __init__(self) -> None:
        ValidationError.__init__(self, _("Somebody must be administrator. Make somebody else one first."))


def check_others_stay(people: Collection[int]) -> None:
    """Raises LastOneStaysError if without ``people``, by their keys, nobody would be administrator.

    Only in a transaction, before anything is written. Holds all who are until it ends: of two who close each other at
    the same moment one does so, and the other learns of it here. What names them can be written meanwhile.
    """
    found = Person.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True).order_by("pk")
    are = set(found.values_list("pk", flat=True))
    if are and are <= set(people):
        raise LastOneStaysError


def said_to_wait(person: Person) -> str:
    """What whoever deletes or closes such an account is told."""
    text = _(
        "Something is still to go out in the name of %(name)s: a story with a time, or translations that are held "
        "together. Let somebody else choose the time anew, or release them, or wait until it is out."
    )
    return text % {"name": person}


def listen() -> None:
    """Ask before an account is deleted, whichever way."""
    pre_delete.connect(_asked, sender=Person, dispatch_uid="records name them")


def _asked(instance: Person, **_options: Any) -> None:
    for app, model, field in _RECORDS:
        if apps.get_model(app, model).objects.filter(**{field: instance.pk}).exists():
            raise AccountStaysError(instance)
    if has_something_to_come(instance):
        raise SomethingWaitsError(instance)


def has_something_to_come(person: Person) -> bool:
    """Whether something goes out by itself in this person's name."""
    by_itself = Q(at__isnull=False) | Q(when_ready=True)
    if apps.get_model("translating", "Together").objects.filter(by_itself, by=person.pk).exists():
        return True
    timed = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    return any(_whose(page, user) == person.pk for page, user in timed.values_list("object_id", "user"))


def _whose(page: str, user: int | None) -> int | None:
    """In whose name a draft of ``user`` goes out: whoever chose its time last, if there is such an account."""
    chosen = PageLogEntry.objects.filter(page=int(page), action=_CHOSEN, user__isnull=False)
    last: int | None = chosen.order_by("-timestamp", "-pk").values_list("user", flat=True).first()
    return last if last is not None and Person.objects.filter(pk=last).exists() else user
