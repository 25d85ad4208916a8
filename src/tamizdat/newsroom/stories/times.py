"""How far ahead a story may be dated, or be breaking: a typo in a year would keep it on top for as long.

And whether it is over already: readers would get it, and lose it in the same minute.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST: Final = timedelta(days=2)
"""How long news can be breaking. After that it is a story like any other, or nothing is ever breaking again."""
_AHEAD: Final = timedelta(days=1)
"""Clocks differ, and days begin at different hours."""


def may_break_until(until: datetime | None, embargo: datetime | None = None) -> bool:
    """Whether a story that goes out now, or after its embargo, may be breaking news for so long."""
    return until is None or until <= max(filter(None, (datetime.now(UTC), embargo))) + LONGEST


def check_times(page: Any) -> None:
    """Raises ValidationError, at their fields, for times of a story that is to go out, unless readers have them."""
    goes = max(filter(None, (datetime.now(UTC), page.go_live_at, page.embargo)))
    faults = {}
    if page.published and page.published > goes + _AHEAD:
        faults["published"] = _("That is more than a day ahead. Schedule the story for then, or mend its date.")
    if page.breaking_until and page.breaking_until > goes + LONGEST:
        faults["breaking_until"] = _("Two days at the longest.")
    if page.expire_at and page.expire_at <= datetime.now(UTC):
        raise ValidationError({"expire_at": _("It would expire before it goes out. Choose a later time, or none.")})
    out = type(page).objects.filter(pk=page.pk, live=True).values(*faults).first() if faults else None
    if new := {name: said for name, said in faults.items() if out is None or out[name] != getattr(page, name)}:
        raise ValidationError(new)
