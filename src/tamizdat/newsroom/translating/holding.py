"""What is held goes out with the others, by no other way; and the end of holding."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from tamizdat.newsroom.stories.letting_go import Held
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import locales_of
from tamizdat.newsroom.translating.acting import hold_pages, lock_pages, may_publish
from tamizdat.newsroom.translating.models import Task, Together

_MOST: Final = 20


def is_held(page: Page) -> bool:
    """Whether a story goes out with others: a translation that is held, or its source that goes out with it."""
    with_them = Q(source=page.pk, source__live=False) & ~Q(source_mark="")
    found = Together.objects.filter(Q(tasks__target=page.pk) | with_them)
    return found.exists()


def held_among(keys: Collection[UUID]) -> set[UUID]:
    """Which of these stories, by translation key, have languages that are held to go out at one moment."""
    found = Together.objects.filter(source__translation_key__in=keys)
    return set(found.values_list("source__translation_key", flat=True))


def check_not_held(page: StoryPage, **_options: Any) -> None:
    """Raises Held. Locks the page, so that nobody holds it at the same moment, and its translations, which follow."""
    lock_pages([page.pk])
    if is_held(page):
        raise Held(
            _(
                "It is held, to go out at one moment with its other languages. On the screen “Release together” you "
                "can let all of them go, or stop holding them."
            )
        )


@dataclass(frozen=True, slots=True)
class StopHolding:
    """Hold them no longer: each goes out by itself again. Nothing goes out by this, and no time comes back."""

    held: Together
    user: Any

    def check(self) -> None:
        """Raises PermissionDenied unless the person may publish each."""
        tasks = self.held.tasks.select_related("target")
        if not all(may_publish(page, self.user) for page in (self.held.source, *(task.target for task in tasks))):
            raise PermissionDenied

    def execute(self) -> None:
        """Raises what :meth:`check` raises."""
        with transaction.atomic():
            hold_pages(self.held)
            self.check()
            log(instance=self.held.source, action="translating.stop", user=self.user)
            self.held.delete()


def failed_releases(user: Any = None) -> list[Together]:
    """Releases whose time came and that could not go, the latest first; of ``user`` those that they could mend.

    With what keeps each of them in ``failed``. For programs, and for the desk, all of them.
    """
    # Step by step: they are few, but a join SQLite may begin with all stories of a language.
    found = list(Together.objects.exclude(failed="").order_by("-at", "-pk").prefetch_related("source__locale"))
    if user is not None and not user.is_superuser:
        mine = locales_of(user, frozenset({"publish"}))
        theirs = Task.objects.filter(together__in=[held.pk for held in found])
        ours = {held for held, locale in theirs.values_list("together", "target__locale") if locale in mine}
        found = [held for held in found if held.source.locale_id in mine or held.pk in ours]
    return found[:_MOST]
