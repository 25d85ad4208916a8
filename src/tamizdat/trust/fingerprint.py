"""The fingerprint of a publication: the one thing a reader must have from a source that it trusts.

It is the SHA-256 of the first root file, written as 64 hexadecimal digits or as nine words. Eight words carry its
first 128 bits, 16 bits a word as consonant-vowel-consonant-vowel-consonant: "proquints" (D. S. Wilkerson, "A
Proposal for Proquints", arXiv:0901.4016). The ninth is a check word over the other eight, so that a slip of the hand
is told apart from a mirror that lies.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from tuf.api.metadata import Root

from tamizdat.errors import Failure, TrustError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.trust.envelope import check_signed_by, open_signed
from tamizdat.trust.roles import ROOT

_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"
_CHECK_DOMAIN: Final = b"tamizdat-fingerprint-words-v1\0"
_FULL_BYTES: Final = 32
_WORD_BYTES: Final = 16
_WORDS: Final = 9
_WORD: Final = re.compile(f"[{_CONSONANTS}][{_VOWELS}][{_CONSONANTS}][{_VOWELS}][{_CONSONANTS}]")


def fingerprint(first_root: bytes) -> str:
    """64 hexadecimal digits: SHA-256 of the bytes of the first root file."""
    return hashlib.sha256(first_root).hexdigest()


def to_words(digits: str) -> str:
    """The fingerprint as nine words joined by ``-``. Raises UsageError if ``digits`` are not 64 hexadecimal digits."""
    return _spell(Anchor.parse(digits).digest[:_WORD_BYTES])


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a reader knows of the first root beforehand: its whole SHA-256 (32 bytes) or the first 16 bytes of it."""

    digest: bytes

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Read what a person typed or pasted: 64 hexadecimal digits or nine words, in any case and spacing.

        Raises UsageError with what is wrong about it.
        """
        digits = re.sub(r"[\s:]", "", text).lower()
        if re.fullmatch(f"[0-9a-f]{{{2 * _FULL_BYTES}}}", digits):
            return cls(bytes.fromhex(digits))
        if re.search("[0-9]", text):
            raise UsageError("a fingerprint has 64 hexadecimal digits or nine words; this has neither")
        return cls(_unspell(re.split(r"[\s-]+", text.lower().strip(" \t\r\n-"))))

    @classmethod
    def of_root(cls, data: bytes) -> "Anchor":
        """The anchor that a trusted copy of the first root file is. Raises UsageError if it is no such file."""
        try:
            file = open_signed(Root, data, what=ROOT, max_bytes=LIMITS.max_root_bytes)
            check_signed_by(file.signed, ROOT, file, what=ROOT)
        except TrustError as error:
            raise UsageError(f"this is no root file: {error.detail}") from error
        if file.signed.version != 1:
            raise UsageError(f"this is root file {file.signed.version}; the fingerprint is that of the first one")
        return cls(hashlib.sha256(data).digest())

    def matches(self, root: bytes) -> bool:
        """Whether ``root`` is the first root file that this anchor names."""
        return hashlib.sha256(root).digest().startswith(self.digest)

    def check(self, root: bytes) -> None:
        """Refuse a first root that is not the one named. Raises TrustError WRONG_HASH."""
        if not self.matches(root):
            raise TrustError(Failure.WRONG_HASH, "this is another publication, or a forgery", what="1.root.json")


def _spell(half: bytes) -> str:
    data = half + _check(half)
    return "-".join(_word(int.from_bytes(data[at : at + 2])) for at in range(0, len(data), 2))


def _unspell(words: list[str]) -> bytes:
    if len(words) != _WORDS:
        raise UsageError(f"a fingerprint has {_WORDS} words (or 64 hexadecimal digits); this has {len(words)}")
    for place, word in enumerate(words, 1):
        if not _WORD.fullmatch(word):
            raise UsageError(f"you mistyped word {place}: {word[:20]!r} is none of ours")
    data = b"".join(_number(word).to_bytes(2) for word in words)
    if _check(data[:_WORD_BYTES]) != data[_WORD_BYTES:]:
        raise UsageError("you mistyped one of the words: they do not fit the check word (nothing was fetched yet)")
    return data[:_WORD_BYTES]


def _check(half: bytes) -> bytes:
    return hashlib.sha256(_CHECK_DOMAIN + half).digest()[:2]


def _word(number: int) -> str:
    places = ((_CONSONANTS, 12), (_VOWELS, 10), (_CONSONANTS, 6), (_VOWELS, 4), (_CONSONANTS, 0))
    return "".join(letters[number >> shift & len(letters) - 1] for letters, shift in places)


def _number(word: str) -> int:
    number = 0
    for letter in word:
        vowel = letter in _VOWELS
        number = number << (2 if vowel else 4) | (_VOWELS if vowel else _CONSONANTS).index(letter)
    return number
