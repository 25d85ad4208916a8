"""Which script a language is written in, and so in which direction."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

RIGHT_TO_LEFT_SCRIPTS: Final = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"})

# Likely scripts (CLDR) of languages that do not write Latin: our interface languages, and what runs from right to left,
# so that a reader without Babel sets it right. The tests compare all with CLDR.
_WRITTEN_IN: Final = {
    "Arab": "acm aeb afb apc apd ar ars ary arz az-IQ az-IR azb bal bgn bqi brh ckb fa glk haz hnd hno khw kk-CN ks "
    "ku-LB ky-CN lki lrc luz mzn ota pa-PK pbt phr pnb prs ps pst sd sdh skr trw ug ur uz-AF",
    "Armn": "hy",
    "Cyrl": "ab ba be bg ce cv kk ky mk mn os ru sah sr tg tt tyv udm uk",
    "Geor": "ka",
    "Grek": "el",
    "Hebr": "he lad yi",
    "Latn": "crh",  # CLDR says Cyrillic; newsrooms write Latin, as the catalogue does
    "Nkoo": "nqo",
    "Rohg": "rhg",
    "Syrc": "aii syr",
    "Thaa": "dv",
}
_LIKELY: Final = {tag: script for script, tags in _WRITTEN_IN.items() for tag in tags.split()}
_TAG: Final = re.compile(
    r"(?P<language>[a-z]{2,8})(?:-[a-z]{3}(?![a-z0-9]))?(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?(?:-.*)?",
    re.IGNORECASE,
)


class Subtags(NamedTuple):
    """The parts of a BCP 47 tag that matter here, in their usual case; empty where there is none."""

    language: str
    script: str
    region: str


def subtags(tag: str) -> Subtags:
    """The parts of ``tag``; all are empty for what is no tag of a language."""
    found = _TAG.fullmatch(tag)
    if not found:
        return Subtags("", "", "")
    language, script, region = (part or "" for part in found.group("language", "script", "region"))
    return Subtags(language.lower(), script.title(), region.upper())


@lru_cache(maxsize=256)
def script_of(tag: str) -> str:
    """The four letters (ISO 15924) of the script that ``tag`` is written in; Latin where nobody knows better."""
    language, script, region = subtags(tag)
    if script:
        return "Arab" if script == "Aran" else script  # nastaliq is a way to write it
    return _LIKELY.get(f"{language}-{region}") or _LIKELY.get(language) or _from_cldr(language, region) or "Latn"


def _from_cldr(language: str, region: str) -> str:
    """What CLDR thinks, where Babel is installed: with the newsroom, not with a reader."""
    try:
        from babel.core import get_global  # noqa: PLC0415 - optional: the base install has no Babel
    except ImportError:
        return ""
    likely = get_global("likely_subtags")
    found: str = likely.get(f"{language}_{region}") or likely.get(language) or ""
    return subtags(found.replace("_", "-")).script


def is_right_to_left(language: str) -> bool:
    """Whether a BCP 47 language is written from right to left; a script subtag decides if there is one (CLDR)."""
    return script_of(language) in RIGHT_TO_LEFT_SCRIPTS
