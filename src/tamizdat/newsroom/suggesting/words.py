"""The words of pieces: as plain text, as hashes by which they are found again, and in another script."""

import html
import re
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from tamizdat.newsroom.translating.fields import LINE

DIGEST_CHARS: Final = 32
_BREAKS: Final = re.compile(r"</(?:li|p)>|<br ?/?>")
_TAGS: Final = re.compile(r"<[a-zA-Z/][^<>]*>")
# Scripts that write no spaces between words: there each letter counts as one.
_WORD: Final = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)

_SENTENCE: Final = re.compile(r""".+?(?:[.!?…؟۔।።]+["'»”’)\]]*(?=\s|$)|[。！？]+["'」』”’)]*|$)""")


def plain(piece: str, kind: str) -> str:
    """A piece's words alone, in one line."""
    text = piece if kind == LINE else html.unescape(_TAGS.sub("", _BREAKS.sub(" ", piece)))
    return " ".join(unicodedata.normalize("NFC", text).split())


def sentences(text: str) -> list[str]:
    """The sentences of plain words: good enough to know them again in another paragraph."""
    return [found[0].strip() for found in _SENTENCE.finditer(text) if found[0].strip()]


def digest(text: str) -> str:
    """A hash of plain words."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]


def words_of(text: str) -> list[str]:
    """The words of a plain text, in small letters."""
    return [found[0].casefold() for found in _WORD.finditer(text)]


def spans_of(text: str) -> list[tuple[str, int, int]]:
    """The words of a plain text as they are written, and where they begin and end."""
    return [(found[0], found.start(), found.end()) for found in _WORD.finditer(text)]


def in_script(piece: str, kind: str, change: Callable[[str], str]) -> str:
    """A piece with ``change`` made to its words, and to none of its marks."""
    if kind == LINE:
        return change(piece)
    parts, end = [], 0
    for tag in _TAGS.finditer(piece):
        parts += [change(piece[end : tag.start()]), tag[0]]
        end = tag.end()
    return "".join((*parts, change(piece[end:])))
