"""Accounts that stay: what readers got says for good who let it go, corrected it or put it on top.

So do those of whoever said something beside a story: Wagtail would delete that with them, and what others answered.
"""

from typing import Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models.signals import pre_delete
from django.utils.translation import gettext as _

from tamizdat.newsroom.people.models import Person

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


def listen() -> None:
    """Ask before an account is deleted, whichever way."""
    pre_delete.connect(_asked, sender=Person, dispatch_uid="records name them")


def _asked(instance: Person, **_options: Any) -> None:
    for app, model, field in _RECORDS:
        if apps.get_model(app, model).objects.filter(**{field: instance.pk}).exists():
            raise AccountStaysError(instance)
