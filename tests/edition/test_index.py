import pytest
from hypothesis import given
from hypothesis import strategies as st

from edition.hostile import damaged
from edition.test_head import BODY, signed_heads
from edition.test_ways_in import ways
from strategies import story_ids, texts
from tamizdat.edition.head import SignedHead
from tamizdat.edition.index import (
    INDEX_MAGIC,
    SHELF_MAGIC,
    FrontEntry,
    Index,
    Section,
    Segment,
    ShelfRef,
    index_to_bytes,
    read_index,
    read_shelf,
    shelf_to_bytes,
)
from tamizdat.edition.ways_in import WayIn, ways_in_to_bytes
from tamizdat.edition.wire import MAX_NUMBER, number, string
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS

HEAD = SignedHead(BODY, (("a", bytes(64)),))
DIGESTS = st.binary(min_size=32, max_size=32)


@st.composite
def segment_lists(draw: st.DrawFn, end: int = 2**40) -> tuple[Segment, ...]:
    """Segments as an index may list them."""
    found: dict[tuple[int, int], Segment] = {}
    for start, stop in draw(st.lists(st.tuples(st.integers(0, end), st.integers(0, end)), max_size=8)):
        low, high = min(start, stop), max(start, stop)
        size = draw(st.integers(0, LIMITS.max_pack_bytes))
        if low < high:
            found[low, high] = Segment(low, high, size, draw(DIGESTS) if size else b"")
    return tuple(sorted(found.values()))


def indexes() -> st.SearchStrategy[Index]:
    pairs = st.lists(st.tuples(texts(), texts()), max_size=3).map(
        lambda found: tuple(pair for pair in found if max(len(part.encode()) for part in pair) <= 1000)
    )
    return st.builds(
        Index,
        head=signed_heads(),
        log_end=st.just(2**40),
        segments=segment_lists(),
        shelf=st.none() | st.builds(ShelfRef, st.integers(0, 2**40), st.integers(0, LIMITS.max_shelf_bytes), DIGESTS),
        sections=pairs,
        front=st.lists(st.builds(FrontEntry, story_ids(), st.booleans()), max_size=4).map(tuple),
        about=pairs,
        ways_in=st.just(()) | ways().map(lambda found: tuple(sorted(set(found)))),
        reserved=st.dictionaries(
            st.integers(0x80, 0xFF).filter(lambda kind: kind != Section.WAYS_IN), st.binary(max_size=40), max_size=3
        ).map(lambda found: tuple(sorted(found.items()))),
    )


@given(indexes())
def test_an_index_comes_back(index):
    assert read_index(index_to_bytes(index)) == index


@given(segment_lists(MAX_NUMBER))
def test_a_shelf_comes_back(segments):
    assert read_shelf(shelf_to_bytes(segments)) == segments
    assert shelf_to_bytes(reversed(segments)) == shelf_to_bytes(segments)


@given(st.binary(max_size=200) | damaged(indexes().map(index_to_bytes)))
def test_other_bytes_give_our_own_refusal_or_an_index_in_its_one_spelling(data):
    try:
        index = read_index(data)
    except FormatError:
        return
    assert index_to_bytes(index) == data


@given(st.binary(max_size=200) | damaged(segment_lists(MAX_NUMBER).map(shelf_to_bytes)))
def test_other_bytes_give_our_own_refusal_or_a_shelf_in_its_one_spelling(data):
    try:
        segments = read_shelf(data)
    except FormatError:
        return
    assert shelf_to_bytes(segments) == data


# --- Later versions ---


def sections(*parts: tuple[int, bytes]) -> bytes:
    return INDEX_MAGIC + b"".join(bytes([kind]) + number(len(part)) + part for kind, part in parts)


def listed(*segments: tuple[int, int, int]) -> bytes:
    """The content of a list of segments; packs have a digest of zeros."""
    parts = [number(a) + number(b) + number(size) + bytes(32 if size else 0) for a, b, size in segments]
    return number(len(parts)) + b"".join(parts)


def index_of(*more: tuple[int, bytes], log: bytes = number(9) + listed((0, 9, 5))) -> bytes:
    return sections((Section.HEAD, HEAD.to_bytes()), (Section.SEGMENTS, log), *more)


def test_web_mirrors_are_the_ways_in_that_this_version_knows():
    mirrors = (WayIn.web("https://a.example/"), WayIn.web("https://b.example/"), WayIn(7, b"x"))
    index = read_index(index_of((Section.WAYS_IN, ways_in_to_bytes(mirrors)), (0x90, b"")))
    assert index.ways_in == mirrors
    assert index.web_mirrors == ("https://a.example/", "https://b.example/")
    assert index.reserved == ((0x90, b""),)
    assert refusal_of(index_of((Section.WAYS_IN, ways_in_to_bytes(mirrors) + b"x"))) is Failure.MALFORMED


def test_an_unknown_section_that_may_be_skipped_is_kept_and_means_nothing():
    index = read_index(index_of((0x80, b""), (0x90, b"of a later version"), (0xFF, b"\xff")))
    assert index.reserved == ((0x80, b""), (0x90, b"of a later version"), (0xFF, b"\xff"))
    assert index.segments == (Segment(0, 9, 5, bytes(32)),)


@pytest.mark.parametrize("kind", [0, 7, 0x7F])
def test_an_unknown_section_that_is_critical_is_refused(kind):
    data = index_of((kind, b"")) if kind else sections((0, b""))
    assert refusal_of(data) is Failure.UNSUPPORTED


# --- Refusals ---


def refusal_of(data: bytes) -> Failure:
    with pytest.raises(FormatError) as refusal:
        read_index(data)
    return refusal.value.failure


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", Failure.MALFORMED),
        (b"TZS" + index_of()[3:], Failure.MALFORMED),
        (b"TZI\x02" + index_of()[4:], Failure.UNSUPPORTED),
        (INDEX_MAGIC, Failure.MALFORMED),
        (sections((Section.HEAD, HEAD.to_bytes())), Failure.MALFORMED),
        (sections((Section.SEGMENTS, b"\0\0")), Failure.MALFORMED),
        (sections((Section.SEGMENTS, b"\0\0"), (Section.HEAD, HEAD.to_bytes())), Failure.NONCANONICAL),
        (index_of((0x90, b""), (0x90, b"")), Failure.NONCANONICAL),
        (index_of()[:-1], Failure.MALFORMED),
        (index_of() + b"\x90", Failure.MALFORMED),
        (index_of() + b"\x90" + number(LIMITS.max_index_bytes + 1), Failure.TOO_LARGE),
        (index_of(log=number(9) + listed((0, 0, 0))), Failure.MALFORMED),
        (index_of(log=number(9) + listed((0, 10, 0))), Failure.MALFORMED),
        (index_of(log=number(9) + listed((MAX_NUMBER, MAX_NUMBER, 0))), Failure.MALFORMED),
        (index_of(log=number(9) + listed((1, 2, 0), (0, 2, 0))), Failure.NONCANONICAL),
        (index_of(log=number(9) + listed((0, 2, 0), (0, 2, 5))), Failure.NONCANONICAL),
        (index_of(log=number(9) + listed((0, 3, 0), (0, 2, 0))), Failure.NONCANONICAL),
        (index_of(log=number(9) + listed((0, 2, LIMITS.max_pack_bytes + 1))), Failure.TOO_LARGE),
        (index_of(log=number(9) + number(LIMITS.max_segments + 1)), Failure.TOO_LARGE),
        (index_of(log=number(9) + listed() + b"\0"), Failure.MALFORMED),
        (index_of((Section.SHELF, number(1) + number(2) + bytes(31))), Failure.MALFORMED),
        (index_of((Section.SHELF, number(1) + number(2) + bytes(33))), Failure.MALFORMED),
        (index_of((Section.SHELF, number(1) + number(LIMITS.max_shelf_bytes + 1) + bytes(32))), Failure.TOO_LARGE),
        (index_of((Section.SECTIONS, number(0))), Failure.NONCANONICAL),
        (index_of((Section.FRONT, number(0))), Failure.NONCANONICAL),
        (index_of((Section.ABOUT, number(0))), Failure.NONCANONICAL),
        (index_of((Section.SECTIONS, number(LIMITS.max_sections + 1))), Failure.TOO_LARGE),
        (index_of((Section.SECTIONS, number(1) + string("a" * 1001) + string("b"))), Failure.TOO_LARGE),
        (index_of((Section.ABOUT, number(1) + b"\x01\xff" + string("b"))), Failure.MALFORMED),
        (index_of((Section.ABOUT, number(1) + string("a") + string("b") + b"\0")), Failure.MALFORMED),
        (index_of((Section.FRONT, number(LIMITS.max_front_entries + 1))), Failure.TOO_LARGE),
        (index_of((Section.FRONT, number(1) + b"\x02" + string("a"))), Failure.UNSUPPORTED),
        (index_of((Section.FRONT, number(1) + b"\x01" + string("a" * 201))), Failure.TOO_LARGE),
        (sections((Section.HEAD, HEAD.to_bytes() + b"\0"), (Section.SEGMENTS, b"\0\0")), Failure.MALFORMED),
        (index_of((0x90, bytes(LIMITS.max_index_bytes - 300))) + bytes(300), Failure.TOO_LARGE),
    ],
)
def test_what_an_index_may_not_be_is_refused(data, failure):
    assert refusal_of(data) is failure


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (bytes(LIMITS.max_shelf_bytes + 1), Failure.TOO_LARGE),
        (INDEX_MAGIC + listed(), Failure.MALFORMED),
        (b"TZS\x02" + listed(), Failure.UNSUPPORTED),
        (SHELF_MAGIC + listed() + b"\0", Failure.MALFORMED),
        (SHELF_MAGIC + listed((MAX_NUMBER, 1, 0)), Failure.MALFORMED),
        (SHELF_MAGIC + number(LIMITS.max_segments + 1), Failure.TOO_LARGE),
    ],
)
def test_what_a_shelf_may_not_be_is_refused(data, failure):
    with pytest.raises(FormatError) as refusal:
        read_shelf(data)
    assert refusal.value.failure is failure
