"""Before when nothing of what goes out together may go."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tamizdat.newsroom.stories.embargoes import embargo_of
from tamizdat.newsroom.stories.models import StoryPage


class NotYet(ValidationError):  # noqa: N818 - it is no error to wait
    """Something that is to go out may not go before ``at``."""

    def __init__(self, at: datetime, page: StoryPage) -> None:
        self.at = at
        super().__init__(
            _("%(title)s (%(language)s) may not go out before %(at)s UTC: it has an embargo or a time of its own.")
            % {"title": page.title, "language": page.locale.language_code, "at": at.strftime("%Y-%m-%d %H:%M")}
        )


def first_moment(drafts: Iterable[StoryPage]) -> tuple[datetime, StoryPage] | None:
    """The latest of their story's embargoes and their scheduled times, and whose it is; None if there is none."""
    waits = [(draft, embargo_of(draft)) for draft in drafts]
    times = [(at, draft) for draft, embargo in waits for at in (embargo and embargo.at, draft.go_live_at) if at]
    return max(times, key=lambda each: each[0], default=None)
