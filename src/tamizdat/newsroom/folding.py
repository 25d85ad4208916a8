"""Words as searches compare them: without case, diacritics, punctuation and second ways to write some Arabic letters.

A zero-width non-joiner parts a Persian word in two, and some people write it as one: such a word is found either way.
"""

import re
import unicodedata
from typing import Final

_JOINER: Final = "\u200c"
_ALIKE: Final = str.maketrans({
    "ي": "ی", "ى": "ی", "ې": "ی", "ك": "ک", "ة": "ه", "ە": "ه", "ھ": "ه", "ـ": "",
    _JOINER: " ", "\u200d": "", "\u200e": "", "\u200f": "", "\u00ad": "", "\0": " ",
})  # fmt: skip
_WORD: Final = re.compile(r"\w+")
_MOST_WORDS: Final = 100
_MOST_LETTERS: Final = 200
"""Somebody may paste a whole article where words are asked for."""
_JOINED: Final = re.compile(rf"\w+(?:{_JOINER}\w+)+")


class _Letters(dict[int, str | int]):
    """What a letter is compared as; of which there is one for each letter that was ever met."""

    def __missing__(self, code: int) -> str | int:
        letter = chr(code)
        value: str | int = code
        if unicodedata.category(letter).startswith("M"):
            value = ""
        elif letter.isdecimal():
            value = str(unicodedata.decimal(letter))
        self[code] = value
        return value


_LETTERS: Final = _Letters(_ALIKE)


def folded(text: str) -> str:
    """The words of ``text`` as they are compared, between spaces; nothing in them means anything to a database."""
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(_WORD.findall(letters.translate(_LETTERS)))


def asked_for(text: str) -> str:
    """The words of ``text`` that a search looks for: what is too much for a database is left out."""
    return " ".join(word[:_MOST_LETTERS] for word in folded(text).split()[:_MOST_WORDS])


def folded_for_index(text: str) -> str:
    """The same for what is searched: with the joined form of each word that a non-joiner parts behind it."""
    if _JOINER not in text:
        return folded(text)
    joined = " ".join(folded(word.replace(_JOINER, "")) for word in _JOINED.findall(text))
    return f"{folded(text)} {joined}".strip()


def spellings(word: str) -> frozenset[str]:
    """Ways in which a word may stand in a text that is stored as it was written, for databases that know no case."""
    ways = {word, word.casefold(), word.lower(), word.upper(), word[:1].upper() + word[1:].lower()}
    arabic = {way.translate(str.maketrans("یک", "يك")) for way in ways}
    persian = {way.translate(str.maketrans("يك", "یک")) for way in ways}
    return frozenset(ways | arabic | persian)
