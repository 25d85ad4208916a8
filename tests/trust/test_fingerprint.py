"""The fingerprint: digits, words, root files, and what a slip of the hand gives."""

import contextlib
import hashlib

import pytest
from adversary import Newsroom, edit
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.errors import Failure, TrustError, UsageError
from tamizdat.trust.fingerprint import Anchor, fingerprint, to_words

ROOT = Newsroom().files["1.root.json"]
DIGITS = hashlib.sha256(ROOT).hexdigest()
ADDRESSES = bytes([127, 0, 0, 1, 63, 84, 220, 193, 63, 118, 7, 35, 140, 98, 193, 141])
WORDS = "lusab-babad-gutih-tugad-gutuk-bisog-mudof-sakat"
"""Four IPv4 addresses and their spelling, from the examples of the proquint paper."""


def test_fingerprint_is_the_hash_of_the_first_root_file():
    assert fingerprint(ROOT) == DIGITS


def test_words_are_proquints_and_a_check_word():
    check = hashlib.sha256(b"tamizdat-fingerprint-words-v1\0" + ADDRESSES).digest()[:2]
    last = to_words((check + bytes(30)).hex())[:5]
    assert to_words((ADDRESSES + bytes(16)).hex()) == f"{WORDS}-{last}"


@given(st.binary(min_size=32, max_size=32))
def test_words_and_digits_name_the_same_root(digest):
    words = Anchor.parse(to_words(digest.hex()))
    assert words.digest == digest[:16]
    assert Anchor.parse(digest.hex()).digest == digest


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        lambda text: text.replace("-", " "),
        lambda text: f"  {text.replace('-', ' -  ')}\n",
        lambda text: text.title(),
    ],
)
def test_words_are_read_as_people_write_them(spell):
    assert Anchor.parse(spell(to_words(DIGITS))).matches(ROOT)


@pytest.mark.parametrize(
    "spell",
    [str.upper, lambda text: " ".join(text[at : at + 4] for at in range(0, 64, 4)), ":".join],
)
def test_digits_are_read_as_people_write_them(spell):
    assert Anchor.parse(spell(DIGITS)).matches(ROOT)


def test_an_anchor_matches_nothing_else():
    for anchor in (Anchor.parse(DIGITS), Anchor.parse(to_words(DIGITS)), Anchor.of_root(ROOT)):
        assert anchor.matches(ROOT)
        assert not anchor.matches(ROOT + b"\n")
        anchor.check(ROOT)
        with pytest.raises(TrustError) as refused:
            anchor.check(ROOT + b"\n")
        assert refused.value.failure is Failure.WRONG_HASH


def test_digits_must_match_to_the_last():
    other = DIGITS[:63] + ("0" if DIGITS[63] != "0" else "1")
    assert not Anchor.parse(other).matches(ROOT)


@given(st.data())
def test_any_one_wrong_word_is_a_slip_of_the_hand(data):
    words = to_words(DIGITS).split("-")
    place = data.draw(st.integers(0, 8))
    other = to_words(data.draw(st.binary(min_size=32, max_size=32)).hex()).split("-")[0]
    if other == words[place]:
        return
    words[place] = other
    # A check word of 16 bits lets one slip in 65,536 through; then no root matches.
    with contextlib.suppress(UsageError):
        assert not Anchor.parse("-".join(words)).matches(ROOT)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "9 words"),
        ("lusab", "9 words"),
        ("lusab " * 10, "9 words"),
        ("lusab " * 8 + "lusax", "word 9"),
        ("lusab " * 8 + "lusabb", "word 9"),
        ("lusab " * 9, "one of the words"),
        (DIGITS[:-1], "64 hexadecimal digits or nine words"),
        (DIGITS + "0", "64 hexadecimal digits or nine words"),
    ],
    # The digits are made anew in every process; the names of tests must not be.
    ids=["nothing", "one", "ten", "bad letter", "long word", "wrong check word", "short digits", "long digits"],
)
def test_what_is_no_fingerprint_is_told_apart(text, says):
    with pytest.raises(UsageError, match=says):
        Anchor.parse(text)


@given(st.text())
def test_any_text_is_an_anchor_or_a_usage_error(text):
    with contextlib.suppress(UsageError):
        assert len(Anchor.parse(text).digest) in {16, 32}


def test_a_root_file_is_an_anchor_only_if_it_is_the_first_and_signed():
    newsroom = Newsroom()
    newsroom.publish("root")
    with pytest.raises(UsageError, match="root file 2"):
        Anchor.of_root(newsroom.files["2.root.json"])
    unsigned = edit(ROOT, lambda found: found["signatures"].pop())
    for data in (b"", newsroom.file("timestamp"), edit(unsigned, lambda found: found["signatures"].pop())):
        with pytest.raises(UsageError, match="no root file"):
            Anchor.of_root(data)
