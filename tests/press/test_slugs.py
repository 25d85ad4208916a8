"""Addresses of sections and topics: readable, safe, and never shared."""

import hashlib
import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from strategies import texts
from tamizdat.press.slugs import _FROM, _TO, MAX_SLUG_CHARS, slug, slugs

SAFE = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
NEAR = st.text("aAbB -_.äаб0f", max_size=8)
# Found by a million and a half tries: their fingerprints begin with the same ten digits.
COLLIDING = ("Vote!!??!??!??!!!??!???!??", "Vote!?!???!?!?!?!!!??!??!!")
ANY = texts() | NEAR | st.text() | st.text("ab -", min_size=50, max_size=90)


@pytest.mark.parametrize("text", ["press freedom", "human-rights", "elections 2026", "a", "covid-19", "a" * 60])
def test_plain_lower_case_words_are_their_own_address(text):
    assert slug(text) == text.replace(" ", "_")


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Press Freedom", "press_freedom"),
        ("Свобода прессы", "svoboda_pressy"),
        ("Об'єднання", "obyednannya"),
        ("ГӀалин талламаша", "galin_tallamasha"),
        ("Ұлттық қауіпсіздік", "ulttyq_qauipsizdik"),
        ("შორეული ნაპირი", "shoreuli_napiri"),
        ("Հեռավոր ափը", "heravor_apy"),
        ("Լուրեր", "lurer"),
        ("می‌خواهیم", "mykhvahym"),
        ("لرې ساحل", "lre_sahl"),
        ("سال ۱۴۰۵", "sal_1405"),
        ("Țărmul îndepărtat", "tarmul_indepartat"),
        ("İş taşlav, ığ", "is_taslav_ig"),
        ("Əsas xəbərlər", "esas_xeberler"),
        ("Việt Nam", "viet_nam"),
        ("rock 'n' roll!", "rock_n_roll"),
        ("🗳", "x"),
        ("", "x"),
        ("हिन्दी", "x"),
        ("con", "con"),
        ("lpt1", "lpt1"),
        ("a" * 61, "a" * 49),
        # A letter without a counterpart is a gap, so that a Unicode that knows its capital changes nothing.
        ("aƛb", "a_b"),
    ],
)
def test_other_texts_can_be_read_and_carry_a_fingerprint(text, begins):
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    assert slug(text) == f"{begins}-{digest}"


@given(ANY)
def test_a_slug_is_a_safe_part_of_any_address(text):
    assert SAFE.fullmatch(slug(text))
    assert len(slug(text)) <= MAX_SLUG_CHARS
    assert slug(text) not in {"con", "nul", "aux", "prn", "com1", "lpt9"}


@given(ANY, ANY)
@example("press freedom", "press_freedom")
@example("press freedom", "press-freedom")
@example("press freedom", "Press freedom")
@example("\ud800", "\udc00")
def test_different_texts_have_different_slugs(one, other):
    assume(one != other)
    assert slug(one) != slug(other)


@given(ANY)
def test_nobody_can_name_a_topic_like_anothers_address(text):
    taken = slug(text)
    for other in {taken, taken.replace("_", " ")} - {text}:
        assert slug(other) != taken


@given(st.lists(ANY), st.lists(ANY))
def test_what_else_is_there_and_in_which_order_does_not_matter(some, more):
    before = slugs(some)
    after = slugs([*more, *reversed(some)])
    assert before.items() <= after.items()
    assert before == {text: slug(text) for text in some}
    assert list(before) == sorted(before)


def test_texts_made_to_collide_still_differ():
    one, other = COLLIDING
    assert slug(one) == slug(other)
    both = slugs(["politics", other, one])
    assert both.items() <= slugs([one, "Власть", other, "politics"]).items()
    assert len(set(both.values())) == 3
    for text in COLLIDING:
        assert both[text] == f"vote-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
        assert slugs([text]) == {text: slug(text)}


def test_the_tables_hold_single_composed_letters():
    letters = _FROM.split()
    assert all(len(letter) == 1 and unicodedata.normalize("NFC", letter) == letter for letter in letters)
    assert all(letter == letter.lower() for letter in letters)
    assert len(set(letters)) == len(letters)
    assert all(re.fullmatch(r"[a-z0-9]+|-", part) for part in _TO.split())


@given(st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x6FF)))
def test_composed_and_decomposed_spellings_read_alike(text):
    def readable(spelling):
        return slug(spelling + "!").rpartition("-")[0]

    assert readable(unicodedata.normalize("NFC", text)) == readable(unicodedata.normalize("NFD", text))
