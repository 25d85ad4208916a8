"""The Solar Hijri calendar of Iran and Afghanistan, by arithmetic.

A year begins on the day of the March equinox, if that comes before noon in Iran, else on the next. From 1800 to 2200
a cycle of 33 years with 8 leap years gives the same days, but for one year in which the equinox comes three minutes
before noon; the tests compare every year with the equinox itself. Outside these years the days may be off by one.
Names of months differ between the two countries; their lengths have not since 1957.
"""

from typing import Final, NamedTuple

_EPOCH: Final = 226_894
"""``date.toordinal()`` of the day before the first of year 1."""
_EARLIER: Final = frozenset({1503})
"""Years that begin a day before the cycle says."""
_FIRST_HALF_DAYS: Final = 6 * 31


class SolarDate(NamedTuple):
    """A day: year, month and day from 1."""

    year: int
    month: int
    day: int


def new_year(year: int) -> int:
    """The first of Farvardin (Hamal, Wray) of ``year``, as ``date.toordinal()`` counts days."""
    return _EPOCH + 365 * (year - 1) + (8 * year + 21) // 33 + (year not in _EARLIER)


def solar_date(ordinal: int) -> SolarDate:
    """The Solar Hijri date of the day that ``date.toordinal()`` calls ``ordinal``."""
    year = (33 * (ordinal - _EPOCH - 1) + 3) // 12_053 + 1
    year += ordinal == new_year(year + 1)  # on the first day of a year that begins earlier
    day = ordinal - new_year(year)
    if day < _FIRST_HALF_DAYS:
        return SolarDate(year, day // 31 + 1, day % 31 + 1)
    month, day = divmod(day - _FIRST_HALF_DAYS, 30)
    return SolarDate(year, month + 7, day + 1)
