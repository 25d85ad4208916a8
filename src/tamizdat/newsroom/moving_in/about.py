"""What a source says about an item besides the story itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tamizdat.sources.port import Gathered

USABLE: Final = "usable"
DRAFT: Final = "draft"
WITHHELD: Final = "withheld"
CANCELED: Final = "canceled"
_STATES: Final = (USABLE, DRAFT, WITHHELD, CANCELED)


@dataclass(frozen=True, slots=True)
class About:
    """Where an item came from, and what may be done with it. All of it is empty for sources that do not say."""

    address: str = ""
    """Where readers found it."""
    guid: str = ""
    """What its source calls it, as it calls it."""
    rights: str = ""
    credit: str = ""
    embargo: datetime | None = None
    state: str = USABLE
    updates: str = ""
    """The id of the item that this one is a newer version of, or takes back."""


def about(gathered: Gathered) -> About:
    """What ``gathered`` says."""
    origin: Any = getattr(gathered, "origin", None)
    if origin is None:
        return About()
    state = str(getattr(origin, "state", "") or getattr(origin, "status", "") or USABLE).lower()
    return About(
        address=str(getattr(origin, "address", "") or getattr(origin, "url", ""))[:2_000],
        guid=str(getattr(origin, "guid", ""))[:1_000],
        rights=str(getattr(origin, "rights", "") or "")[:2_000],
        credit=str(getattr(origin, "credit", "") or "")[:200],
        embargo=getattr(origin, "embargo", None),
        state=state if state in _STATES else USABLE,
        updates=str(getattr(origin, "updates", "") or "")[:200],
    )
