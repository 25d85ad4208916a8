"""What differs from language to language, for press, command line, newsroom and web."""

from typing import Final

# Languages whose likely script runs from right to left (CLDR).
_RIGHT_TO_LEFT: Final = frozenset(
    {
        "ar",
        "arc",
        "azb",
        "ckb",
        "dv",
        "fa",
        "glk",
        "he",
        "khw",
        "ks",
        "lrc",
        "mzn",
        "nqo",
        "prs",
        "ps",
        "pnb",
        "sd",
        "ug",
        "ur",
        "yi",
    }
)
_RIGHT_TO_LEFT_SCRIPTS: Final = frozenset({"Adlm", "Arab", "Aran", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"})


def is_right_to_left(language: str) -> bool:
    """Whether a BCP 47 language is written from right to left; a script subtag decides if there is one (CLDR)."""
    first, *rest = language.split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    return script in _RIGHT_TO_LEFT_SCRIPTS if script else first in _RIGHT_TO_LEFT
