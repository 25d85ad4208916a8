"""Stories by when they were changed, drafts by when they go out: asked for so that SQLite walks an index.

Without a range it takes a column that may be empty for one that mostly is, or sorts all stories to show the newest.
"""

from datetime import UTC, datetime
from typing import Any, Final

from wagtail.models import Revision

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(9000, 1, 1, tzinfo=UTC)


def newest_first(pages: Any) -> Any:
    """Of ``pages`` (a query) those that were ever changed, as every story was; what was changed last comes first."""
    return pages.filter(latest_revision_created_at__gt=EVER).order_by("-latest_revision_created_at")


def timed_revisions() -> Any:
    """Revisions of pages that are to go out by themselves, at ``approved_go_live_at``."""
    return Revision.page_revisions.filter(approved_go_live_at__gt=EVER, approved_go_live_at__lt=_NEVER)
