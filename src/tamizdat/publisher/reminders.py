"""What a publish says though nothing failed: notices that nobody has checked in time."""

from collections.abc import Iterator
from datetime import datetime

from tamizdat.config import FILE_NAME, Config
from tamizdat.notices import Notice, NoticeState


def expired_notices(config: Config, now: datetime) -> Iterator[str]:
    """A line for each notice whose review no longer counts: which it is, and what to do about it."""
    for place, notice in enumerate(config.notices, 1):
        if notice.state_at(now) is NoticeState.EXPIRED:
            yield (
                f"{FILE_NAME}: notice {place} ({_country(notice)}) expired on {notice.expires}, and pages say so; "
                f"have {notice.reviewer} or another lawyer check it again, then set reviewed and expires"
            )


def _country(notice: Notice) -> str:
    return notice.country or next(iter(notice.country_name.values()))
