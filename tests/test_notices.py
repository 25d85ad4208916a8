"""Notices: validated, shown where they belong, never hidden."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.errors import NoticeError
from tamizdat.notices import (
    ANY_LANGUAGE,
    MAX_REVIEW_DAYS,
    MAX_TEXT_CHARS,
    Act,
    Notice,
    NoticeState,
    Who,
    for_act,
    notices_for,
)
from tamizdat.publication import LocalText


def notice(**changes):
    values = {
        "who": (Who.RESIDENTS, Who.CITIZENS),
        "acts": (Act.READING, Act.SHARING),
        "penalty": {"en": "A fine", "ru": "Штраф", "sr": "Казна"},
        "law": {"en": "Article 1", "ru": "Статья 1"},
        "reviewer": "A. Lawyer",
        "reviewed": date(2026, 11, 1),
        "expires": date(2027, 11, 1),
        "country": "TM",
    }
    return Notice(**values | changes)


def refused(**changes):
    with pytest.raises(NoticeError) as caught:
        notice(**changes)
    return caught.value.fields["field"], caught.value.detail


# --- Who is told ------------------------------------------------------------------------------------------------------


def test_a_reader_gets_the_text_in_their_language():
    assert notice().penalty_in("ru") == LocalText("Штраф", "ru")
    assert notice().law_in("ru") == LocalText("Статья 1", "ru")


def test_a_language_without_a_text_gets_the_english_one_marked_as_such():
    assert notice().penalty_in("ka") == LocalText("A fine", "en")
    assert notice(first_language="ru").penalty_in("ka") == LocalText("A fine", "en")
    assert notice(text={"en": "Beware"}).text_in("ka") == LocalText("Beware", "en")


def test_without_an_english_text_it_is_the_one_of_the_publication():
    own = notice(penalty={"ru": "Штраф", "ka": "ჯარიმა"}, law={"ru": "Статья"}, first_language="ru")
    assert own.penalty_in("fa") == LocalText("Штраф", "ru")
    assert own.penalty_in("ka") == LocalText("ჯარიმა", "ka")


def test_a_variety_of_a_language_gets_that_languages_text():
    assert notice().penalty_in("sr-Latn-ME") == LocalText("Казна", "sr")


def test_one_text_of_a_law_serves_all_languages_and_says_so():
    assert notice(law={ANY_LANGUAGE: "Art. 20.33"}).law_in("fa") == LocalText("Art. 20.33", "")


def test_a_place_without_a_code_is_named_by_the_newsroom():
    place = notice(country="", country_name={"en": "Vesmara", "ru": "Весмара"})
    assert place.country_in("ru") == LocalText("Весмара", "ru")
    assert place.country_in("ka") == LocalText("Vesmara", "en")


def test_a_newsroom_may_name_a_country_otherwise_in_some_languages():
    other = notice(country="BY", country_name={"ru": "Беларусь", "en": "Belarus"})
    assert other.country_in("ru") == LocalText("Беларусь", "ru")
    assert other.country_in("ka") is None
    assert notice(country="BY", country_name={"ru": "Беларусь"}).country_in("en") is None
    assert notice().country_in("ru") is None
    assert notice().text_in("ru") is None


def test_an_edition_shows_its_notices_in_the_newsrooms_order():
    everywhere, russian, serbian = notice(), notice(languages=("ru", "ka")), notice(languages=("sr",))
    assert notices_for([serbian, russian, everywhere], "ru") == (russian, everywhere)
    assert notices_for([russian, everywhere], "fa") == (everywhere,)
    assert notices_for([serbian], "sr-Latn") == (serbian,)
    assert notices_for([notice(languages=("sr-Latn",))], "sr") == ()


def test_each_act_finds_its_notices_the_expired_ones_too():
    old = notice(acts=(Act.SHARING,), reviewed=date(2020, 1, 1), expires=date(2020, 2, 1))
    current, other = notice(), notice(acts=(Act.DONATING,), languages=("fa",))
    all_of_them = [old, other, current]
    assert for_act(all_of_them, "ru", Act.SHARING) == (old, current)
    assert for_act(all_of_them, "ru", Act.READING) == (current,)
    assert for_act(all_of_them, "ru", Act.DONATING) == ()
    assert for_act(all_of_them, "fa", Act.DONATING) == (other,)


@given(st.lists(st.sampled_from(["ru", "sr", "sr-Latn", "fa"]), unique=True), st.sampled_from(["ru", "sr-Latn-ME"]))
def test_no_review_date_hides_a_notice(languages, reader):
    old = notice(languages=tuple(languages), reviewed=date(1999, 1, 1), expires=date(1999, 1, 1))
    new = notice(languages=tuple(languages))
    assert (old in notices_for([old], reader)) == (new in notices_for([new], reader))


# --- Until when -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2026, 10, 1, tzinfo=UTC), NoticeState.CURRENT),
        (datetime(2027, 11, 1, 23, 59, 59, tzinfo=UTC), NoticeState.CURRENT),
        (datetime(2027, 11, 2, tzinfo=UTC), NoticeState.EXPIRED),
        (datetime(2090, 1, 1, tzinfo=UTC), NoticeState.EXPIRED),
        # The same instants on clocks elsewhere.
        (datetime(2027, 11, 2, 4, 59, tzinfo=timezone(timedelta(hours=5))), NoticeState.CURRENT),
        (datetime(2027, 11, 1, 19, 0, tzinfo=timezone(timedelta(hours=-5))), NoticeState.EXPIRED),
    ],
)
def test_a_review_counts_until_the_end_of_its_last_day_in_utc(now, state):
    assert notice().state_at(now) is state


def test_a_time_without_a_zone_has_no_day():
    with pytest.raises(ValueError, match="zone"):
        notice().state_at(datetime(2027, 1, 1))  # noqa: DTZ001 - the mistake under test


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"country": ""}, "country", "country_name"),
        ({"country": "UK"}, "country", "ISO 3166-1"),
        ({"country": "ru"}, "country", "ISO 3166-1"),
        ({"country": "XF"}, "country", "country_name"),
        ({"country": "", "country_name": {"ru": "Весмара"}}, "country_name", "in en,"),
        ({"country_name": {"": "Vesmara"}}, "country_name.", "not a language tag"),
        ({"who": ()}, "who", "residents, citizens, stateless"),
        ({"acts": ()}, "acts", "at least one of reading,"),
        ({"acts": (Act.READING, Act.READING)}, "acts", "twice"),
        ({"penalty": {}}, "penalty", "is missing"),
        ({"law": {}}, "law", "is missing"),
        ({"penalty": {"ru": "Штраф"}}, "penalty", "needs a text in en,"),
        ({"penalty": {"ru": "Штраф"}, "first_language": "ka"}, "penalty", "needs a text in en or ka"),
        ({"text": {"ru": "Штраф"}}, "text", "needs a text in en"),
        ({"penalty": {"en": "  "}}, "penalty.en", "is empty"),
        ({"penalty": {"en": "a\nb"}}, "penalty.en", "control character"),
        ({"penalty": {"": "A fine"}}, "penalty.", "not a language tag"),
        ({"penalty": {"en": "A fine", "russian": "Штраф"}}, "penalty.russian", "not a language tag"),
        ({"law": {"": "x" * (MAX_TEXT_CHARS + 1)}}, "law", "600 characters (601)"),
        ({"law_url": "javascript:x"}, "law_url", "not a web address"),
        ({"law_url": "https://a b"}, "law_url", "not a web address"),
        ({"law_url": "law.html"}, "law_url", "not a web address"),
        ({"reviewer": ""}, "reviewer", "is empty"),
        ({"expires": date(2026, 10, 31)}, "expires", "before the review"),
        ({"expires": date(2026, 11, 1) + timedelta(days=MAX_REVIEW_DAYS + 1)}, "expires", "2028-11-01 at the latest"),
        ({"languages": ("Russian",)}, "languages", "not a language tag"),
    ],
)
def test_a_wrong_notice_is_refused_and_says_what_to_do(changes, field, says):
    found, detail = refused(**changes)
    assert found == field
    assert says in detail


def test_the_edges_are_accepted():
    notice(expires=date(2026, 11, 1) + timedelta(days=MAX_REVIEW_DAYS), penalty={"en": "x" * MAX_TEXT_CHARS})
    notice(expires=date(2026, 11, 1), country="XK", law_url="https://law.example/1")
