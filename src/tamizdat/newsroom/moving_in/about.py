"""What a source says about an item besides the story itself, as the newsroom keeps it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tamizdat.sources.port import Gathered

MAX_ADDRESS_CHARS: Final = 2_000
MAX_RIGHTS_CHARS: Final = 2_000
_MAX_NAME_CHARS: Final = 200
LAST_SHOWN: Final = datetime(9999, 12, 30, tzinfo=UTC)
"""Of times that are later some clocks east of here show none."""


@dataclass(frozen=True, slots=True)
class About:
    """Where an item came from, and what may be done with it. All of it is empty for sources that do not say."""

    address: str = ""
    """Where readers found it."""
    others: tuple[str, ...] = ()
    """Other addresses that led there."""
    rights: str = ""
    """Who holds the copyright, and on which terms it may be used."""
    credit: str = ""
    """Who provides it."""
    note: str = ""
    """From editor to editor."""
    embargo: datetime | None = None
    urgency: int = 0
    """1 to 9, 1 the most urgent; 0 if nothing is said."""
    group: str = ""
    """What its translations share, where they do not share an id."""
    own_id: str = ""
    sisters: tuple[str, ...] = ()
    """What it and its translations are called by themselves, if that may be something else."""
    draft: bool = False
    """Whether readers never saw it there."""


def about(gathered: Gathered) -> About:
    """What ``gathered`` says."""
    origin = gathered.origin
    if origin is None:
        return About()
    return About(
        address=origin.link[:MAX_ADDRESS_CHARS],
        others=origin.others,
        rights=" · ".join(filter(None, (origin.rights, origin.usage_terms)))[:MAX_RIGHTS_CHARS],
        credit=origin.provider[:_MAX_NAME_CHARS],
        note=origin.note[:MAX_RIGHTS_CHARS],
        embargo=_whole_minute(origin.embargoed),
        urgency=origin.urgency,
        group=origin.group[:_MAX_NAME_CHARS],
        own_id=origin.own_id,
        sisters=origin.sisters,
        draft=origin.draft,
    )


def _whole_minute(at: datetime | None) -> datetime | None:
    """Not before ``at``. The story's form knows no seconds, and would let it out up to a minute too early.

    What is to wait for ever often says the last second that there is.
    """
    if at is None or not (at.second or at.microsecond):
        return min(at, LAST_SHOWN) if at else None
    return min(at, LAST_SHOWN).replace(second=0, microsecond=0) + timedelta(minutes=1)
