"""The Solar Hijri calendar, against years that were, against the equinox, and against itself."""

from datetime import date, timedelta
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.locales.solar_hijri import new_year, solar_date

FIRST, LAST = 1178, 1579  # begin in 1799 and 2200

# The first of Farvardin, which all of Iran and Afghanistan celebrates.
NEW_YEARS = {
    1300: date(1921, 3, 21),
    1304: date(1925, 3, 21),
    1342: date(1963, 3, 21),
    1357: date(1978, 3, 21),
    1370: date(1991, 3, 21),
    1375: date(1996, 3, 20),
    1376: date(1997, 3, 21),
    1379: date(2000, 3, 20),
    1380: date(2001, 3, 21),
    1387: date(2008, 3, 20),
    1395: date(2016, 3, 20),
    1396: date(2017, 3, 21),
    1398: date(2019, 3, 21),
    1399: date(2020, 3, 20),
    1400: date(2021, 3, 21),
    1401: date(2022, 3, 21),
    1402: date(2023, 3, 21),
    1403: date(2024, 3, 20),
    1404: date(2025, 3, 21),
    1405: date(2026, 3, 21),
    1408: date(2029, 3, 20),
    1409: date(2030, 3, 21),
}
LEAP_YEARS = {
    1342,
    1346,
    1350,
    1354,
    1358,
    1362,
    1366,
    1370,
    1375,
    1379,
    1383,
    1387,
    1391,
    1395,
    1399,
    1403,
    1408,
}


@pytest.mark.parametrize(("year", "day"), NEW_YEARS.items())
def test_a_year_begins_on_the_day_that_was_celebrated(year, day):
    assert date.fromordinal(new_year(year)) == day
    assert solar_date(day.toordinal()) == (year, 1, 1)
    assert solar_date(day.toordinal() - 1)[:2] == (year - 1, 12)


def test_leap_years():
    assert {year for year in range(1342, 1412) if new_year(year + 1) - new_year(year) == 366} == LEAP_YEARS
    assert all(new_year(year + 1) - new_year(year) in {365, 366} for year in range(FIRST, LAST))


@pytest.mark.parametrize(
    ("day", "solar"),
    [
        (date(1925, 3, 31), (1304, 1, 11)),  # the law that made this the calendar of Iran
        (date(1979, 2, 11), (1357, 11, 22)),  # the revolution in Iran
        (date(2021, 8, 15), (1400, 5, 24)),  # the fall of Kabul
        (date(2022, 9, 16), (1401, 6, 25)),  # Mahsa Amini's death
        (date(2025, 3, 20), (1403, 12, 30)),  # the last day of a leap year
        (date(2026, 11, 24), (1405, 9, 3)),
    ],
)
def test_days_of_history(day, solar):
    assert solar_date(day.toordinal()) == solar


def test_every_new_year_is_found_from_the_days_around_it():
    for year in range(FIRST, LAST + 1):
        assert solar_date(new_year(year)) == (year, 1, 1)
        assert solar_date(new_year(year) - 1)[:2] == (year - 1, 12)
        assert solar_date(new_year(year) + 1) == (year, 1, 2)


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_each_day_follows_the_one_before(day):
    year, month, number = solar_date(day.toordinal())
    following = solar_date((day + timedelta(days=1)).toordinal())
    length = 31 if month <= 6 else 30 if month <= 11 else new_year(year + 1) - new_year(year) - 336
    if number < length:
        assert following == (year, month, number + 1)
    else:
        assert following == ((year, month + 1, 1) if month < 12 else (year + 1, 1, 1))
    assert new_year(year) + 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + number - 1 == day.toordinal()


# --- The equinox itself -------------------------------------------------------------------------------------------

# Periodic terms of the March equinox, 1000 to 3000 (Meeus, Astronomical Algorithms, chapter 27).
TERMS = [
    (485, 324.96, 1934.136),
    (203, 337.23, 32964.467),
    (199, 342.08, 20.186),
    (182, 27.85, 445267.112),
    (156, 73.14, 45036.886),
    (136, 171.52, 22518.443),
    (77, 222.54, 65928.934),
    (74, 296.72, 3034.906),
    (70, 243.58, 9037.513),
    (58, 119.81, 33718.147),
    (52, 297.17, 150.678),
    (50, 21.02, 2281.226),
    (45, 247.54, 29929.562),
    (44, 325.15, 31555.956),
    (29, 60.93, 4443.417),
    (18, 155.12, 67555.328),
    (17, 288.79, 4562.452),
    (16, 198.04, 62894.029),
    (14, 199.76, 31436.921),
    (12, 95.39, 14577.848),
    (12, 287.11, 31931.756),
    (12, 320.81, 34777.259),
    (9, 227.73, 1222.114),
    (8, 15.45, 16859.074),
]
# How far the earth's rotation lags behind even time: seconds in 1900, 1910, ... 2000; guessed from then on.
LAG = [-3, 10, 21, 24, 24, 29, 33, 40, 51, 57, 64]


def equinox(year):
    """The March equinox as a Julian day, in even time; good to about a minute."""
    y = (year - 2000) / 1000
    mean = 2451623.80984 + 365242.37404 * y + 0.05169 * y**2 - 0.00411 * y**3 - 0.00057 * y**4
    t = (mean - 2451545) / 36525
    w = radians(35999.373 * t - 2.47)
    total = sum(a * cos(radians(b + c * t)) for a, b, c in TERMS)
    return mean + 0.00001 * total / (1 + 0.0334 * cos(w) + 0.0007 * cos(2 * w))


def lag_seconds(year):
    if year < 1900:
        return 5
    if year < 2010:
        return LAG[(year - 1900) // 10]
    t = year - 2000
    return 62.92 + 0.32217 * t + 0.005589 * t * t if year < 2050 else (year - 1820) ** 2 * 0.0032 - 205.7 + 0.5628 * t


def day_by_the_sun(year):
    """The ordinal of the day that begins Solar Hijri ``year``: the first whose noon at 52.5° E follows the equinox."""
    in_iran = equinox(year + 621) - lag_seconds(year + 621) / 86_400 + 3.5 / 24
    # Julian days begin at mean noon; in March the sun is seven and a half minutes late.
    return int(in_iran - 7.5 / 1440) + 1 - 1_721_425


def test_every_year_begins_as_the_sun_says():
    assert {year: new_year(year) for year in range(FIRST, LAST + 1)} == {
        year: day_by_the_sun(year) for year in range(FIRST, LAST + 1)
    }
