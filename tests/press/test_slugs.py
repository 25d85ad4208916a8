"""Addresses of sections and topics: readable, safe, and never shared."""

import hashlib
import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from strategies import story_ids, texts
from tamizdat.press.slugs import _FROM, _TO, MAX_SLUG_CHARS, id_slug, slug

SAFE = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
NEAR = st.text("aAbB -_.äаб0f", max_size=8)
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
        ("a" * 61, "a" * 39),
        # A letter without a counterpart is a gap, so that a Unicode that knows its capital changes nothing.
        ("aƛb", "a_b"),
    ],
)
def test_other_texts_can_be_read_and_carry_a_fingerprint(text, begins):
    digest = hashlib.sha256(text.encode()).hexdigest()[:20]
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


@given(st.lists(ANY, unique=True))
def test_many_texts_have_as_many_slugs(some):
    assert len({slug(text) for text in some}) == len(some)


# --- ids of stories -----------------------------------------------------------------------------------------------

NEAR_IDS = st.from_regex(r"[aAbB0](?:[aAbB0.~_-]|-[0-9a-f]{20})*", fullmatch=True).filter(lambda text: len(text) <= 200)
IDS = story_ids() | NEAR_IDS


@pytest.mark.parametrize(
    "text", ["harbour-strike", "bbc.381790", "x", "2026", "a.b~c_d-e", "x-0123456789ab", "a" * 200]
)
def test_plain_ids_are_their_own_address(text):
    assert id_slug(text) == text


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("b1Xq", "b1xq"),
        ("CON", "con"),
        ("con", "con"),
        ("con.1", "con-1"),
        ("LPT1.old.txt", "lpt1-old-txt"),
        ("x-0123456789abcdef0123", "x-0123456789abcdef0123"),
        ("A" * 200, "a" * 179),
    ],
)
def test_other_ids_carry_a_fingerprint(text, begins):
    assert id_slug(text) == f"{begins}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


@given(IDS, IDS)
@example("abc", "Abc")
@example("con.x", "con-x")
@example("Abc", f"abc-{hashlib.sha256(b'Abc').hexdigest()[:20]}")
def test_different_ids_have_different_addresses_without_capitals(one, other):
    assume(one != other)
    assert id_slug(one).casefold() != id_slug(other).casefold()


@given(IDS)
def test_an_address_of_an_id_is_as_safe_as_an_id(text):
    assert re.fullmatch(r"[a-z0-9][a-z0-9._~-]*", id_slug(text))
    assert len(id_slug(text)) <= 200
    assert id_slug(text).partition(".")[0] not in {"con", "nul", "aux", "prn", "com1", "lpt9"}


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
