"""Dates, numbers and lists against CLDR, and against what we decided to write otherwise."""

from datetime import date

import pytest
from babel import Locale, localedata
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

from tamizdat.locales import INTERFACE_LANGUAGES, Month, open_locale
from tamizdat.locales.words import WORDS

# What Babel calls them: European English; Montenegro's Serbian.
CALLED = {"cnr": "sr_Latn_ME", "en": "en_GB", "sr-Latn": "sr_Latn"}
NOT_IN_CLDR = {"ba", "crh", "prs"}
SOLAR = {"fa", "prs", "ps"}
# (language, what): why we write otherwise than CLDR.
DEPARTURES = {
    ("ce", "day"): "CLDR has only the root's order of year, month, day",
    ("ce", "month"): "as above",
    ("ce", "number"): "CLDR has only the root's comma; texts part thousands by a space, as Russian does",
    ("hy", "day"): "CLDR writes 03; newspapers write 3",
    ("hy", "month"): "CLDR's point after the abbreviation is U+2024, which few fonts have",
    ("tg", "day"): "CLDR writes 03 Ноябр 2026; a sentence needs the month in lower case, joined to 'соли'",
    ("tg", "month"): "as above",
}
MONTHS = range(1, 13)


@pytest.fixture
def cldr():
    """CLDR by language, as if no other had been used: Babel 2.18 mixes them up (its issue 1234)."""

    def give(tag):
        localedata._cache.clear()
        return Locale(*CALLED.get(tag, tag).split("_")[:1], **_rest(CALLED.get(tag, tag)))

    return give


def _rest(name):
    parts = name.split("_")[1:]
    return {("script" if len(part) == 4 else "territory"): part for part in parts}


def same(tag, what, ours, theirs):
    """Whether the two agree, or differ as we said they would. A departure that is none any more must go."""
    # Old fonts lack the narrow space; marks of direction are for the page to set.
    theirs = theirs.replace("\u202f", "\u00a0").replace("\u200f", "")
    assert (ours != theirs) == ((tag, what) in DEPARTURES), (ours, theirs)


in_cldr = pytest.mark.parametrize("tag", sorted(WORDS.keys() - NOT_IN_CLDR))
gregorian = pytest.mark.parametrize("tag", sorted(WORDS.keys() - NOT_IN_CLDR - SOLAR))


@gregorian
def test_days_are_as_in_cldr(tag, cldr):
    days = [date(2026, month, day) for month in MONTHS for day in (3, 24)]
    locale = cldr(tag)
    same(
        tag,
        "day",
        "; ".join(map(open_locale(tag).date, days)),
        "; ".join(format_date(day, "long", locale) for day in days),
    )


@gregorian
def test_months_are_as_in_cldr(tag, cldr):
    locale = cldr(tag)
    ours = [open_locale(tag).month_name(Month(2026, month)) for month in MONTHS]
    theirs = [format_skeleton("yMMMM", date(2026, month, 1), locale=locale) for month in MONTHS]
    same(tag, "month", "; ".join(ours), "; ".join(theirs))


@in_cldr
def test_numbers_are_as_in_cldr(tag, cldr):
    locale = cldr(tag)
    theirs = "; ".join(format_decimal(n, locale=locale, numbering_system="default") for n in (7, 1234, 1234567))
    ours = "; ".join(map(open_locale(tag).number, (7, 1234, 1234567)))
    same(tag, "number", ours, theirs.translate(str.maketrans("0123456789", WORDS[tag].digits or "0123456789")))


@in_cldr
def test_digits_are_as_in_cldr(tag, cldr):
    assert cldr(tag).default_numbering_system == ("arabext" if WORDS[tag].digits else "latn")


@in_cldr
def test_lists_are_as_in_cldr(tag, cldr):
    locale, names = cldr(tag), list("ABCD")
    ours = "; ".join(open_locale(tag).join(names[:count]) for count in (1, 2, 3, 4))
    same(tag, "list", ours, "; ".join(format_list(names[:count], locale=locale) for count in (1, 2, 3, 4)))


def test_departures_are_of_languages_that_there_are():
    assert {tag for tag, _ in DEPARTURES} <= set(INTERFACE_LANGUAGES)


def test_what_is_not_in_cldr_is_still_not():
    for tag in NOT_IN_CLDR - {"ba"}:
        assert not localedata.exists(tag), tag
    # Bashkir is there by name only.
    assert "months" not in localedata.load("ba", merge_inherited=False)


@pytest.mark.parametrize("tag", INTERFACE_LANGUAGES)
def test_every_language_has_twelve_months_and_ten_digits(tag):
    words = WORDS[tag]
    assert len(words.day_templates()) == len(words.month_templates()) == 12
    assert len(set(words.day_templates())) == len(set(words.month_templates())) == 12
    assert len(words.digits) in {0, 10}
    assert words.solar == (tag in SOLAR)
    for template in words.day_templates():
        assert template.count("{d}") == template.count("{y}") == 1


# What CLDR and Babel cannot tell, one of each month.
OWN = {
    "ba": "3 ғинуар 2026 й.; 3 февраль 2026 й.; 3 март 2026 й.; 3 апрель 2026 й.; 3 май 2026 й.; 3 июнь 2026 й.; "
    "3 июль 2026 й.; 3 август 2026 й.; 3 сентябрь 2026 й.; 3 октябрь 2026 й.; 3 ноябрь 2026 й.; 3 декабрь 2026 й.",
    "crh": "3 yanvar 2026; 3 fevral 2026; 3 mart 2026; 3 aprel 2026; 3 mayıs 2026; 3 iyün 2026; 3 iyül 2026; "
    "3 avgust 2026; 3 sentâbr 2026; 3 oktâbr 2026; 3 noyabr 2026; 3 dekabr 2026",
    "ce": "2026 шеран 3 январь; 2026 шеран 3 февраль; 2026 шеран 3 март; 2026 шеран 3 апрель; 2026 шеран 3 май; "
    "2026 шеран 3 июнь; 2026 шеран 3 июль; 2026 шеран 3 август; 2026 шеран 3 сентябрь; 2026 шеран 3 октябрь; "
    "2026 шеран 3 ноябрь; 2026 шеран 3 декабрь",
    "tg": "3 январи соли 2026; 3 феврали соли 2026; 3 марти соли 2026; 3 апрели соли 2026; 3 майи соли 2026; "
    "3 июни соли 2026; 3 июли соли 2026; 3 августи соли 2026; 3 сентябри соли 2026; 3 октябри соли 2026; "
    "3 ноябри соли 2026; 3 декабри соли 2026",
    "fa": "۱۳ دی ۱۴۰۴; ۱۴ بهمن ۱۴۰۴; ۱۲ اسفند ۱۴۰۴; ۱۴ فروردین ۱۴۰۵; ۱۳ اردیبهشت ۱۴۰۵; ۱۳ خرداد ۱۴۰۵; "
    "۱۲ تیر ۱۴۰۵; ۱۲ مرداد ۱۴۰۵; ۱۲ شهریور ۱۴۰۵; ۱۱ مهر ۱۴۰۵; ۱۲ آبان ۱۴۰۵; ۱۲ آذر ۱۴۰۵",
    "prs": "۱۳ جدی ۱۴۰۴; ۱۴ دلو ۱۴۰۴; ۱۲ حوت ۱۴۰۴; ۱۴ حمل ۱۴۰۵; ۱۳ ثور ۱۴۰۵; ۱۳ جوزا ۱۴۰۵; "
    "۱۲ سرطان ۱۴۰۵; ۱۲ اسد ۱۴۰۵; ۱۲ سنبله ۱۴۰۵; ۱۱ میزان ۱۴۰۵; ۱۲ عقرب ۱۴۰۵; ۱۲ قوس ۱۴۰۵",
    "ps": "۱۳ مرغومی ۱۴۰۴; ۱۴ سلواغه ۱۴۰۴; ۱۲ کب ۱۴۰۴; ۱۴ وری ۱۴۰۵; ۱۳ غویی ۱۴۰۵; ۱۳ غبرګولی ۱۴۰۵; "
    "۱۲ چنګاښ ۱۴۰۵; ۱۲ زمری ۱۴۰۵; ۱۲ وږی ۱۴۰۵; ۱۱ تله ۱۴۰۵; ۱۲ لړم ۱۴۰۵; ۱۲ لیندۍ ۱۴۰۵",
}


@pytest.mark.parametrize("tag", OWN)
def test_days_of_our_own_tables(tag):
    days = "; ".join(open_locale(tag).date(date(2026, month, 3)) for month in MONTHS)
    assert days.replace("\u00a0", " ") == OWN[tag]
