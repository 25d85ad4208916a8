import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.edition.wire import MAX_NUMBER, Cursor, number, string
from tamizdat.errors import Failure, FormatError


@given(st.integers(0, MAX_NUMBER))
def test_a_number_comes_back(value):
    cursor = Cursor(number(value), "test")
    assert cursor.number() == value
    cursor.end()


@given(st.text(max_size=40))
def test_a_string_comes_back(value):
    cursor = Cursor(string(value), "test")
    assert cursor.string(200, "text") == value
    cursor.end()


@pytest.mark.parametrize("value", [-1, MAX_NUMBER + 1])
def test_a_number_that_not_every_reader_can_count_is_not_written(value):
    with pytest.raises(FormatError) as refusal:
        number(value)
    assert refusal.value.failure is Failure.TOO_LARGE


@given(st.binary(max_size=12))
def test_only_the_shortest_form_of_a_number_is_read(data):
    cursor = Cursor(data, "test")
    try:
        value = cursor.number()
    except FormatError:
        return
    assert data.startswith(number(value))
    assert cursor.left == len(data) - len(number(value))


@pytest.mark.parametrize(
    ("spelling", "failure"),
    [
        (b"", Failure.MALFORMED),
        (b"\x80", Failure.MALFORMED),
        (b"\x80\x00", Failure.NONCANONICAL),
        (b"\x80" * 7 + b"\x10", Failure.TOO_LARGE),
        (b"\x80" * 8 + b"\x00", Failure.TOO_LARGE),
        (b"\x80" * 1_000_000 + b"\x01", Failure.TOO_LARGE),
    ],
)
def test_other_numbers_are_refused(spelling, failure):
    with pytest.raises(FormatError) as refusal:
        Cursor(spelling, "test").number()
    assert refusal.value.failure is failure


def test_an_error_names_format_and_place():
    cursor = Cursor(b"ab", "pack")
    cursor.take(1)
    with pytest.raises(FormatError, match=r"pack: needs 9 more bytes, has 1, at byte 1 \(malformed\)"):
        cursor.take(9)


@pytest.mark.parametrize(
    ("found", "failure"),
    [
        (b"", Failure.MALFORMED),
        (b"TZP", Failure.MALFORMED),
        (b"TZH\x01", Failure.MALFORMED),
        (b"TZP\x02", Failure.UNSUPPORTED),
    ],
)
def test_the_first_four_bytes_tell_another_format_from_another_version(found, failure):
    with pytest.raises(FormatError) as refusal:
        Cursor(found, "test").magic(b"TZP\x01")
    assert refusal.value.failure is failure
