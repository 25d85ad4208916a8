"""What is locked before stories change, so that nobody changes them at the same moment.

Always in this order: newspapers by language, pages by number, what belongs to them, and last the gate of releases
(:class:`tamizdat.newsroom.pressroom.models.Gate`). Both rows of a page are locked: Wagtail writes now one, now both.
Only in a transaction. What was read of a page before is read again. Whoever publishes a page locks with it those that
follow it (``translating/acting.py``): they are written after the gate.
"""

from collections.abc import Iterable

from wagtail.models import Page


def hold_newspapers() -> None:
    """Nobody adds a page to any newspaper until the transaction ends."""
    list(Page.objects.select_for_update().filter(newspaper__isnull=False).order_by("locale_id").values_list("pk"))


def hold_story(story_id: str) -> None:
    """Nobody saves or publishes these pages until the transaction ends: what is said is said of what readers have."""
    list(Page.objects.select_for_update().filter(storypage__story_id=story_id).order_by("pk").values_list("pk"))


def hold_anew(pages: Iterable[Page]) -> None:
    """The same for the stories of all these ``pages``, which are then read anew: they may have been read before that.

    Raises DoesNotExist for one that is gone.
    """
    pages = list(pages)
    ids = Page.objects.filter(pk__in=[page.pk for page in pages]).values_list("storypage__story_id", flat=True)
    stories = Page.objects.filter(storypage__story_id__in=set(ids) - {None, ""})
    list(stories.select_for_update().order_by("pk").values_list("pk"))
    for page in pages:
        page.refresh_from_db()
