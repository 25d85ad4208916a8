"""Language tags as found in the wild, made into those that editions use."""

import re
from typing import Final

# Tags that mean another language than their first part says, or that were replaced (IANA subtag registry).
_OTHER: Final = {
    "fa-af": "prs",
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "mo": "ro",
    "sh": "sr-Latn",
    "zh-cn": "zh-Hans",
    "zh-hk": "zh-Hant",
    "zh-sg": "zh-Hans",
    "zh-tw": "zh-Hant",
}
_PARTS: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?(?:[-_.@].*)?")
_SCRIPTED: Final = re.compile(r"[a-z]{2}(-[A-Z][a-z]{3})?")
# Three letters are easily a word ("war.md" is not Waray): only these name a language in a file's path.
_LONG: Final = frozenset(["ckb", "cnr", "crh", "hsb", "kaa", "kab", "krc", "prs", "rom", "rue", "sah", "tyv", "udm"])


def normal_language(tag: str) -> str:
    """The tag of the edition that text marked ``tag`` belongs to, or empty for what is no language tag.

    Editions are for languages, not countries: ``ru-RU`` and ``ru_ru`` are ``ru``; a script stays (``sr-latn-RS`` is
    ``sr-Latn``). A few tags name another language: ``fa-AF`` is Dari, ``prs``.
    """
    trimmed = tag.strip()
    found = _PARTS.fullmatch(trimmed) if len(trimmed) <= 100 else None
    if not found:
        return ""
    language, script, region = (part or "" for part in found.groups())
    for key in (f"{language}-{region}".lower(), language.lower()):
        if key in _OTHER and not script:
            return _OTHER[key]
    return f"{language.lower()}-{script.title()}" if script else language.lower()


def language_in_path(part: str) -> str:
    """The language that a file or folder named ``part`` is for, or empty if the name is probably something else."""
    if _SCRIPTED.fullmatch(part) or part in _LONG:
        return part
    if re.fullmatch(r"[a-z]{2}[-_][A-Za-z]{2}", part):
        return normal_language(part)
    return ""
