"""Giving roles, so that either all of it happens or nothing, and the log says what."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.newsroom.people.keeping import check_others_stay
from tamizdat.newsroom.people.models import Person, RoleGroup
from tamizdat.newsroom.people.real_names import groups_that_show, real_names_permission
from tamizdat.newsroom.people.sessions import end_sessions

Given = frozenset[tuple[str, str]]
"""Pairs of a role's name and a language."""


def roles_of(person: Person) -> Given:
    """The roles that somebody has."""
    return frozenset(RoleGroup.objects.filter(group__user=person).values_list("role", "language"))


@dataclass(frozen=True, slots=True)
class GiveRoles:
    """``person`` has the roles ``wanted`` from now on, and no others; groups that are no roles stay as they are."""

    person: Person
    wanted: Given
    is_administrator: bool
    sees_real_names: bool
    by: Any

    def check(self) -> None:
        """Raise PermissionDenied if ``by`` may not, ValidationError if nobody would be left who may.

        Only in a transaction: see :func:`check_others_stay`.
        """
        if not self.by.is_superuser:
            raise PermissionDenied
        known = set(RoleGroup.objects.values_list("role", "language"))
        if self.wanted - known:
            raise ValidationError(_("There is no such role. Load the page again."))
        if not self.is_administrator:
            check_others_stay([self.person.pk])
        heads = any(role == "desk_head" for role, _language in self.wanted)
        if self.sees_real_names and not (heads or self.is_administrator):
            raise ValidationError(_("Only heads of desk and administrators may see whose byline it is."))

    def execute(self) -> None:
        """Do it. Raises as :meth:`check`."""
        with transaction.atomic():
            self.check()
            before, was = roles_of(self.person), self.person.is_superuser
            groups = {(entry.role, entry.language): entry.group for entry in RoleGroup.objects.select_related("group")}
            self.person.groups.add(*(groups[key] for key in self.wanted - before))
            self.person.groups.remove(*(groups[key] for key in before - self.wanted))
            self._set_real_names()
            self.person.is_superuser = self.person.is_staff = self.is_administrator
            self.person.save(update_fields=["is_superuser", "is_staff"])
            if was and not self.is_administrator:
                end_sessions(self.person)
            log(self.person, "people.roles", user=self.by, data=self._said(before))

    def _set_real_names(self) -> None:
        permission = real_names_permission()
        change = self.person.user_permissions.add if self.sees_real_names else self.person.user_permissions.remove
        change(permission)

    def _said(self, before: Given) -> dict[str, Any]:
        return {
            "given": sorted(":".join(key) for key in self.wanted - before),
            "taken": sorted(":".join(key) for key in before - self.wanted),
            "administrator": self.is_administrator,
            "real_names": self.sees_real_names,
            "real_names_by": groups_that_show(self.person),
        }
