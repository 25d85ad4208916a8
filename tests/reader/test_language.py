"""The engine of one language: a head counts only if it is signed, ours, what the role says, and not below a mark."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tamizdat.edition import pack
from tamizdat.edition.head import PREFIX, Head, SignedHead
from tamizdat.edition.index import Index, Segment, index_to_bytes
from tamizdat.edition.merkle import edition_root
from tamizdat.edition.pack import Put, Removal, encode_pack
from tamizdat.errors import Failure, FormatError, TrustError, UntrustedError
from tamizdat.limits import LIMITS
from tamizdat.reader.language import Held, LanguageSync, Mark
from tamizdat.roads.named import Fetch
from tamizdat.trust.claims import EditionClaim

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STORY = b"ia\ngru\nhx\nd2026-11-23T12:00:00Z\nPx\n"
ROOT = edition_root({"a": STORY})
HEAD = Head("ru", 5, NOW, 1, ROOT)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
PACK = encode_pack([Put("a", STORY)])
SEGMENT = Segment(0, 1, len(PACK), hashlib.sha256(PACK).digest())


def index_of(head, message=None):
    signature = KEY.sign(PREFIX + head.to_bytes() if message is None else message)
    signed = SignedHead(head.to_bytes(), (("k", signature),))
    return index_to_bytes(Index(head=signed, log_end=1, segments=(SEGMENT,)))


def begin(index, claim=None, keys=frozenset({PUBLIC}), marks=None):
    target = Fetch("ru/x.index", len(index), hashlib.sha256(index).digest())
    return LanguageSync("ru", target, claim or EditionClaim(5, ROOT, NOW), keys, marks or {}, Held())


def refused(index, failure, **how):
    sync = begin(index, **how)
    with pytest.raises(UntrustedError) as caught:
        sync.take_index(index)
    assert caught.value.failure is failure
    assert not sync.has_index


def test_a_signed_head_leads_to_its_stories():
    index = index_of(HEAD)
    sync = begin(index, marks={PUBLIC: Mark(4, bytes(32))})
    sync.take_index(index)
    (fetch,) = sync.fetches()
    sync.take(fetch, PACK)
    assert sync.fetches() == ()
    edition = sync.edition()
    assert edition.stories == {"a": STORY}
    assert edition.key == PUBLIC


def test_a_head_that_no_key_of_the_language_signed():
    refused(index_of(HEAD), Failure.WRONG_SIGNATURE, keys=frozenset({bytes(32)}))
    refused(index_of(HEAD), Failure.WRONG_SIGNATURE, keys=frozenset())


def test_a_signature_without_the_prefix_signs_no_head():
    refused(index_of(HEAD, HEAD.to_bytes()), Failure.WRONG_SIGNATURE)


def test_a_head_of_another_language():
    refused(index_of(replace(HEAD, language="fa")), Failure.WRONG_LANGUAGE)


def test_a_head_that_the_role_does_not_commit_to():
    refused(index_of(replace(HEAD, number=6)), Failure.MIX_AND_MATCH)
    refused(index_of(replace(HEAD, root=bytes(32))), Failure.EQUIVOCATION)
    refused(index_of(replace(HEAD, time=NOW + timedelta(1))), Failure.EQUIVOCATION)


def test_a_head_below_the_mark_of_its_key():
    refused(index_of(HEAD), Failure.ROLLBACK, marks={PUBLIC: Mark(6, bytes(32))})


def test_a_second_head_of_one_number_under_one_key():
    refused(index_of(HEAD), Failure.EQUIVOCATION, marks={PUBLIC: Mark(5, bytes(32))})


def test_marks_of_other_keys_do_not_count():
    index = index_of(HEAD)
    begin(index, marks={bytes(32): Mark(2**53 - 1, bytes(32))}).take_index(index)


def test_stories_that_do_not_add_up():
    head = replace(HEAD, root=bytes(32))
    index = index_of(head)
    sync = begin(index, EditionClaim(5, bytes(32), NOW))
    sync.take_index(index)
    sync.take(sync.fetches()[0], PACK)
    with pytest.raises(FormatError) as caught:
        sync.edition()
    assert caught.value.failure is Failure.WRONG_ROOT
    assert not sync.start_over()


def test_bytes_that_are_not_the_file():
    index = index_of(HEAD)
    sync = begin(index)
    for wrong, failure in ((index + b"x", Failure.TOO_LARGE), (index[:-1] + b"\xff", Failure.WRONG_HASH)):
        with pytest.raises((FormatError, TrustError)) as caught:
            sync.take_index(wrong)
        assert caught.value.failure is failure


def test_nothing_goes_before_the_index():
    with pytest.raises(LookupError):
        begin(index_of(HEAD)).fetches()
    with pytest.raises(LookupError):
        begin(index_of(HEAD)).edition()


# --- several packs ---

OTHER = b"ib\ngru\nhx\nd2026-11-23T12:00:00Z\nPx\n"
BOTH = edition_root({"a": STORY, "b": OTHER})


def begin_with(packs, count, root, held=None):
    """A sync whose chain is these packs, one log position each, and its fetches by pack."""
    segments = tuple(Segment(at, at + 1, len(p), hashlib.sha256(p).digest()) for at, p in enumerate(packs))
    head = Head("ru", 5, NOW, count, root)
    signed = SignedHead(head.to_bytes(), (("k", KEY.sign(PREFIX + head.to_bytes())),))
    index = index_to_bytes(Index(head=signed, log_end=len(packs), segments=segments))
    target = Fetch("ru/x.index", len(index), hashlib.sha256(index).digest())
    sync = LanguageSync("ru", target, EditionClaim(5, root, NOW), frozenset({PUBLIC}), {}, held or Held())
    sync.take_index(index)
    return sync


def take_all(sync, packs):
    for fetch in sync.fetches():
        sync.take(fetch, next(pack for pack in packs if hashlib.sha256(pack).digest() == fetch.digest))


def test_packs_may_overlap():
    packs = [PACK, encode_pack([Put("a", STORY), Put("b", OTHER)])]
    sync = begin_with(packs, 2, BOTH)
    take_all(sync, packs)
    assert sync.edition().stories == {"a": STORY, "b": OTHER}


def test_two_packs_that_say_two_things_of_one_story_are_refused():
    packs = [PACK, encode_pack([Put("a", STORY + b"Py\n")])]
    for order in (packs, packs[::-1]):
        sync = begin_with(order, 1, ROOT)
        with pytest.raises(FormatError) as caught:
            take_all(sync, order)
        assert caught.value.failure is Failure.MALFORMED


def limits(monkeypatch, **changes):
    monkeypatch.setattr(pack, "LIMITS", replace(LIMITS, **changes))


def test_records_over_an_editions_limit_are_refused_as_they_come(monkeypatch):
    packs = [PACK, encode_pack([Put("b", OTHER), Removal("0" * 32)])]
    exactly = len(STORY) + len(OTHER) + 34 + 3 * LIMITS.record_overhead_bytes
    limits(monkeypatch, max_edition_bytes=exactly)
    sync = begin_with(packs, 2, BOTH)
    take_all(sync, packs)
    assert len(sync.edition().stories) == 2
    limits(monkeypatch, max_edition_bytes=exactly - 1)
    with pytest.raises(FormatError) as caught:
        take_all(begin_with(packs, 2, BOTH), packs)
    assert caught.value.failure is Failure.TOO_LARGE


def test_what_is_said_twice_weighs_once(monkeypatch):
    packs = [PACK, encode_pack([Put("a", STORY), Put("b", OTHER)])]
    limits(monkeypatch, max_edition_bytes=len(STORY) + len(OTHER) + 2 * LIMITS.record_overhead_bytes)
    sync = begin_with(packs, 2, BOTH)
    take_all(sync, packs)
    assert len(sync.edition().stories) == 2


def test_an_edition_does_not_grow_over_its_limit_from_visit_to_visit(monkeypatch):
    limits(monkeypatch, max_edition_bytes=len(STORY) + LIMITS.record_overhead_bytes)
    packs = [PACK]
    sync = begin_with(packs, 2, BOTH, Held(0, {"b": OTHER}))
    take_all(sync, packs)
    with pytest.raises(FormatError) as caught:
        sync.edition()
    assert caught.value.failure is Failure.TOO_LARGE


def test_starting_over_fetches_only_what_was_not_taken_before():
    packs = [PACK, encode_pack([Put("b", OTHER)])]
    sync = begin_with(packs, 2, BOTH, Held(1, {"a": STORY + b"Py\n"}))
    take_all(sync, packs)
    with pytest.raises(FormatError):
        sync.edition()
    assert sync.start_over()
    assert len(sync.fetches()) == 1
    take_all(sync, packs)
    assert sync.edition().stories == {"a": STORY, "b": OTHER}
