"""What pages ask of a locale: words, their stand-ins, times, months, plurals, lists."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.errors import UsageError
from tamizdat.locales import INTERFACE_LANGUAGES, Month, catalogue, interface_of, locale, open_locale
from tamizdat.locales.catalogue import Catalogue, Plural, catalogue_for, stand_ins
from tamizdat.locales.solar_hijri import solar_date

WHEN = datetime(2026, 11, 24, 14, 5, 59, tzinfo=UTC)
tags = pytest.mark.parametrize("tag", INTERFACE_LANGUAGES)
times = st.datetimes(datetime(1800, 1, 2), datetime(2200, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside


# --- Times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("az", "24 noyabr 2026, 14:05 UTC"),
        ("bs", "24. novembar 2026. u 14:05 UTC"),
        ("en", "24 November 2026, 14:05 UTC"),
        ("fa", "۳ آذر ۱۴۰۵، ۱۴:۰۵ UTC"),
        ("hu", "2026. november 24. 14:05 UTC"),
        ("ka", "24 ნოემბერი, 2026, 14:05 UTC"),
        ("prs", "۳ قوس ۱۴۰۵، ۱۴:۰۵ UTC"),
        ("ps", "۳ لیندۍ ۱۴۰۵، ۱۴:۰۵ UTC"),
        ("ru", "24 ноября 2026\u00a0г., 14:05 UTC"),
        ("sr", "24. новембар 2026. у 14:05 UTC"),
        ("ur", "24 نومبر، 2026، 14:05 UTC"),
    ],
)
def test_a_moment(tag, text):
    assert open_locale(tag).date_time(WHEN) == text


@tags
@given(when=times, hours=st.integers(-14, 14))
def test_a_moment_is_shown_in_utc_wherever_it_was_written_down(tag, when, hours):
    there = when.astimezone(timezone(timedelta(hours=hours)))
    ours = open_locale(tag)
    assert ours.date_time(there) == ours.date_time(when)
    assert ours.date(there) == ours.date(when) == ours.date(when.date())
    assert ours.month_of(there) == ours.month_of(when)
    assert "UTC" in ours.date_time(when)
    assert ours.date(when) in ours.date_time(when)


def test_a_time_without_a_zone_is_refused():
    for ask in (open_locale("en").date, open_locale("en").date_time, open_locale("fa").month_of):
        with pytest.raises(ValueError, match="no time zone"):
            ask(WHEN.replace(tzinfo=None))


@tags
@given(day=st.dates(date(1800, 1, 1), date(2200, 12, 30)))
def test_months_sort_as_days_do(tag, day):
    ours, later = open_locale(tag), day + timedelta(days=1)
    assert ours.month_of(day) <= ours.month_of(later)
    assert str(ours.month_of(day)) <= str(ours.month_of(later))
    assert (ours.month_of(day) == ours.month_of(later)) == (
        ours.month_name(ours.month_of(day)) == ours.month_name(ours.month_of(later))
    )


def test_months_are_of_the_calendar_of_the_language():
    assert open_locale("ru").month_of(WHEN) == Month(2026, 11)
    assert open_locale("fa").month_of(WHEN) == open_locale("ps").month_of(WHEN) == Month(1405, 9)
    assert str(Month(1405, 9)) == "1405-09"
    assert open_locale("ru").month_name(Month(2026, 11)) == "ноябрь 2026\u00a0г."
    assert open_locale("fa").month_name(Month(1405, 9)) == "آذر ۱۴۰۵"
    assert (open_locale("fa").year(1405), open_locale("ru").year(2026)) == ("۱۴۰۵", "2026")


# --- Words --------------------------------------------------------------------------------------------------------


@tags
def test_every_id_has_words_in_every_language(tag):
    english, ours = open_locale("en"), open_locale(tag)
    assert ours.texts.keys() == english.texts.keys()
    assert ours._plurals.keys() == english._plurals.keys()
    assert all(ours.texts.values())
    for name in ours._plurals:
        assert all(ours.plural(name, n) for n in range(200))


def test_fields_are_filled_in():
    assert open_locale("en").say("corrected_on", date="today") == "Corrected on today"
    assert open_locale("en").say("page_of", page=2, pages=3) == "Page 2 of 3"
    with pytest.raises(KeyError):
        open_locale("en").say("page_of", page=2)
    with pytest.raises(KeyError):
        open_locale("en").say("no such text")


def test_plurals_count():
    english, russian, persian = map(open_locale, ("en", "ru", "fa"))
    assert [english.plural("stories_count", n) for n in (0, 1, 2, 3300)] == [
        "0 stories",
        "1 story",
        "2 stories",
        "3,300 stories",
    ]
    assert len({russian.plural("stories_count", n).split()[-1] for n in (1, 2, 5)}) == 3
    assert russian.plural("stories_count", 21).split()[-1] == russian.plural("stories_count", 1).split()[-1]
    assert persian.plural("stories_count", 12).startswith("۱۲ ")


def test_texts_and_locales_do_not_change():
    ours = open_locale("en")
    with pytest.raises(TypeError):
        ours.texts["breaking"] = "Changed"
    with pytest.raises(AttributeError):
        ours.tag = "xx"
    assert open_locale("en") is ours


def test_lists():
    english, urdu = open_locale("en"), open_locale("ur")
    assert [english.join(list("ABC")[:n]) for n in range(4)] == ["", "A", "A and B", "A, B and C"]
    assert english.join(("Reuters", "AFP")) == "Reuters and AFP"
    assert urdu.join("ABC") == "A، B، اور C"


# --- Which words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *((tag, tag) for tag in INTERFACE_LANGUAGES),
        ("ru-RU", "ru"),
        ("en-GB", "en"),
        ("sr-Cyrl", "sr"),
        ("sr-Cyrl-RS", "sr"),
        ("sr-Latn-ME", "sr-Latn"),
        ("kk-Cyrl", "kk"),
        ("uz-Latn-UZ", "uz"),
        ("fa-AF", "prs"),
        ("fa-IR", "fa"),
        ("ur-Aran", "ur"),
        # Other scripts are no exact copies, so their readers get no words that they cannot read.
        ("uz-Cyrl", ""),
        ("uz-AF", ""),
        ("kk-Latn", ""),
        ("tt-Latn", ""),
        ("az-Arab", ""),
        ("az-IR", ""),
        ("crh-Cyrl", ""),
        ("cnr-Cyrl", ""),
        ("pt-BR", ""),
        ("", ""),
        ("../en", ""),
    ],
)
def test_which_languages_have_an_interface_of_their_own(tag, language):
    assert interface_of(tag) == language


@given(st.text(min_size=1, max_size=40) | st.from_regex(r"[a-zA-Z]{1,9}([-_][a-zA-Z0-9]{1,9}){0,4}", fullmatch=True))
def test_any_tag_at_all_gives_a_locale(tag):
    """Tags come from editions too; nothing that stands in one may stop a reader, or find another file."""
    ours = open_locale(tag)
    assert ours.interface in INTERFACE_LANGUAGES
    assert ours.language_name
    assert ours.direction in {"ltr", "rtl"}


def test_another_language_has_the_interface_it_names():
    by_default, named = open_locale("pt-BR"), open_locale("pt-BR", "ro")
    assert (by_default.tag, by_default.interface, by_default.language_name) == ("pt-BR", "en", "Português (Brasil)")
    assert by_default.texts == open_locale("en").texts
    assert (named.interface, named.date(WHEN)) == ("ro", "24 noiembrie 2026")
    arabic = open_locale("ar", "fa")
    assert (arabic.direction, arabic.script, arabic.date(WHEN)) == ("rtl", "Arab", "۳ آذر ۱۴۰۵")
    assert open_locale("uk", "en").date(WHEN) == "24 November 2026"
    with pytest.raises(UsageError, match="no interface in 'pt'"):
        open_locale("pt-BR", "pt")


def test_serbian_in_latin_letters_is_the_catalogue_in_cyrillic():
    cyrillic, latin = open_locale("sr"), open_locale("sr-Latn")
    assert latin.made == cyrillic.made
    for name, text in latin.texts.items():
        assert not [letter for letter in text if "\u0400" <= letter <= "\u052f"], name
    assert latin.texts["latest"] == catalogue.to_latin(cyrillic.texts["latest"]) != cyrillic.texts["latest"]
    assert latin.plural("stories_count", 5) == catalogue.to_latin(cyrillic.plural("stories_count", 5))


@pytest.fixture
def written(monkeypatch):
    """Catalogues by tag, in place of the compiled ones."""
    catalogues = {"en": Catalogue({"a": "A en", "b": "B en"}, {"n": Plural(lambda n: n != 1, ("1 en", "n en"))}, "")}
    monkeypatch.setattr(catalogue, "_written", catalogues.get)
    return catalogues


def test_what_a_catalogue_lacks_comes_from_those_that_its_readers_understand(written):
    written["fa"] = Catalogue({"a": "A fa", "c": "C fa"}, {}, "machine")
    written["prs"] = Catalogue({"c": "C prs"}, {}, "checked")
    found = catalogue_for("prs")
    assert dict(found.texts) == {"a": "A fa", "b": "B en", "c": "C prs"}
    assert found.plurals["n"].forms == ("1 en", "n en")
    assert found.made == "checked"
    assert catalogue_for("fa").texts["c"] == "C fa"
    assert catalogue_for("ka").texts == {"a": "A en", "b": "B en"}


def test_words_written_in_latin_letters_come_before_derived_ones(written):
    plurals = {"n": Plural(lambda n: n > 1, ("један", "многи"))}
    written["sr"] = Catalogue({"a": "Љубав", "b": "Реч {date}"}, plurals, "checked")
    assert catalogue_for("sr-Latn").texts == {"a": "Ljubav", "b": "Reč {date}"}
    assert catalogue_for("sr-Latn").plurals["n"].forms == ("jedan", "mnogi")
    assert catalogue_for("sr-Latn").made == "checked"
    written["sr-Latn"] = Catalogue({"a": "Own"}, {}, "machine")
    assert catalogue_for("sr-Latn").texts == {"a": "Own", "b": "Reč {date}"}
    assert catalogue_for("cnr").texts["a"] == "Own"


def test_catalogues_that_were_never_compiled_are_named_as_the_fault(written):
    written.clear()
    with pytest.raises(UsageError, match="not compiled"):
        catalogue_for("ru")


@tags
def test_nobody_stands_in_for_themselves_and_english_stands_behind_all(tag):
    chain = stand_ins(tag)
    assert tag not in chain
    assert len(set(chain)) == len(chain)
    assert set(chain) <= set(INTERFACE_LANGUAGES)
    assert tag == "en" or chain[-1] == "en"


# --- Without Babel ------------------------------------------------------------------------------------------------

ALONE = """
import sys
sys.modules["babel"] = None  # an import of it fails, as in the base install
from datetime import UTC, datetime
from tamizdat.locales import INTERFACE_LANGUAGES, in_order, open_locale
for tag in in_order([*INTERFACE_LANGUAGES, "pt-BR", "ar"]):
    ours = open_locale(tag)
    print(tag, ours.language_name, ours.script, ours.direction, ours.date_time(datetime(2026, 11, 24, tzinfo=UTC)),
          ours.plural("stories_count", 3), ours.join("ABC"), sep="|")
"""


def test_a_reader_without_babel_has_all_but_names_of_other_languages():
    result = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, encoding="utf-8", check=True)
    lines = {line.split("|")[0]: line.split("|")[1:] for line in result.stdout.splitlines()}
    for tag in INTERFACE_LANGUAGES:
        ours = open_locale(tag)
        moment = ours.date_time(datetime(2026, 11, 24, tzinfo=UTC))
        expected = [ours.language_name, ours.script, ours.direction, moment]
        assert lines[tag] == [*expected, ours.plural("stories_count", 3), ours.join("ABC")]
    assert lines["pt-BR"][:3] == ["pt-BR", "Latn", "ltr"]
    assert lines["ar"][:3] == ["ar", "Arab", "rtl"]


# --- Cost ---------------------------------------------------------------------------------------------------------


def test_a_date_costs_no_look_into_tables_of_words(monkeypatch):
    """Pages ask for hundreds of dates: what a locale needs for them is made when it is opened."""
    ours = [open_locale(tag) for tag in INTERFACE_LANGUAGES]
    monkeypatch.setattr(locale, "WORDS", None)
    monkeypatch.setattr(locale, "catalogue_for", None)
    monkeypatch.setitem(sys.modules, "babel", None)
    for one in ours:
        assert one.date_time(WHEN)
        assert one.month_name(one.month_of(WHEN))


def test_a_day_is_worked_out_once(monkeypatch):
    asked = []
    monkeypatch.setattr(locale, "solar_date", lambda ordinal: asked.append(ordinal) or solar_date(ordinal))
    locale._date.cache_clear()
    persian = open_locale("fa")
    for minute in range(60):
        assert persian.date_time(WHEN.replace(minute=minute)).startswith("۳ آذر ۱۴۰۵، ۱۴:")
        assert persian.date(WHEN) == "۳ آذر ۱۴۰۵"
    assert asked == [WHEN.toordinal()]


def test_a_date_with_a_full_stop_of_its_own_ends_a_sentence_with_one():
    said = open_locale("ru").say("risk_expired", date="2 июня 2025 г.")
    assert "г. " in said
    assert ".." not in said
