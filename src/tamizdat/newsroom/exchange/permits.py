"""Who may take out and bring back what: those who may edit the translation, also as its reviewer."""

from typing import Any, Final

from django.db.models import Q, QuerySet
from wagtail.models import Locale, TaskState
from wagtail.permission_policies.pages import PagePermissionPolicy

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import locales_of
from tamizdat.newsroom.translating.models import Task

_TRANSLATE: Final = frozenset({"add", "change"})
"""Whoever may only add translates what is their own."""


def tasks_of(user: Any) -> QuerySet[Task]:
    """The translations that ``user`` may edit: those of which ``acting.may_edit`` says so, in one query."""
    if user.is_superuser:
        return Task.objects.all()
    pages = PagePermissionPolicy().instances_user_has_permission_for(user, "change")
    return Task.objects.filter(Q(target__in=pages.order_by().values("pk")) | Q(target__in=_reviewed(user)))


def languages_of(user: Any) -> list[str]:
    """The languages into which ``user`` may translate something, in the newsroom's order."""
    theirs = Q(pk__in=locales_of(user, _TRANSLATE))
    if reviewed := _reviewed(user):
        theirs |= Q(pk__in=StoryPage.objects.filter(pk__in=reviewed).order_by().values("locale"))
    return list(Locale.objects.filter(theirs).order_by("pk").values_list("language_code", flat=True))


def closed_to(user: Any) -> frozenset[str]:
    """The newsroom's other languages, in small letters."""
    mine = set(languages_of(user))
    return frozenset(
        tag.casefold() for tag in Locale.objects.values_list("language_code", flat=True) if tag not in mine
    )


def _reviewed(user: Any) -> list[int]:
    """Pages that wait for this person's review; there are as many as people can have in their hands."""
    states = TaskState.objects.reviewable_by(user).filter(workflow_state__base_content_type__model="page")
    return [int(key) for key in states.values_list("workflow_state__object_id", flat=True)]
