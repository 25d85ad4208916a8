"""Word for word: what two texts have in common, what went and what came, however long they are."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.newsroom.corrections.differences import compared
from tamizdat.newsroom.corrections.matching import common

WORDS = 8_000
MOST_SECONDS = 0.3
LITTLE = ["the", "of", "and", "to", "a", "in", "that", "is", "was", "he"]


def told(old, new):
    return [(each.kind, each.text) for each in compared(old, new)]


def usual_length(old, new):
    """Of the longest common subsequence, the slow way that every book has."""
    row = [0] * (len(new) + 1)
    for a in old:
        above = row[:]
        for at, b in enumerate(new, 1):
            row[at] = above[at - 1] + 1 if a == b else max(above[at], row[at - 1])
    return row[-1]


@given(st.text("abcd", max_size=40), st.text("abcd", max_size=40))
@settings(deadline=None)
def test_what_is_in_common_is_as_long_as_can_be(old, new):
    pairs = common(old, new)
    assert all(old[a] == new[b] for a, b in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
    assert len(pairs) == usual_length(old, new)


@given(st.text("ab ,\n\u200cд", max_size=60), st.text("ab ,\n\u200cд", max_size=60))
@settings(deadline=None)
def test_no_letter_is_lost_and_none_is_invented(old, new):
    pieces = told(old, new)
    assert "".join(text for kind, text in pieces if kind != "new") == old
    assert "".join(text for kind, text in pieces if kind != "gone") == new
    assert all(text for _, text in pieces)
    assert all(kind == "same" for kind, _ in pieces) == (old == new)


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("at eight.", "at nine.", [("same", "at "), ("gone", "eight"), ("new", "nine"), ("same", ".")]),
        ("at eight", "at eight, daily", [("same", "at eight"), ("new", ", daily")]),
        ("a b", "a  b", [("same", "a"), ("gone", " "), ("new", "  "), ("same", "b")]),
        # Of a sentence that is another, nobody wants to know that it has an "at", too.
        ("The ferry sails at eight", "A boat leaves at nine",
         [("gone", "The ferry sails at eight"), ("new", "A boat leaves at nine")]),
        # A vowel sign and a non-joiner stand inside of words.
        ("می\u200cرود", "می\u200cروم", [("gone", "می\u200cرود"), ("new", "می\u200cروم")]),
        ("كِتاب قديم", "كِتاب جديد", [("same", "كِتاب "), ("gone", "قديم"), ("new", "جديد")]),
        # Paragraphs stay with what they became.
        ("It rains.\nThe ferry sails at eight.\nBring bread.", "The ferry sails at nine.\nBring bread.",
         [("gone", "It rains.\n"), ("same", "The ferry sails at "), ("gone", "eight"), ("new", "nine"),
          ("same", ".\nBring bread.")]),
    ],
)  # fmt: skip
def test_changes_read_as_somebody_would_tell_them(old, new, pieces):
    assert told(old, new) == pieces


def long_text(seed, per_paragraph):
    pick = random.Random(seed)
    words = [pick.choice(LITTLE) if pick.random() < 0.45 else f"w{pick.randrange(5_000)}," for _ in range(WORDS)]
    return "\n".join(" ".join(words[at : at + per_paragraph]) for at in range(0, WORDS, per_paragraph))


def seconds(old, new):
    """Of three times the shortest: others use the machine, too."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        pieces = compared(old, new)
        taken.append(time.process_time() - began)
    return min(taken), pieces


@pytest.mark.parametrize("per_paragraph", [8, 80, WORDS])
def test_a_long_story_of_which_every_word_changed_is_compared_at_once(per_paragraph):
    old, new = long_text(1, per_paragraph), long_text(2, per_paragraph)
    taken, pieces = seconds(old, new)
    assert taken < MOST_SECONDS
    assert "".join(each.text for each in pieces if each.kind != "gone") == new


def test_changes_all_over_a_long_story_stay_readable_and_quick():
    pick = random.Random(3)
    old = long_text(1, 80)
    lines = [line.split(" ") for line in old.split("\n")]
    new = "\n".join(" ".join("other" if pick.random() < 0.05 else word for word in line) for line in lines)
    taken, pieces = seconds(old, new)
    assert taken < MOST_SECONDS
    kept = sum(len(each.text) for each in pieces if each.kind == "same")
    assert kept > 0.85 * len(old)
