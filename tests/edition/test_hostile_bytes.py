"""What an enemy could feed every parser: our own error class, in bounded time and memory, and nothing else."""

import contextlib
import tracemalloc
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edition.hostile import damaged
from strategies import records, stories
from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.edition.codepage import decode_text, encode_text, page_for
from tamizdat.edition.head import Head, SignedHead, read_signed_head
from tamizdat.edition.index import (
    FrontEntry,
    Index,
    Segment,
    ShelfRef,
    index_to_bytes,
    read_index,
    read_shelf,
    shelf_to_bytes,
)
from tamizdat.edition.merkle import leaf_hash, node_hash, proof_of, root_from_proof, root_of
from tamizdat.edition.pack import Put, Removal, decode_pack, deflate, encode_pack, pack_name, pack_payload, seal_pack
from tamizdat.edition.wire import number
from tamizdat.errors import Failure, FormatError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.story import Paragraph, Story, rich

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DIGESTS = st.binary(min_size=32, max_size=32)
NUMBERS = st.integers(0, 2**53 - 1)


@st.composite
def heads(draw):
    head = Head(draw(st.sampled_from(["ru", "sr-Latn"])), draw(NUMBERS), NOON, draw(NUMBERS), draw(DIGESTS))
    signatures = draw(
        st.dictionaries(st.text("0123456789abcdef", max_size=8), st.binary(min_size=64, max_size=64), max_size=3)
    )
    return SignedHead(head.to_bytes(), tuple(sorted(signatures.items())))


@st.composite
def segment_lists(draw):
    found = set()
    for start, length, size, digest in draw(
        st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90), st.integers(0, 6_000_000), DIGESTS), max_size=8)
    ):
        found.add(Segment(start, start + length, size, digest if size else b""))
    unique = {(s.start, s.stop): s for s in found}
    return tuple(sorted(unique.values()))


@st.composite
def indexes(draw):
    names = st.text(max_size=20)
    return Index(
        head=draw(heads()),
        log_end=draw(st.integers(600, 2**53 - 1)),
        segments=draw(segment_lists()),
        shelf=draw(st.none() | st.builds(ShelfRef, NUMBERS, st.integers(0, 4_000_000), DIGESTS)),
        sections=tuple(draw(st.lists(st.tuples(names, names), max_size=3))),
        front=tuple(draw(st.lists(st.builds(FrontEntry, names, st.booleans()), max_size=3))),
        about=tuple(draw(st.lists(st.tuples(names, names), max_size=3))),
        reserved=tuple(
            sorted(draw(st.dictionaries(st.integers(0x80, 0xFF), st.binary(max_size=9), max_size=3)).items())
        ),
    )


@given(indexes())
def test_index_round_trip(index):
    assert read_index(index_to_bytes(index)) == index


@given(segment_lists())
def test_shelf_round_trip(segments):
    assert read_shelf(shelf_to_bytes(segments)) == segments


@given(records("ru"))
def test_pack_round_trip(kept):
    assert decode_pack(encode_pack(kept), "ru") == tuple(kept)


@given(st.text())
def test_code_page_round_trip(text):
    assert decode_text(encode_text(text, page_for(text))) == text


@given(st.text(), st.text())
def test_code_page_of_another_text_works_too(text, other):
    assert decode_text(encode_text(text, page_for(other))) == text


PARSERS = {
    "story": (stories().map(story_to_bytes), story_from_bytes),
    "pack": (records("ru").map(encode_pack), lambda data: decode_pack(data, "ru")),
    "payload": (st.text().map(lambda text: encode_text(text, page_for(text))), decode_text),
    "head": (heads().map(SignedHead.to_bytes), read_signed_head),
    "index": (indexes().map(index_to_bytes), read_index),
    "shelf": (segment_lists().map(shelf_to_bytes), read_shelf),
}


@pytest.mark.parametrize("kind", PARSERS)
@given(data=st.data())
def test_damaged_files_are_read_or_refused(kind, data):
    valid, read = PARSERS[kind]
    with contextlib.suppress(FormatError):
        read(data.draw(damaged(valid)))


@pytest.mark.parametrize("kind", PARSERS)
@given(garbage=st.binary(max_size=500))
def test_garbage_is_refused(kind, garbage):
    with contextlib.suppress(FormatError):
        PARSERS[kind][1](garbage)


@given(st.binary(max_size=2000))
def test_packs_with_any_payload(payload):
    with contextlib.suppress(FormatError):
        decode_pack(seal_pack(len(payload), deflate(payload)), "ru")


@given(st.text("igrhldbwP2QRAUOIMTWEc\x01\x02\x03\x04\x05\x1f\n Za1:-", max_size=300))
def test_lines_of_almost_stories(text):
    with contextlib.suppress(FormatError):
        story_from_bytes(b"ia\ngru\nhx\nd2026-11-23T12:00:00Z\n" + text.encode() + b"\n")


# --- bombs ---


def refused(read, data, failure):
    with pytest.raises(FormatError) as caught:
        read(data)
    assert caught.value.failure is failure


def test_a_bomb_costs_no_more_than_it_states():
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    stream = b"".join(bomb.compress(bytes(10_000_000)) for _ in range(30)) + bomb.flush()
    assert len(stream) < 400_000
    tracemalloc.start()
    refused(lambda data: decode_pack(data, "ru"), seal_pack(1000, stream), Failure.MALFORMED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


@pytest.mark.parametrize(
    ("read", "limit"),
    [
        (story_from_bytes, LIMITS.max_story_bytes),
        (lambda data: decode_pack(data, "ru"), LIMITS.max_pack_bytes),
        (read_index, LIMITS.max_index_bytes),
        (read_shelf, LIMITS.max_shelf_bytes),
    ],
)
def test_files_over_the_limit_are_not_even_looked_at(read, limit):
    refused(read, bytes(limit + 1), Failure.TOO_LARGE)


def test_too_many_records():
    text = f"x{'0' * 32}\n\n" * (LIMITS.max_pack_records + 1)
    payload = encode_text(text, page_for(text))
    refused(lambda data: decode_pack(data, "ru"), seal_pack(len(payload), deflate(payload)), Failure.TOO_LARGE)


def test_too_many_blocks_and_too_long_a_value():
    base = b"ia\ngru\nhx\nd2026-11-23T12:00:00Z\n"
    refused(story_from_bytes, base + b"Px\n" * (LIMITS.max_blocks + 1), Failure.TOO_LARGE)
    refused(story_from_bytes, base + b"P" + b"x" * (LIMITS.max_line_chars + 1) + b"\n", Failure.MALFORMED)


def test_story_inside_a_pack_is_bounded_too():
    story = "ia\ngru\nhx\nd2026-11-23T12:00:00Z\n" + "Pxxxxxxxxx\n" * 190_000 + "\n"
    payload = encode_text(story, page_for(story))
    refused(lambda data: decode_pack(data, "ru"), seal_pack(len(payload), deflate(payload)), Failure.TOO_LARGE)


def test_publishers_make_nothing_over_the_limits():
    long = Story("a", "ru", "x", NOON, tuple(Paragraph(rich("x" * 1000)) for _ in range(2100)))
    with pytest.raises(StoryError, match="limit"):
        story_to_bytes(long)
    with pytest.raises(FormatError, match="records"):
        pack_payload([Removal("0" * 32)] * (LIMITS.max_pack_records + 1))
    with pytest.raises(FormatError, match="inflated"):
        pack_payload([Put("a", b"x" * LIMITS.max_pack_raw_bytes + b"\n")])
    with pytest.raises(FormatError):
        number(-1)


# --- proofs ---


def recursive_root(leaves):
    """RFC 9162, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


@pytest.mark.parametrize("count", range(1, 41))
def test_every_leaf_of_every_tree_has_a_proof(count):
    leaves = [leaf_hash(bytes([value])) for value in range(count)]
    root = root_of(leaves)
    assert root == recursive_root(leaves)
    for position in range(count):
        proof = proof_of(leaves, position)
        assert root_from_proof(leaves[position], position, count, proof) == root
        if count > 1:
            assert (
                root_from_proof(leaves[position], position ^ 1 if position ^ 1 < count else position - 1, count, proof)
                != root
            )


@given(
    st.binary(min_size=32, max_size=32), st.integers(-2, 2**60), st.integers(-2, 2**60), st.lists(DIGESTS, max_size=70)
)
def test_any_proof_is_followed_or_refused(leaf, position, count, proof):
    with contextlib.suppress(FormatError):
        root_from_proof(leaf, position, count, proof)


def test_a_node_cannot_be_passed_off_as_a_story():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_signatures_count_by_key_not_by_id():
    signed = SignedHead(b"", (("a", bytes(64)), ("b", bytes(64)), ("c", bytes(64))))
    assert signed.signed_by(1, lambda keyid, _s, _m: "same" if keyid != "c" else None)
    assert not signed.signed_by(2, lambda keyid, _s, _m: "same" if keyid != "c" else None)
    assert signed.signed_by(2, lambda keyid, _s, _m: keyid if keyid != "c" else None)
    assert not signed.signed_by(0, lambda _k, _s, _m: None)


def test_a_pack_is_named_by_its_hash():
    assert pack_name(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.pack"
