"""The screen on which a story is taken back."""

from typing import Any

from django.db import transaction
from wagtail.admin.views.pages.unpublish import UnpublishView


class StoryUnpublishView(UnpublishView):
    """Takes a story back from readers as well, or does nothing.

    Wagtail's own does it past :meth:`StoryPage.unpublish`, outside of any transaction: a fault on the way would leave
    the story here as taken back, while readers still have it.
    """

    def unpublish(self) -> Any:
        """Do it, everything or nothing; the answer of a hook that gives one."""
        with transaction.atomic():
            return super().unpublish()
