"""Names of countries: each in the reader's language, or marked as another's."""

import pytest

from tamizdat.locales.territories import _OWN, _own, territory_name
from tamizdat.notices import COUNTRIES
from tamizdat.publication import LocalText

OF_THE_PRESS = "sq hy az ba be bs bg ce crh prs en ka hu kk ky mk cnr ps fa ro ru sr sr-Latn tg tt tk uk uz hr ur"
LANGUAGES = OF_THE_PRESS.split()
NEAR_US = "AF AM AZ BA BG BY GE HR HU IR KG KZ MD ME MK RO RS RU TJ TM UA UZ TR CN PK AL XK"
RELEVANT = NEAR_US.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_relevant_countries_have_a_name_in_every_language(language):
    for country in RELEVANT:
        found = territory_name(language, country)
        assert found.language == language, country
        assert found.text
        assert found.text != country


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_has_a_name_that_says_which_language_it_is_in(language):
    for country in COUNTRIES:
        found = territory_name(language, country)
        assert found.language in {language, {"ba": "tt", "crh": "tr"}.get(language)}
        assert found.text != country


@pytest.mark.parametrize(
    ("language", "country", "name"),
    [
        ("ru", "BY", "Беларусь"),
        ("ba", "RU", "Рәсәй"),
        ("crh", "UA", "Ukraina"),
        ("ce", "MK", "Къилбаседа Македони"),
        ("cnr", "ME", "Crna Gora"),
        ("cnr", "AT", "Austrija"),
        ("cnr", "DE", "Njemačka"),
        ("sr-Latn", "RS", "Srbija"),
        ("sr", "RS", "Србија"),
        ("prs", "KG", "قرغیزستان"),
        ("prs", "BG", "بلغاریا"),
        ("fa", "BG", "بلغارستان"),
        ("pt-BR", "RU", "Rússia"),
        ("ba-RU", "RU", "Рәсәй"),
    ],
)
def test_names_are_the_usual_ones(language, country, name):
    assert territory_name(language, country).text == name


def test_a_name_from_elsewhere_is_marked():
    assert territory_name("ba", "BR") == LocalText("Бразилия", "tt")
    assert territory_name("crh", "BR") == LocalText("Brezilya", "tr")
    assert territory_name("tyv", "BR") == LocalText("Brazil", "en")
    assert territory_name("qqq", "BR") == LocalText("Brazil", "en")
    assert territory_name("ru-Latn", "BR") == LocalText("Бразилия", "ru")
    assert territory_name("ba-RU", "BR") == LocalText("Бразилия", "tt")
    assert territory_name("ru", "QQ") == LocalText("QQ", "")


@pytest.mark.parametrize("language", _OWN)
def test_our_own_names_are_of_countries_and_in_one_script(language):
    table = _own(language)
    assert set(table) <= COUNTRIES
    assert len(set(table.values())) == len(table)
    if language in {"ba", "ce"}:
        assert not [name for name in table.values() if any("a" <= letter.lower() <= "z" for letter in name)]
    elif language != "prs":
        assert not [name for name in table.values() if any("а" <= letter.lower() <= "я" for letter in name)]
