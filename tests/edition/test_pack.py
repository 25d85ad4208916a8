import hashlib
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edition.hostile import damaged
from strategies import records
from tamizdat.edition.codepage import encode_text, page_for
from tamizdat.edition.pack import (
    MAGIC,
    Put,
    Removal,
    check_edition_weight,
    decode_pack,
    deflate,
    encode_pack,
    pack_name,
    pack_payload,
    removal_key,
    seal_pack,
    weight_of,
    weight_of_all,
)
from tamizdat.edition.wire import number
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS
from tamizdat.publisher.packing import squeeze

STORY = "ia\ngru\nhH\nd2026-11-23T18:02:00Z\n"
PUT = Put("a", STORY.encode())
MEGABYTE = 1_000_000


def packed(text: str) -> bytes:
    """A pack over any text, however wrong."""
    payload = encode_text(text, page_for(text))
    return seal_pack(len(payload), deflate(payload))


def stored(payload: bytes) -> bytes:
    """A pack over any payload, as long as it gets."""
    encoder = zlib.compressobj(0, zlib.DEFLATED, -15)
    return seal_pack(len(payload), encoder.compress(payload) + encoder.flush())


def weight(kept) -> int:
    return sum(map(weight_of, kept))


def refusal_of(data: bytes) -> Failure:
    with pytest.raises(FormatError) as refusal:
        decode_pack(data, "ru")
    return refusal.value.failure


@contextmanager
def peak_below(limit_bytes: int) -> Iterator[None]:
    """What is inside allocates less than this at any moment."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit_bytes, f"took {peak} bytes"


# --- Round trips ---


@given(records("ru"))
def test_records_come_back_in_order(kept):
    assert decode_pack(encode_pack(kept), "ru") == tuple(kept)


@settings(max_examples=15)
@given(records("fa"))
def test_any_deflate_encoder_will_do(kept):
    assert decode_pack(squeeze(kept), "fa") == tuple(kept)


def test_the_same_records_make_the_same_file_named_by_its_hash():
    data = encode_pack([PUT, Removal("0" * 32)])
    assert data == encode_pack([PUT, Removal("0" * 32)])
    assert pack_name(data) == hashlib.sha256(data).hexdigest() + ".pack"


def test_a_removal_does_not_name_its_story():
    key = removal_key("ru", "protest-in-kapan")
    assert len(key) == 32
    assert key == hashlib.sha256(b"tamizdat-removed-v1\0ru\0protest-in-kapan").hexdigest()[:32]
    assert key != removal_key("fa", "protest-in-kapan")


# --- Hostile bytes ---


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_give_our_own_refusal(data):
    with pytest.raises(FormatError):
        decode_pack(data, "ru")


@given(damaged(records("ru").map(encode_pack)))
def test_a_damaged_pack_is_records_or_our_own_refusal(data):
    try:
        decode_pack(data, "ru")
    except FormatError:
        pass


@given(damaged(records("ru").map(pack_payload)))
def test_a_damaged_payload_is_records_or_our_own_refusal(payload):
    try:
        kept = decode_pack(seal_pack(len(payload), deflate(payload)), "ru")
    except FormatError:
        return
    assert all(
        record.story.startswith(f"i{record.story_id}\ngru\n".encode()) for record in kept if isinstance(record, Put)
    )


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", Failure.MALFORMED),
        (MAGIC, Failure.MALFORMED),
        (MAGIC + b"\x01" + encode_pack([PUT])[5:], Failure.UNSUPPORTED),
        (b"TZP\x02" + encode_pack([PUT])[4:], Failure.UNSUPPORTED),
        (b"TZI\x01" + encode_pack([PUT])[4:], Failure.MALFORMED),
        (encode_pack([PUT])[:-1], Failure.MALFORMED),
        (encode_pack([PUT]) + b"\0", Failure.MALFORMED),
        (seal_pack(5, b"\xff\xff"), Failure.MALFORMED),
        (seal_pack(0, b""), Failure.MALFORMED),
        (packed(STORY), Failure.MALFORMED),
        (packed(STORY + "\n\n"), Failure.MALFORMED),
        (packed("\n\n"), Failure.MALFORMED),
        (packed("x" + "0" * 31 + "\n\n"), Failure.MALFORMED),
        (packed("x" + "A" * 32 + "\n\n"), Failure.MALFORMED),
        (packed("hH\ngru\n\n"), Failure.MALFORMED),
        (packed("ia\nhH\n\n"), Failure.MALFORMED),
        (packed("i../../etc\ngru\n\n"), Failure.MALFORMED),
        (packed("i\x1b[2J\ngfa\n\n"), Failure.MALFORMED),
        (packed(STORY.replace("gru", "gru-RU") + "\n"), Failure.WRONG_LANGUAGE),
        (packed(STORY + "\n" + STORY.replace("gru", "guk") + "\n"), Failure.WRONG_LANGUAGE),
    ],
)
def test_what_a_pack_may_not_be_is_refused(data, failure):
    assert refusal_of(data) is failure


def test_an_empty_pack_is_no_records():
    assert decode_pack(encode_pack([]), "ru") == ()


# --- Bombs and limits ---


@pytest.mark.parametrize("stated", [100, 8 * MEGABYTE, 300 * MEGABYTE])
def test_a_decompression_bomb_goes_off_in_a_small_room(stated):
    encoder = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(encoder.compress(bytes(MEGABYTE)) for _ in range(300)) + encoder.flush()
    assert len(bomb) < MEGABYTE
    with peak_below(20 * MEGABYTE):
        assert refusal_of(seal_pack(stated, bomb)) in {Failure.TOO_LARGE, Failure.MALFORMED}


@pytest.mark.parametrize("text", ["\n", "\n\nx", "x" * 100 + "\n", "é", "\U0001f5f3z"])
def test_the_worst_payload_is_read_in_time_and_memory_that_grow_with_its_size_only(text):
    """Nothing but line ends, records, escapes: what costs most for its size. A sixteenth of the limit is enough."""
    page = number(1) + number(0) + number(127)
    one = b"".join(b"\xff" + c.encode() if ord(c) > 127 else c.encode() for c in text)
    payload = page + one * (LIMITS.max_pack_raw_bytes // 16 // len(one))
    data = stored(payload)
    began = time.process_time()
    with peak_below(20 * len(payload)):
        refusal_of(data)
    assert time.process_time() - began < 10


def test_what_is_over_a_limit_is_neither_read_nor_written():
    assert refusal_of(bytes(LIMITS.max_pack_bytes + 1)) is Failure.TOO_LARGE
    assert refusal_of(seal_pack(LIMITS.max_pack_raw_bytes + 1, b"")) is Failure.TOO_LARGE
    removals = [Removal(f"{place:032x}") for place in range(LIMITS.max_pack_records + 1)]
    with pytest.raises(FormatError, match="65537 records"):
        decode_pack(
            stored(b"\0" + b"".join(b"\xff" + bytes([c]) for r in removals for c in b"x%b\n\n" % r.key.encode())), "ru"
        )
    assert len(decode_pack(encode_pack(removals[1:]), "ru")) == LIMITS.max_pack_records
    long = STORY + "P" + "x" * LIMITS.max_story_bytes + "\n"
    with pytest.raises(FormatError, match="story a has"):
        decode_pack(stored(encode_text(long + "\n", page_for(long))), "ru")
    with pytest.raises(FormatError, match="65537 records"):
        pack_payload(removals)
    with pytest.raises(FormatError, match="bytes inflated"):
        pack_payload([Put("a", long.encode())] * 5)


# --- What a pack becomes in memory ---

EQUAL_CELLS = [
    Put(
        f"t{number}",
        f"it{number}\ngru\nhH\nd2026-11-23T18:02:00Z\nT0\n".encode() + "W\u0434\u0430\x1f\u0434\u0430\n".encode() * 900,
    )
    for number in range(3)
]
SMALL_AND_MANY = [Put(f"s{number}", f"is{number}\ngru\nhH\nd2026-11-23T18:02:00Z\n".encode()) for number in range(2000)]


@pytest.mark.parametrize("write", [encode_pack, squeeze])
@pytest.mark.parametrize("kept", [EQUAL_CELLS, SMALL_AND_MANY, EQUAL_CELLS + SMALL_AND_MANY])
def test_records_that_say_the_same_again_and_again_make_a_pack_just_long_enough(kept, write):
    data = write(kept)
    assert decode_pack(data, "ru") == tuple(kept)
    assert LIMITS.max_pack_expansion * (len(data) - 5) < weight(kept) <= LIMITS.max_pack_expansion * len(data)


@given(records("ru"))
def test_no_pack_is_longer_than_it_must_be(kept):
    payload = pack_payload(kept)
    shortest = seal_pack(len(payload), deflate(payload))
    if weight(kept) <= LIMITS.max_pack_expansion * len(shortest):
        assert encode_pack(kept) == shortest


@pytest.mark.parametrize("kept", [EQUAL_CELLS, SMALL_AND_MANY])
def test_a_pack_that_grows_by_more_than_it_may_is_refused(kept):
    data = encode_pack(kept)
    at = data.index(b"\0\0\0\xff\xff")
    assert refusal_of(data[:at] + data[at + 5 :]) is Failure.TOO_LARGE


def test_a_stated_size_over_what_the_bytes_allow_is_refused_unread():
    for size, failure in ((32 * 17, Failure.MALFORMED), (32 * 17 + 1, Failure.TOO_LARGE)):
        data = seal_pack(size, b"\xff" * 10)
        assert len(data) == 17
        assert refusal_of(data) is failure


def test_many_small_bombs_go_off_in_a_small_room():
    """What 434 KB of packs did to a reader before there was this bound: 386 MB."""
    text = "".join(f"is{n}\ngru\nhx\nd2026-11-23T12:00:00Z\nP{'x' * 1_900_000}\n\n" for n in range(4))
    bomb = packed(text)
    assert len(bomb) < 10_000
    with peak_below(MEGABYTE):
        assert refusal_of(bomb) is Failure.TOO_LARGE


@given(records("en"))
def test_the_weight_of_all_is_that_of_each(kept):
    stories = [record for record in kept if isinstance(record, Put)]
    size = sum(len(record.story) for record in stories)
    assert weight_of_all(size, len(stories), len(kept) - len(stories)) == sum(map(weight_of, kept))


def test_no_edition_weighs_more_than_a_phone_can_hold():
    check_edition_weight(LIMITS.max_edition_bytes)
    with pytest.raises(FormatError, match=r"edition.*limit") as refusal:
        check_edition_weight(LIMITS.max_edition_bytes + 1)
    assert refusal.value.failure is Failure.TOO_LARGE
