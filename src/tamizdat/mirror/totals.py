"""How much a mirror served: by day and language, in coarse steps, and nothing more.

No address, no path, no time of day. The days are UTC's; numbers are rounded down to 1, 2 or 5 with zeros wherever they
leave the process, so that nobody can tell from two looks whether one page was read between them.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

KEPT_DAYS: Final = 30
FEW: Final = 1
"""The step of 1 to 9: some, but nobody shall know how many."""
_MAX_LANGUAGES: Final = 256
_MAX_FILE_BYTES: Final = 4_000_000
_MAX_COUNT: Final = 10**18
_SAVE_SECONDS: Final = 3_600.0


class Tally(list[int]):
    """Today's answers and bytes in one language: ``tally[0] += 1; tally[1] += size``. A list, because that is fast."""


class Served(NamedTuple):
    """Steps (see :func:`step`) of what was served."""

    answers: int
    bytes: int


Days = Mapping[str, Mapping[str, Served]]
"""By day (``2026-11-28``), then by language; files outside the languages' folders have an empty one."""


def step(count: int) -> int:
    """The largest of 0, 1 (:data:`FEW`), 10, 20, 50, 100, 200, ... that is not above ``count``."""
    if count < 10:
        return FEW if count > 0 else 0
    unit = int(10 ** (len(str(count)) - 1))
    return unit * (5 if count >= 5 * unit else 2 if count >= 2 * unit else 1)


def step_text(value: int) -> str:
    """A step as people read it: ``0``, ``<10``, ``1,000``."""
    return "<10" if 0 < value < 10 else f"{value:,}"


class Totals:
    """Counts for one mirror, in memory and, rounded, in ``file`` (None: nowhere).

    One thread counts and calls :meth:`turn`; any may call :meth:`days`. A file that cannot be read is begun anew, one
    that cannot be written is tried again later: nothing depends on it.
    """

    def __init__(self, file: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._today = self._day()
        self._past: dict[str, dict[str, Served]] = _read(file) if file else {}
        self._tallies: dict[str, Tally] = {
            language: Tally([_known(served.answers), _known(served.bytes)])
            for language, served in self._past.pop(self._today, {}).items()
        }
        self._saved: Days = self.days()
        self._next_save = clock() + _SAVE_SECONDS

    def tally(self, language: str) -> Tally:
        """Where to count what is served of ``language``. It stays the same, also over midnight."""
        found = self._tallies.get(language)
        if found is None:
            # Only a publication with absurdly many languages comes here; what is beyond counts as of no language.
            language = language if len(self._tallies) < _MAX_LANGUAGES else ""
            found = self._tallies.setdefault(language, Tally([0, 0]))
        return found

    def turn(self) -> None:
        """Begin a new day if there is one, and save now and then. To be called every few seconds or minutes."""
        today = self._day()
        if today != self._today:
            self._past = {**self._kept(), self._today: self._rounded()}
            for tally in self._tallies.values():
                tally[:] = [0, 0]
            self._today = today
            self._next_save = 0.0
        if self._clock() >= self._next_save:
            self.save()

    def days(self) -> Days:
        """What was served, rounded, on each day of the last :data:`KEPT_DAYS`."""
        days = {**self._kept(), self._today: self._rounded()}
        return {day: languages for day, languages in sorted(days.items()) if languages}

    def save(self) -> None:
        """Write the file, if it would say something new. Its own time is the day's first second."""
        self._next_save = self._clock() + _SAVE_SECONDS
        days = self.days()
        if self._file is None or days == self._saved:
            return
        listed = {day: {name: list(served) for name, served in languages.items()} for day, languages in days.items()}
        midnight = datetime.fromisoformat(self._today).replace(tzinfo=UTC).timestamp()
        temporary = self._file.with_name(f".{self._file.name}.new")
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps({"days": listed}, indent=1) + "\n", "utf-8")
            os.utime(temporary, (midnight, midnight))
            temporary.replace(self._file)
            self._saved = days

    def _day(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).date().isoformat()

    def _kept(self) -> dict[str, dict[str, Served]]:
        oldest = (datetime.fromisoformat(self._today) - timedelta(days=KEPT_DAYS - 1)).date().isoformat()
        return {day: languages for day, languages in self._past.items() if oldest <= day < self._today}

    def _rounded(self) -> dict[str, Served]:
        counts = list(self._tallies.items())
        return {name: Served(step(tally[0]), step(tally[1])) for name, tally in counts if tally[0]}


def _known(value: int) -> int:
    """What is counted on from after a restart; of a few, nobody knows how many they were."""
    return value if value >= 10 else 0


def _read(file: Path) -> dict[str, dict[str, Served]]:
    """The days of a file that :meth:`Totals.save` wrote; none if somebody else did."""
    try:
        with file.open("rb") as stream:
            days = json.loads(stream.read(_MAX_FILE_BYTES))["days"]
        return {
            datetime.fromisoformat(day).date().isoformat(): {
                str(name): Served(*(step(min(int(count), _MAX_COUNT)) for count in (answers, size)))
                for name, (answers, size) in list(languages.items())[:_MAX_LANGUAGES]
            }
            for day, languages in days.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return {}
