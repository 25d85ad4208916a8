"""Pieces that are nearly the same: found by traces (the least hashes of their pairs of words), judged word by word.

Two pieces share a trace with a probability that grows with what they have in common (Broder, On the Resemblance and
Containment of Documents, 1997): of those that share half of their pairs of words, one in 250 shares none of eight.
"""

import hashlib
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from tamizdat.newsroom.suggesting.words import words_of

TRACES: Final = 8
ALIKE: Final = 60
"""Per cent; below, people are faster without."""
_MOST_WORDS: Final = 400


def traces(text: str) -> frozenset[int]:
    """At most :data:`TRACES` signed 32-bit numbers for a plain text; none for one without words."""
    words = words_of(text)[:_MOST_WORDS]
    pairs = {" ".join(each) for each in pairwise(words)} or set(words)
    return frozenset(sorted(map(_hash, pairs))[:TRACES])


def _hash(words: str) -> int:
    found = hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(found, signed=True)


def percent(one: Sequence[str], other: Sequence[str]) -> int:
    """How much two lists of words have in common: from 0 to 99, since equal texts are found otherwise."""
    matcher = SequenceMatcher(None, one[:_MOST_WORDS], other[:_MOST_WORDS], autojunk=False)
    if matcher.real_quick_ratio() * 100 < ALIKE or matcher.quick_ratio() * 100 < ALIKE:
        return 0
    return min(99, int(matcher.ratio() * 100))


def best(wanted: Sequence[str], candidates: Iterable[tuple[int, Sequence[str]]], most: int) -> list[tuple[int, int]]:
    """The candidates (numbers and their words) that are alike enough: number and per cent, the nearest first."""
    found = [(percent(words, wanted), number) for number, words in candidates]
    return [(number, each) for each, number in sorted(found, reverse=True) if each >= ALIKE][:most]
