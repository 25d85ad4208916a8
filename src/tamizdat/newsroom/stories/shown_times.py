"""Times of a translation that are its source's, and that a form shows still which was opened before they moved.

Or which shows an older version: that has them as they were then.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.dateparse import parse_datetime

_FORM_KEEPS: Final = timedelta(minutes=1)


def with_source(page: Any, name: str, typed: datetime | None, shown: str | None) -> datetime | None:
    """What is saved of ``typed`` as the ``name`` of ``page`` in a form that ``shown`` it; None: it does not say that.

    What was left as it was shown, and was the source's, is what the newest draft has from its source by now.
    """
    if shown is None:
        return typed
    known, before = (f"translating_from__followed__{each}" for each in (name, f"{name}_was"))
    kept = f"latest_revision__content__{name}"
    task = type(page).objects.filter(pk=page.pk, translating_from__isnull=False).values(known, before, kept).first()
    if task is None or (shown or None) not in (task[before] or ()) or not _is_same(typed, _moment(shown)):
        return typed
    now = _moment(task[kept])
    return now if _is_same(now, _moment(task[known])) else typed


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def _is_same(one: datetime | None, other: datetime | None) -> bool:
    return abs(one - other) < _FORM_KEEPS if one and other else one == other
