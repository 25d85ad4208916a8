"""Who may see whose names bylines stand for: by the tick among the roles, or by a group that has the permission."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

_APP: Final = "stories"
CODENAME: Final = "see_real_name"
"""The permission, as the byline's model names it."""
SEES_REAL_NAMES: Final = f"{_APP}.{CODENAME}"
"""The same, as Django asks for it."""


def real_names_permission() -> Permission:
    """Its row; one query."""
    return Permission.objects.get(codename=CODENAME, content_type__app_label=_APP)


def is_among(permissions: Iterable[int]) -> bool:
    """Whether it is one of these permissions, by their keys; one query."""
    found = Permission.objects.filter(pk__in=permissions, codename=CODENAME, content_type__app_label=_APP)
    return bool(found.exists())


def sees_real_names(person: Any) -> bool:
    """Whether somebody was given to see them, whichever way; one query.

    Administrators may give it to themselves; the history says that they did.
    """
    given = Q(user=person.pk) | Q(group__user=person.pk)
    names = Permission.objects.filter(given, codename=CODENAME, content_type__app_label=_APP)
    return bool(person.is_active and names.exists())


def has_the_tick(person: Any) -> bool:
    """Whether somebody has it for themselves; one query."""
    return bool(person.user_permissions.filter(codename=CODENAME, content_type__app_label=_APP).exists())


def groups_that_show(person: Any) -> list[str]:
    """The names of groups by which somebody has it, whatever is ticked; one query."""
    groups = Group.objects.filter(
        user=person.pk, permissions__codename=CODENAME, permissions__content_type__app_label=_APP
    )
    return list(groups.order_by("name").values_list("name", flat=True))
