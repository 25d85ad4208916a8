"""Drafts that go out at a time of their own."""

from datetime import UTC, datetime
from typing import Any, Final

from wagtail.models import Revision

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def timed_revisions() -> Any:
    """Revisions of pages that are to go out by themselves, at ``approved_go_live_at``.

    Asked for as a range: of "is not null" SQLite believes that it is true of most, and reads every revision there is.
    """
    return Revision.page_revisions.filter(approved_go_live_at__gt=_EVER)
