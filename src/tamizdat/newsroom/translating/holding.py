"""What is held goes out with the others, by no other way; and the end of holding."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from tamizdat.newsroom.stories.letting_go import Held
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import hold_pages, may_publish
from tamizdat.newsroom.translating.models import Together


def is_held(page: Page) -> bool:
    """Whether a story goes out with others: a translation that is held, or its source that readers do not have."""
    found = Together.objects.filter(Q(tasks__target=page.pk) | Q(source=page.pk, source__live=False))
    return found.exists()


def why_held() -> str:
    """What whoever wants to publish one of them alone is told."""
    return _(
        "It is held, to go out at one moment with its other languages. On the screen “Release together” you can let "
        "all of them go, or stop holding them."
    )


def check_not_held(page: StoryPage, **_options: Any) -> None:
    """Raises Held. Locks the page: nobody holds it at the same moment."""
    list(Page.objects.select_for_update().filter(pk=page.pk).values_list("pk"))
    if is_held(page):
        raise Held(why_held())


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
