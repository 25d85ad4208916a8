"""Scripts, directions, and names of languages."""

import random

import pytest
from babel import Locale, localedata
from babel.core import get_global

from tamizdat.locales import INTERFACE_LANGUAGES, endonym, in_order, is_right_to_left, script_of
from tamizdat.locales.endonyms import ENDONYMS
from tamizdat.locales.scripts import _LIKELY, RIGHT_TO_LEFT_SCRIPTS, subtags

# Where we know better than CLDR, or CLDR knows nothing: Crimean Tatar, Western Punjabi, Dari.
OURS = {"crh", "pnb", "prs"}


@pytest.mark.parametrize("tag", sorted(_LIKELY.keys() - OURS))
def test_likely_scripts_are_those_of_cldr(tag):
    assert get_global("likely_subtags")[tag.replace("-", "_")].split("_")[1] == _LIKELY[tag]


@pytest.mark.parametrize("tag", sorted(OURS))
def test_what_we_know_better_differs(tag):
    assert get_global("likely_subtags").get(tag, "").split("_")[1:2] != [_LIKELY[tag]]


@pytest.fixture
def no_babel(monkeypatch):
    monkeypatch.setattr("tamizdat.locales.scripts._from_cldr", lambda *_: "")
    script_of.cache_clear()
    yield
    script_of.cache_clear()


def test_languages_of_cldr_run_as_it_says_without_asking_it(no_babel):
    """A reader without Babel sets right to left what is so, in all languages that CLDR has words of."""
    likely = get_global("likely_subtags")
    wrong = []
    for tag in filter(localedata.exists, Locale.parse("en").languages):
        expected = likely.get(tag, f"{tag}_Latn_XX").split("_")[1] in RIGHT_TO_LEFT_SCRIPTS
        if is_right_to_left(tag) != expected:
            wrong.append(tag)
    assert not wrong
    assert all(map(is_right_to_left, ("uz-AF", "pa-PK", "az-IR")))
    assert not any(map(is_right_to_left, ("uz-UZ", "az", "pa")))


@pytest.mark.parametrize(
    ("tag", "script"),
    [
        ("en", "Latn"),
        ("sr", "Cyrl"),
        ("sr-Latn", "Latn"),
        ("sr-latn-rs", "Latn"),
        ("fa", "Arab"),
        ("ur-Aran", "Arab"),
        ("uz-AF", "Arab"),
        ("uz", "Latn"),
        ("pa", "Guru"),
        ("pa-PK", "Arab"),
        ("zh-Hant", "Hant"),
        ("ja", "Jpan"),
        ("he-IL", "Hebr"),
        ("zh-yue-Hant-HK", "Hant"),
        ("ff-Adlm", "Adlm"),
        ("en-Arab", "Arab"),
        ("xx", "Latn"),
        ("", "Latn"),
        ("not a tag", "Latn"),
    ],
)
def test_script(tag, script):
    assert script_of(tag) == script


def test_direction():
    right_to_left = {tag for tag in INTERFACE_LANGUAGES if is_right_to_left(tag)}
    assert right_to_left == {"fa", "prs", "ps", "ur"}
    assert [is_right_to_left(tag) for tag in ("ar", "yi", "dv", "ckb", "syr", "ff-Adlm", "az-Arab")] == [True] * 7
    assert [is_right_to_left(tag) for tag in ("ku", "az", "ar-Latn", "mt", "zh", "tk")] == [False] * 6


def test_subtags():
    assert subtags("sr-latn-rs") == ("sr", "Latn", "RS")
    assert subtags("es-419") == ("es", "", "419")
    assert subtags("de-CH-1996") == ("de", "", "CH")
    assert subtags("en-x-private") == ("en", "", "")
    assert subtags("../../etc") == subtags("e") == ("", "", "")


# --- Names --------------------------------------------------------------------------------------------------------


def test_every_interface_language_has_a_name_in_its_own_script():
    assert set(ENDONYMS) == set(INTERFACE_LANGUAGES)
    assert len(set(ENDONYMS.values())) == len(ENDONYMS)
    for tag, name in ENDONYMS.items():
        assert name == name.strip()
        assert name[0] == name[0].upper() or script_of(tag) in {"Arab", "Geor"}


def test_other_names_are_those_of_cldr():
    assert [endonym(tag) for tag in ("de", "pt-BR", "el", "ar", "xx", "not a tag")] == [
        "Deutsch",
        "Português (Brasil)",
        "Ελληνικά",
        "العربية",
        "xx",
        "not a tag",
    ]


def test_a_chooser_lists_by_script_and_then_as_a_dictionary():
    order = in_order([*INTERFACE_LANGUAGES, "el", "he", "zh"])
    latin, cyrillic = "az bs cnr en hr hu uz crh ro sq sr-Latn tk", "ba be bg kk ky mk ce ru sr tt tg uk"
    assert " ".join(order) == f"{latin} {cyrillic} el hy ka he ur prs fa ps zh"
    for seed in range(5):
        shuffled = random.Random(seed).sample(order, len(order))
        assert in_order(shuffled) == order
