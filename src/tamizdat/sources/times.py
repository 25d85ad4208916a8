"""Times as newsrooms write them, made UTC in whole seconds."""

import re
from datetime import UTC, date, datetime, time

from tamizdat.errors import StoryError
from tamizdat.story import check_time

_MAX_CHARS = 100
_OFFSET = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)|\s*(?=Z$)")


def parse_time(value: object, name: str) -> datetime:
    """The moment that ``value`` names: ISO 8601 text, a date or a datetime. Raises StoryError naming ``name``.

    A time without a zone is taken as UTC, a date as its first moment; fractions of a second are cut off.
    """
    if isinstance(value, str):
        value = _from_text(value.strip(), name)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise StoryError("is not a time like 2026-11-23T18:02:00Z", field=name)
    try:
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError) as error:
        raise StoryError("is out of range", field=name) from error
    return check_time(utc, name)


def _from_text(text: str, name: str) -> datetime:
    if len(text) > _MAX_CHARS:
        raise StoryError(f"{text[:40]!r} is not a time like 2026-11-23T18:02:00Z", field=name)
    zoned = re.sub(r"\s*(UTC|GMT|z)$", "Z", text)
    try:
        return datetime.fromisoformat(_OFFSET.sub("", zoned))
    except ValueError as error:
        raise StoryError(f"{text[:40]!r} is not a time like 2026-11-23T18:02:00Z", field=name) from error
