import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edition.hostile import damaged
from strategies import texts
from tamizdat.edition.codepage import MAX_PAGE, decode_text, encode_text, page_for
from tamizdat.edition.wire import number
from tamizdat.errors import Failure, FormatError

UNICODE = st.text(st.characters(exclude_categories=("Cs",)), max_size=120)


def coded(text: str) -> bytes:
    return encode_text(text, page_for(text))


@given(UNICODE | texts())
@example("\xff\xfe\x00" * 2)
@example("".join(map(chr, range(0x400, 0x600))) * 2)
@example("\ud7ff\ue000\U0010ffff" * 2)
def test_text_comes_back(text):
    assert decode_text(coded(text)) == text


@given(UNICODE, st.sets(st.characters(exclude_categories=("Cs",)), max_size=MAX_PAGE))
def test_text_comes_back_through_any_page(text, page):
    assert decode_text(encode_text(text, "".join(sorted(page)))) == text


def test_the_page_holds_what_is_used_twice_and_the_most_frequent_first():
    assert page_for("бвабвг") == "бв"
    many = "".join(chr(0x4E00 + place) * (2 + place % 2) for place in range(400))
    page = page_for(many)
    assert len(page) == MAX_PAGE
    assert page == "".join(sorted(page))
    assert all(chr(0x4E00 + place) in page for place in range(1, 400, 2))
    assert [place for place in range(0, 400, 2) if chr(0x4E00 + place) in page] == list(range(0, 110, 2))


def test_a_letter_of_the_language_takes_one_byte():
    text = "выборы отложены " * 50
    assert len(coded(text)) < len(text) + 40


@given(st.binary(max_size=80))
@example(b"\x00\xff\xed\xa0\x80")
@example(b"\x00\xff\xf4\x90\x80\x80")
def test_bytes_of_any_kind_give_text_or_our_own_refusal(data):
    check(data)


@given(damaged(UNICODE.map(coded)))
def test_a_damaged_payload_gives_text_or_our_own_refusal(data):
    check(data)


def check(data: bytes) -> None:
    try:
        text = decode_text(data)
    except FormatError:
        return
    assert len(text) <= len(data)
    text.encode()  # no lone surrogate gets in


def run(gap: int, length: int) -> bytes:
    return number(gap) + number(length - 1)


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", Failure.MALFORMED),
        (number(1) + run(97, 1) + b"\x01", Failure.MALFORMED),
        (number(1) + run(97, 1) + b"\x00\xff", Failure.MALFORMED),
        (number(0) + b"\xff\xff", Failure.MALFORMED),
        (number(0) + b"\xff\xed\xa0\x80", Failure.MALFORMED),
        (number(0) + b"\xff\xc0\x80", Failure.MALFORMED),
        (number(1) + run(0xD7FF, 2), Failure.MALFORMED),
        (number(1) + run(0xDFFF, 1), Failure.MALFORMED),
        (number(1) + run(0x10FFFF, 2), Failure.MALFORMED),
        (number(1) + run(2**52, 1), Failure.MALFORMED),
        (number(2) + run(97, 1) + run(0, 1), Failure.NONCANONICAL),
        (number(1) + run(97, 256), Failure.TOO_LARGE),
        (number(2) + run(97, 200) + run(1, 56), Failure.TOO_LARGE),
        (number(256), Failure.TOO_LARGE),
    ],
)
def test_what_a_page_may_not_be_is_refused(data, failure):
    with pytest.raises(FormatError) as refusal:
        decode_text(data)
    assert refusal.value.failure is failure


@pytest.mark.parametrize("data", [number(1) + run(0xD7FF, 1) + b"\0", number(1) + run(0xE000, 1) + b"\0"])
def test_the_neighbours_of_the_surrogates_are_characters(data):
    assert len(decode_text(data)) == 1
