"""Before when nothing of what goes out together may go, and what becomes of that when it changes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tamizdat.newsroom.stories.embargoes import embargo_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Together


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


def wait_anew(page: StoryPage, **_options: Any) -> None:
    """After ``page`` got another embargo or time, or lost it: what was put off goes when it may now, as was chosen.

    What was to go once all were ready goes at once if they still are, or else when they are again.
    """
    # Step by step: they are few, but a join SQLite begins with all pages.
    waiting = Together.objects.filter(failed="").exclude(not_before=None).prefetch_related("source")
    for held in waiting:
        if held.source.translation_key != page.translation_key and (held.source.story_id or "-") != page.story_id:
            continue
        pages = [task.target for task in held.tasks.select_related("target__locale")]
        first = first_moment(map(newest, pages if held.source.live else [held.source, *pages]))
        at = first[0] if first and first[0] > datetime.now(UTC) else None
        if at is None and held.when_ready and held.tasks.filter(ready=False).exists():
            held.at = None
        Together.objects.filter(pk=held.pk).update(at=held.at, not_before=at)
