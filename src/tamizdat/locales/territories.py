"""Names of countries in the languages of the press: CLDR's, and our own where it has none."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from babel.core import Locale, UnknownLocaleError

from tamizdat.publication import LocalText, with_parents

# What CLDR lacks (ba, crh), and where usage differs from the language that CLDR takes instead (cnr: Serbian of
# Montenegro; prs: Persian of Afghanistan). Written by a machine; nobody has checked it yet.
_OWN: Final[Mapping[str, str]] = {
    "ba": """
        AF Афғанстан; AL Албания; AM Әрмәнстан; AZ Әзербайжан; BA Босния һәм Герцеговина; BG Болгария; BY Беларусь;
        CN Ҡытай; CZ Чехия; DE Германия; EE Эстония; FR Франция; GB Бөйөк Британия; GE Грузия; HR Хорватия;
        HU Венгрия; IL Израиль; IQ Ираҡ; IR Иран; KG Ҡырғыҙстан; KZ Ҡаҙағстан; LT Литва; LV Латвия; MD Молдова;
        ME Черногория; MK Төньяҡ Македония; PK Пакистан; PL Польша; RO Румыния; RS Сербия; RU Рәсәй; SY Сүриә;
        TJ Тажикстан; TM Төркмәнстан; TR Төркиә; UA Украина; US Америка Ҡушма Штаттары; UZ Үзбәкстан; XK Косово""",
    "ce": "MK Къилбаседа Македони",
    "cnr": """
        AF Avganistan; AL Albanija; AM Jermenija; AZ Azerbejdžan; BA Bosna i Hercegovina; BG Bugarska; BY Bjelorusija;
        CN Kina; CZ Češka; DE Njemačka; EE Estonija; FR Francuska; GB Velika Britanija; GE Gruzija; HR Hrvatska;
        HU Mađarska; IL Izrael; IQ Irak; IR Iran; KG Kirgistan; KZ Kazahstan; LT Litvanija; LV Letonija; MD Moldavija;
        ME Crna Gora; MK Sjeverna Makedonija; PK Pakistan; PL Poljska; RO Rumunija; RS Srbija; RU Rusija; SY Sirija;
        TJ Tadžikistan; TM Turkmenistan; TR Turska; UA Ukrajina; US Sjedinjene Američke Države; UZ Uzbekistan;
        XK Kosovo""",
    "crh": """
        AF Afğanistan; AL Arnavutlıq; AM Ermenistan; AZ Azerbaycan; BA Bosna ve Hersek; BG Bulğaristan; BY Belarus;
        CN Çin; CZ Çehiya; DE Almaniya; EE Estoniya; FR Frenkistan; GB Büyük Britaniya; GE Gürcistan; HR Hırvatistan;
        HU Macaristan; IL İsrail; IQ İraq; IR İran; KG Qırğızistan; KZ Qazahistan; LT Litvaniya; LV Latviya;
        MD Moldova; ME Qaradağ; MK Şimaliy Makedoniya; PK Pakistan; PL Lehistan; RO Romaniya; RS Sırbistan;
        RU Rusiye; SY Suriye; TJ Tacikistan; TM Türkmenistan; TR Türkiye; UA Ukraina; US Amerika Qoşma Ştatları;
        UZ Özbekistan; XK Kosovo""",
    "prs": "KG قرغیزستان; ME مونتینیگرو; XK کوسوو",
}
# Where CLDR files a language, and whether its names there are that language's own.
_FILED_UNDER: Final[Mapping[str, str]] = {"prs": "fa-AF", "cnr": "sr-Latn-ME"}
# The nearest language whose names readers understand; marked as what it is.
_NEAR: Final[Mapping[str, str]] = {"ba": "tt", "crh": "tr"}


def territory_name(language: str, country: str) -> LocalText:
    """What readers of ``language`` call ``country`` (ISO 3166-1 alpha-2), and which language that name is in.

    From our own table, else CLDR's, else in a neighbouring language, else in English. A code that nobody knows comes
    back as it is.
    """
    for tag in with_parents(language):
        if name := _own(tag).get(country):
            return LocalText(name, tag)
    for tag in (language, *_neighbours(language), "en"):
        if found := _in_cldr(tag, country):
            return found
    return LocalText(country, "")


def _neighbours(language: str) -> Iterator[str]:
    return (_NEAR[tag] for tag in with_parents(language) if tag in _NEAR)


@cache
def _own(tag: str) -> dict[str, str]:
    entries = (entry.strip().partition(" ") for entry in _OWN.get(tag, "").split(";"))
    return {code: name for code, _, name in entries if name}


def _in_cldr(tag: str, country: str) -> LocalText | None:
    locale = _cldr(_FILED_UNDER.get(tag, tag))
    name = locale.territories.get(country) if locale else None
    if locale is None or not name:
        return None
    # Babel overlooks a script that CLDR does not know for this language, and answers in the usual one.
    script = next((part for part in tag.split("-")[1:] if len(part) == 4 and part.isalpha()), None)
    return LocalText(name, tag if script in {None, locale.script} else str(locale).replace("_", "-"))


@cache
def _cldr(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
