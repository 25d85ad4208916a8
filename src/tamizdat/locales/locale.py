"""One language of the interface: its words, dates, numbers and lists."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from datetime import date as Day  # noqa: N812 - Locale.date would hide it
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from tamizdat.errors import UsageError
from tamizdat.locales.catalogue import SOURCE_LANGUAGE, Plural, catalogue_for
from tamizdat.locales.endonyms import endonym
from tamizdat.locales.scripts import is_right_to_left, script_of, subtags
from tamizdat.locales.solar_hijri import solar_date
from tamizdat.locales.words import WORDS, Words

_TWO_STOPS: Final = re.compile(r"(?<!\.)\.\.(?!\.)")
INTERFACE_LANGUAGES: Final = tuple(sorted(WORDS))
"""The languages that the interface exists in."""


class Month(NamedTuple):
    """A month of a locale's calendar. ``str()`` gives 2026-11; sorts by time within one calendar."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


@dataclass(frozen=True, slots=True, eq=False)
class Locale:
    """What ``open_locale`` gives. Times are aware; all is shown in UTC, in the calendar and digits of the language."""

    tag: str
    interface: str
    """Whose words these are: the language itself, or the one that stands in for it."""
    language_name: str
    """What the language calls itself."""
    direction: Literal["ltr", "rtl"]
    script: str
    """Four letters of ISO 15924, like Latn."""
    made: str
    """How the words came about: ``original``, ``machine``, or ``checked`` by a person."""
    texts: Mapping[str, str]
    """Words by id; plurals are apart."""
    _plurals: Mapping[str, Plural] = field(repr=False)
    _words: Words = field(repr=False)
    _days: tuple[str, ...] = field(repr=False)
    """Templates, one for each month; so are ``_months``. Made once: a page has many dates."""
    _months: tuple[str, ...] = field(repr=False)
    _digits: dict[int, str] = field(repr=False)
    """For ``str.translate``; empty where digits are 0 to 9."""
    _two_digits: tuple[str, ...] = field(repr=False)
    """00 to 59."""

    def say(self, name: str, /, **fields: object) -> str:
        """The text with id ``name``, its ``{fields}`` filled in. Plain text: whoever writes HTML escapes it."""
        text = self.texts[name].format_map(fields)
        # A date or a name may end with a full stop of its own (2026 г.), where the sentence has one, too.
        return _TWO_STOPS.sub(".", text) if ".." in text else text

    def plural(self, name: str, n: int, /, **fields: object) -> str:
        """The form of text ``name`` for ``n`` things; ``{n}`` is the number as the language writes it."""
        plural = self._plurals[name]
        return plural.forms[plural.rule(n)].format_map({"n": self.number(n), **fields})

    def number(self, n: int) -> str:
        """``n`` in the language's digits, thousands parted."""
        return self._in_digits(f"{n:,}".replace(",", self._words.group))

    def digits(self, text: str) -> str:
        """``text`` with the language's digits for 0 to 9."""
        return self._in_digits(text)

    def year(self, year: int) -> str:
        """A year of the locale's calendar, in the language's digits; thousands are not parted."""
        return self._in_digits(str(year))

    def date(self, when: Day) -> str:
        """The day, like 24 November 2026. A time counts as the day that it is in UTC."""
        return _date(self, _day(when).toordinal())

    def date_time(self, when: datetime) -> str:
        """Day and time, like 24 November 2026, 14:05 UTC."""
        when = _utc(when)
        time = f"{self._two_digits[when.hour]}:{self._two_digits[when.minute]}"
        return self._words.moment.format(date=_date(self, when.toordinal()), time=time)

    def month_of(self, when: Day) -> Month:
        """The month of the language's own calendar that ``when`` falls into."""
        return Month(*self._parts(_day(when))[:2])

    def month_name(self, month: Month) -> str:
        """The month with its year, like November 2026, as it stands by itself; not capitalized where months are not."""
        return self._in_digits(self._months[month.month - 1].format(y=month.year))

    def join(self, names: Sequence[str]) -> str:
        """``names`` as a list in a sentence: A, B and C."""
        *others, last = names or ("",)
        if len(others) < 2:
            return self._words.both.join(names)
        return self._words.comma.join(others) + (self._words.last or self._words.both) + last

    def _written(self, day: Day) -> str:
        year, month, number = self._parts(day)
        return self._in_digits(self._days[month - 1].format(d=number, y=year))

    def _parts(self, day: Day) -> tuple[int, int, int]:
        return solar_date(day.toordinal()) if self._words.solar else (day.year, day.month, day.day)

    def _in_digits(self, text: str) -> str:
        return text.translate(self._digits) if self._digits else text


@lru_cache(maxsize=16_384)
def _date(locale: Locale, ordinal: int) -> str:
    """A day as ``locale`` writes it. Remembered: a newspaper's stories share few days, and pages are full of them."""
    return locale._written(Day.fromordinal(ordinal))  # noqa: SLF001 - a method that cannot remember: values are slotted


def _day(when: Day) -> Day:
    """The day in UTC. A day that is given as such stays."""
    return _utc(when) if isinstance(when, datetime) else when


def _utc(when: datetime) -> datetime:
    """``when`` in UTC. Raises ValueError for a time of no zone: guessing would give other pages on another machine."""
    if when.tzinfo is UTC:
        return when
    if when.tzinfo is None:
        detail = f"{when} has no time zone"
        raise ValueError(detail)
    return when.astimezone(UTC)


def interface_of(tag: str) -> str:
    """The interface language that ``tag`` is itself, in the same script; empty if there is none."""
    if tag in WORDS:
        return tag
    language, script, region = subtags(tag)
    if (language, region) == ("fa", "AF"):
        return "prs"
    for candidate in (f"{language}-{script}", language):
        if candidate in WORDS and script_of(candidate) == script_of(tag):
            return candidate
    return ""


@lru_cache(maxsize=256)
def open_locale(tag: str, interface: str = "") -> Locale:
    """The locale of BCP 47 language ``tag``.

    Its words are those of ``interface``, or else its own if there are any, or else English. Name, script and direction
    are the tag's in each case. Opened once, then shared: it is frozen. Raises UsageError for an ``interface`` that
    there is not, and if the catalogues were never compiled.
    """
    chosen = interface or interface_of(tag) or SOURCE_LANGUAGE
    if chosen not in WORDS:
        detail = f"there is no interface in {chosen!r}; there is in {', '.join(INTERFACE_LANGUAGES)}"
        raise UsageError(detail)
    catalogue, words = catalogue_for(chosen), WORDS[chosen]
    digits = {ord("0") + value: digit for value, digit in enumerate(words.digits)}
    return Locale(
        tag=tag,
        interface=chosen,
        language_name=endonym(tag),
        direction="rtl" if is_right_to_left(tag) else "ltr",
        script=script_of(tag),
        made=catalogue.made,
        texts=catalogue.texts,
        _plurals=catalogue.plurals,
        _words=words,
        _days=words.day_templates(),
        _months=words.month_templates(),
        _digits=digits,
        _two_digits=tuple(f"{value:02}".translate(digits) for value in range(60)),
    )
