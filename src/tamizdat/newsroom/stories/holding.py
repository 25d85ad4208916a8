"""What is locked before stories change, so that nobody changes them at the same moment.

Always in this order: newspapers by language, pages by number, what belongs to them, and last the gate of releases
(:class:`tamizdat.newsroom.pressroom.models.Gate`). Of the two rows of a story Wagtail's own is locked, alone: whoever
saves one writes that first. Who locked the story's, too, would wait with it for who writes both, and keep everybody
from noting links and words of the story, who may be at the gate already. Only in a transaction. What was read of a page
before is read again. Whoever publishes a page locks with it those that follow it (``translating/acting.py``): they are
written after the gate.
"""

from collections.abc import Iterable
from contextlib import suppress

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from wagtail.models import Page


def hold_newspapers() -> None:
    """Nobody adds a page to any newspaper until the transaction ends."""
    list(Page.objects.select_for_update().filter(newspaper__isnull=False).order_by("locale_id").values_list("pk"))


def hold_story(story_id: str) -> None:
    """Nobody saves or publishes these pages until the transaction ends: what is said is said of what readers have."""
    _hold(Page.objects.filter(storypage__story_id=story_id))


def hold_anew(pages: Iterable[Page]) -> list[Page]:
    """The same for the stories of all these ``pages``, which are then read anew: they may have been read before that.

    Those that are there still: somebody may have deleted others meanwhile (:func:`gone`).
    """
    pages = list(pages)
    keys = [page.pk for page in pages]
    ids = Page.objects.filter(pk__in=keys).values_list("storypage__story_id", flat=True)
    same = Page.objects.filter(storypage__story_id__in=set(ids) - {None, ""})
    _hold(Page.objects.filter(Q(pk__in=keys) | Q(pk__in=same.values("pk"))))
    there = []
    for page in pages:
        with suppress(Page.DoesNotExist):
            page.refresh_from_db()
            there.append(page)
        # Wagtail asks these who may do what, and keeps them.
        for kept in ("specific", "specific_deferred"):
            page.__dict__.pop(kept, None)
    return there


def hold_to_delete(pages: Iterable[Page]) -> list[Page]:
    """The same for pages that are to be deleted."""
    hold_newspapers()  # it is written there that they have a page less
    return hold_anew(pages)


def gone(page: Page) -> ValidationError:
    """What to say of a page that somebody deleted meanwhile."""
    return ValidationError(_("“%(title)s” was deleted meanwhile."), params={"title": page.get_admin_display_title()})


def _hold(pages: "QuerySet[Page]") -> None:
    rows = Page.objects.select_for_update().filter(pk__in=pages.order_by().values("pk"))
    list(rows.order_by("pk").values_list("pk"))
