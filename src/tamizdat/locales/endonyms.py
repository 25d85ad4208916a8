"""What each language calls itself, and the order in which a reader looks for it."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from tamizdat.locales.scripts import script_of, subtags

# As they stand alone, in a list. The catalogues' languages; Babel knows others.
ENDONYMS: Final = {
    "az": "Azərbaycanca",
    "ba": "Башҡортса",
    "be": "Беларуская",
    "bg": "Български",
    "bs": "Bosanski",
    "ce": "Нохчийн",
    "cnr": "Crnogorski",
    "crh": "Qırımtatarca",
    "en": "English",
    "fa": "فارسی",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "hy": "Հայերեն",
    "ka": "ქართული",
    "kk": "Қазақша",
    "ky": "Кыргызча",
    "mk": "Македонски",
    "prs": "دری",
    "ps": "پښتو",
    "ro": "Română",
    "ru": "Русский",
    "sq": "Shqip",
    "sr": "Српски",
    "sr-Latn": "Srpski",
    "tg": "Тоҷикӣ",
    "tk": "Türkmençe",
    "tt": "Татарча",
    "uk": "Українська",
    "ur": "اردو",
    "uz": "Oʻzbekcha",
}
_SCRIPT_ORDER: Final = ("Latn", "Cyrl", "Grek", "Armn", "Geor", "Hebr", "Arab")
# Letters that a dictionary files with another one, and that Unicode does not take apart.
_FILED_WITH: Final = str.maketrans("қҡғҙҫһңәөүұҷәıəđłøʻ", "ккгзсхнаоуучаiedlo'")


@lru_cache(maxsize=256)
def endonym(tag: str) -> str:
    """The name of language ``tag`` in itself, or the tag where neither we nor Babel know it."""
    return ENDONYMS.get(tag) or _from_cldr(tag) or tag


def _from_cldr(tag: str) -> str:
    """CLDR's name, where Babel is installed: with the newsroom, not with a reader."""
    try:
        from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - optional: the base install has no Babel
    except ImportError:
        return ""
    try:
        name = Locale.parse("_".join(part for part in subtags(tag) if part)).get_display_name() or ""
    except (UnknownLocaleError, ValueError):
        return ""
    return name[:1].upper() + name[1:]


def in_order(tags: Iterable[str]) -> list[str]:
    """``tags`` as a chooser lists them: by script, then by name as a dictionary would, whoever looks."""
    return sorted(tags, key=_place)


def _place(tag: str) -> tuple[int, str, str, str]:
    script, name = script_of(tag), endonym(tag).casefold()
    at = _SCRIPT_ORDER.index(script) if script in _SCRIPT_ORDER else len(_SCRIPT_ORDER)
    bare = "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
    return at, script if at == len(_SCRIPT_ORDER) else "", bare.translate(_FILED_WITH), tag
