"""Texts that are nearly the same: found by a fingerprint of their words, judged by the words themselves."""

import hashlib
import re
import struct
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"\w+")
_MAX_WORDS: Final = 1_500
_MIN_WORDS: Final = 25
"""Shorter ones are alike by chance."""
_SHINGLE: Final = 3
BANDS: Final = 4
ALIKE: Final = 0.7
"""Of all groups of three words that stand in either text, how many stand in both."""

Bands = tuple[int, int, int, int]


def shingles(text: str) -> frozenset[str]:
    """Groups of three words of the text's first 1,500; empty for a short text."""
    words: list[str] = []
    for found in _WORD.finditer(text):
        words.append(found[0].casefold())
        if len(words) == _MAX_WORDS:
            break
    if len(words) < _MIN_WORDS:
        return frozenset()
    return frozenset(" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))


def bands(groups: Iterable[str]) -> Bands | None:
    """Four least hashes of the groups, as signed 32-bit numbers; None for a short text.

    Two texts share each of them with the probability of their likeness (Broder, On the Resemblance and Containment of
    Documents, 1997): of texts that are alike to 0.7, one pair in a hundred shares none.
    """
    hashes = [_hashes(group) for group in groups]
    if not hashes:
        return None
    first, second, third, fourth = (min(column) for column in zip(*hashes, strict=True))
    return first, second, third, fourth


def _hashes(group: str) -> Bands:
    digest = hashlib.blake2b(group.encode("utf-8", "surrogatepass"), digest_size=4 * BANDS).digest()
    first, second, third, fourth = struct.unpack(">4i", digest)
    return first, second, third, fourth


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 (nothing in common) to 1 (the same groups of words)."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0
