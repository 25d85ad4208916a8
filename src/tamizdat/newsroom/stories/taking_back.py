"""The screen on which a story is taken back."""

from typing import Any

from django.db import transaction
from wagtail.admin.views.pages.unpublish import UnpublishView

from tamizdat.newsroom.stories.holding import gone, hold_anew
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.reviewing import forget_times


class StoryUnpublishView(UnpublishView):
    """Takes a story back from readers as well, or does nothing.

    Wagtail's own does it past :meth:`StoryPage.unpublish`, outside of any transaction: a fault on the way would leave
    the story here as taken back, while readers still have it.
    """

    def unpublish(self) -> Any:
        """Do it, everything or nothing; the answer of a hook that gives one.

        Raises ValidationError if somebody locked or deleted it after the screen was opened.
        """
        with transaction.atomic():
            # First of all, as who publishes does: who does just now would wait for this one, or be undone by it.
            there = hold_anew(self.objects_to_unpublish)
            for page in self.objects_to_unpublish:
                if page not in there:
                    raise gone(page)
            check_unlocked(self.objects_to_unpublish, self.request.user)
            for page in self.objects_to_unpublish:
                forget_times(page, self.request.user)
            return super().unpublish()
