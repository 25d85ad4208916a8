"""Serbian in its two scripts: Cyrillic to Latin is exact, so one catalogue and one story serve both.

The way back is not: "nj" is њ in "konj" and нј in "injekcija", and foreign names keep letters of their own. What
:func:`to_cyrillic` makes is to be read by a person. Nor are other pairs exact in either direction. Uzbek,
Kazakh, Azerbaijani, Tatar and Turkmen write loan words, soft signs and names by rules that need a dictionary, and
Crimean Tatar chooses letters by the vowels of the word: whoever wants those writes them.
"""

import re
from typing import Final

# In the order of the Cyrillic alphabet; lj, nj and dž are one letter each.
_CYRILLIC: Final = "абвгдђежзијклљмнњопрстћуфхцчџш"
_LATIN: Final = "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š"
# е and и with a grave accent tell words apart ("сѐ", "ѝ"); Unicode has them whole. Other accents are combining marks.
_LETTERS: Final = dict(zip(_CYRILLIC, _LATIN.split(), strict=True)) | {"ѐ": "è", "ѝ": "ì"}
_TABLE: Final = str.maketrans(_LETTERS | {cyrillic.upper(): latin.capitalize() for cyrillic, latin in _LETTERS.items()})
_DOUBLE: Final = re.compile("[ЉЊЏ]")
_MARKS: Final = "".join(map(chr, range(0x300, 0x370)))
_BACK: Final = {latin: cyrillic for cyrillic, latin in _LETTERS.items()}
_NO_JOIN: Final = "\u200c"
# Words in which two letters that look like one are two: by their beginnings, prefixes before them or not.
_APART: Final = re.compile(
    r"(?<=in)(?=jekc|jekt)|(?<=kon)(?=jug|junk|jekt)|(?<=tan)(?=jug)|(?<=van)(?=jezi[kč])|(?<=\bpan)(?=jeli)"
    r"|(?<=\bnad)(?=živ|žnj)|(?<=\bod)(?=živ|žal|žul)|(?<=\bpod)(?=žan|žup|žig)|(?<=\bpred)(?=živ|žet)",
    re.IGNORECASE,
)
# What is written as it is in any script: addresses, Roman numerals, words with a letter that Serbian lacks.
_KEPT: Final = re.compile(
    r"\S{1,99}://\S+|\S{1,99}@\S+|[@#]\w+|[\w-]{1,99}(?:\.[\w-]{1,99}){0,9}\.[a-zA-Z]{2,}\b"
    r"|\b(?:X{1,3}(?:IX|IV|V?I{0,3})|IX|IV|VI{1,3}|I{2,3})\b"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
_FOREIGN: Final = re.compile(r"[qwxy]|[^\W\d_a-zđžćčšèì\u0300-\u036f]", re.IGNORECASE)
_PAIRS: Final = re.compile(r"lj|nj|dž|[a-zđžćčšèì]", re.IGNORECASE)


def to_latin(text: str) -> str:
    """Serbian ``text`` in Latin letters. What is not Serbian Cyrillic stays as it is.

    Љ, Њ and Џ become two capitals where the word is in capitals: ЉУБАВ is LJUBAV, Љубав is Ljubav, Љ. is Lj.
    """
    return _DOUBLE.sub(_doubled, text).translate(_TABLE)


def _doubled(found: re.Match[str]) -> str:
    """The capital that was found, as two Latin letters in the case of the word around it."""
    before = found.string[max(0, found.start() - 8) : found.start()].rstrip(_MARKS)[-1:]
    after = found.string[found.end() : found.end() + 8].lstrip(_MARKS)[:1]
    neighbour = after if after.isalpha() else before
    latin = _TABLE[ord(found[0])]
    return latin.upper() if neighbour.isupper() else latin


def to_cyrillic(text: str) -> str:
    """Serbian ``text`` in Cyrillic letters, for a person to check: names in other languages need one.

    Addresses, Roman numerals and words with letters that Serbian lacks stay as they are.
    """
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_cyrillic(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join((*parts, _cyrillic(text[end:])))


def _cyrillic(text: str) -> str:
    return _WORD.sub(lambda word: word[0] if _FOREIGN.search(word[0]) else _word(word[0]), text)


def _word(word: str) -> str:
    return _PAIRS.sub(_letter, _APART.sub(_NO_JOIN, word)).replace(_NO_JOIN, "")


def _letter(found: re.Match[str]) -> str:
    cyrillic = _BACK[found[0].lower()]
    return cyrillic.upper() if found[0][0].isupper() else cyrillic
