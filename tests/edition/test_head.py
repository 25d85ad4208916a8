from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edition.hostile import damaged
from strategies import LANGUAGES, times
from tamizdat.edition.head import PREFIX, Head, SignedHead, read_signed_head, string_bytes
from tamizdat.edition.wire import MAX_NUMBER, number, string
from tamizdat.errors import Failure, FormatError

HEAD = Head("ru", 7, datetime(2026, 11, 23, 18, 2, tzinfo=UTC), 3, bytes(32))
BODY = HEAD.to_bytes()


def heads() -> st.SearchStrategy[Head]:
    numbers = st.integers(0, MAX_NUMBER)
    return st.builds(Head, st.sampled_from(LANGUAGES), numbers, times(), numbers, st.binary(min_size=32, max_size=32))


def signed_heads() -> st.SearchStrategy[SignedHead]:
    keyids = st.text("0123456789abcdef", min_size=1, max_size=64)
    signatures = st.dictionaries(keyids, st.binary(min_size=64, max_size=64), max_size=8)
    return st.builds(lambda head, found: SignedHead(head.to_bytes(), tuple(sorted(found.items()))), heads(), signatures)


@given(heads())
def test_a_head_comes_back(head):
    assert SignedHead(head.to_bytes(), ()).head == head


@given(signed_heads())
def test_a_signed_head_comes_back(signed):
    assert read_signed_head(signed.to_bytes()) == signed


def test_signatures_are_written_in_order():
    two = (("b", bytes(64)), ("a", bytes(64)))
    assert read_signed_head(SignedHead(BODY, two).to_bytes()).signatures == tuple(reversed(two))


@given(st.binary(max_size=200) | damaged(signed_heads().map(SignedHead.to_bytes)))
def test_other_bytes_give_our_own_refusal_or_a_head_in_its_one_spelling(data):
    try:
        signed = read_signed_head(data)
    except FormatError:
        return
    assert signed.to_bytes() == data
    assert signed.head.to_bytes() == signed.body


def signed_body(body: bytes, *keyids: str) -> bytes:
    return string_bytes(body) + number(len(keyids)) + b"".join(string(keyid) + bytes(64) for keyid in keyids)


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (signed_body(BODY, "b", "a"), Failure.NONCANONICAL),
        (signed_body(BODY, "a", "a"), Failure.NONCANONICAL),
        (signed_body(BODY, *"abcdefghi"), Failure.TOO_LARGE),
        (signed_body(BODY, "a" * 65), Failure.TOO_LARGE),
        (signed_body(BODY, "a") + b"\0", Failure.MALFORMED),
        (signed_body(BODY, "a")[:-1], Failure.MALFORMED),
        (signed_body(BODY + b"\0"), Failure.MALFORMED),
        (signed_body(BODY[:-1]), Failure.MALFORMED),
        (signed_body(b"TZH\x02" + BODY[4:]), Failure.UNSUPPORTED),
        (signed_body(b"TZI\x01" + BODY[4:]), Failure.MALFORMED),
        (signed_body(b"TZH\x01" + string("x" * 36) + BODY[7:]), Failure.TOO_LARGE),
        (
            signed_body(b"TZH\x01" + string("ru") + b"\0" + number(253_402_300_800) + b"\0" + bytes(32)),
            Failure.TOO_LARGE,
        ),
        (string_bytes(bytes(1025)), Failure.TOO_LARGE),
    ],
)
def test_what_a_head_may_not_be_is_refused(data, failure):
    with pytest.raises(FormatError) as refusal:
        read_signed_head(data)
    assert refusal.value.failure is failure


def test_a_threshold_counts_keys_not_ids_and_never_less_than_one():
    signed = SignedHead(BODY, (("a", b"1" * 64), ("b", b"2" * 64), ("c", b"3" * 64)))
    asked: list[bytes] = []

    def verify(keyid: str, signature: bytes, message: bytes) -> str | None:
        asked.append(message)
        return {"a": "key 1", "b": "key 1"}.get(keyid)

    assert signed.signed_by(1, verify)
    assert not signed.signed_by(2, verify)
    assert not SignedHead(BODY, ()).signed_by(0, verify)
    assert set(asked) == {PREFIX + BODY}
