"""Serbian in its two scripts: Cyrillic to Latin is exact, so one catalogue and one story serve both.

The way back is not: "nj" is њ in "konj" and нј in "injekcija". Nor are other pairs exact in either direction. Uzbek,
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
