"""What of the wires somebody had before them: nothing that came or changed since counts as read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from django.db.models import QuerySet

from tamizdat.newsroom.ingest.fetching import claimed_since
from tamizdat.newsroom.ingest.models import WireItem

_SECOND: Final = timedelta(seconds=1)
_NOTHING: Final = (0, 0)
_MAX_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest item that was there, and up to when (seconds since 1970) all that had changed was to be seen."""

    last: int
    at: int

    @classmethod
    def now(cls) -> Self:
        """As of now. What is being read from a source at this moment changes as of when that began."""
        now = datetime.now(UTC)
        last = WireItem.objects.order_by("-pk").values_list("pk", flat=True).first()
        begun = claimed_since(now)
        return cls(last or 0, int((begun - _SECOND if begun else now).timestamp()))

    @classmethod
    def of(cls, text: str) -> Self:
        """What a form says of it; nothing was shown if it makes no sense."""
        parts = text.split()
        if len(parts) != 2 or not all(each.isascii() and each.isdigit() for each in parts):
            return cls(*_NOTHING)
        if any(len(each) > _MAX_DIGITS for each in parts):
            return cls(*_NOTHING)
        last, at = map(int, parts)
        return cls(last, min(at, int(datetime.now(UTC).timestamp())))

    def __str__(self) -> str:
        return f"{self.last} {self.at}"

    def of_these(self, items: QuerySet[WireItem]) -> QuerySet[WireItem]:
        """Those that were there, as they were then."""
        return items.filter(pk__lte=self.last, changed__lt=datetime.fromtimestamp(self.at + 1, UTC))
