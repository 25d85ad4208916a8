"""Until when: the ends that people choose from, in UTC like all times."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext_lazy as _

PRESETS: Final = (
    ("30", _("for 30 minutes")),
    ("60", _("for 1 hour")),
    ("180", _("for 3 hours")),
    ("tonight", _("until midnight UTC")),
)
DEFAULT: Final = "60"
OWN: Final = "own"


def end_of(choice: str, own: str, now: datetime) -> datetime | None:
    """The moment that a form says; None if it says none. ``own`` counts where ``choice`` is :data:`OWN`."""
    if choice == "tonight":
        return localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if choice == OWN:
        try:
            found = parse_datetime(own) if own else None
        except ValueError:
            return None
        return make_aware(found) if found and found.tzinfo is None else found
    return now + timedelta(minutes=int(choice)) if choice in {"30", "60", "180"} else None
