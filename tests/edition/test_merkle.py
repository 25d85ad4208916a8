import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.edition.catchup import check_leaves, check_root
from tamizdat.edition.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    edition_root,
    leaf_hash,
    node_hash,
    proof_of,
    root_from_proof,
    root_of,
)
from tamizdat.errors import Failure, FormatError

LEAVES = [leaf_hash(bytes([value])) for value in range(40)]
HASHES = st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES)


def split(count: int) -> int:
    """The largest power of two below ``count`` (RFC 9162, section 2.1.1)."""
    return 1 << (count - 1).bit_length() - 1


def rfc_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, over hashed leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    at = split(len(leaves))
    return hashlib.sha256(b"\x01" + rfc_root(leaves[:at]) + rfc_root(leaves[at:])).digest()


def rfc_path(position: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162, section 2.1.3.1."""
    if len(leaves) <= 1:
        return []
    at = split(len(leaves))
    if position < at:
        return [*rfc_path(position, leaves[:at]), rfc_root(leaves[at:])]
    return [*rfc_path(position - at, leaves[at:]), rfc_root(leaves[:at])]


@pytest.mark.parametrize("count", range(41))
def test_root_and_every_proof_are_those_of_rfc_9162(count):
    leaves = LEAVES[:count]
    assert root_of(leaves) == rfc_root(leaves)
    for position in range(count):
        proof = proof_of(leaves, position)
        assert list(proof) == rfc_path(position, leaves)
        assert root_from_proof(leaves[position], position, count, proof) == rfc_root(leaves)


@pytest.mark.parametrize("count", range(1, 12))
def test_a_proof_is_good_for_one_leaf_one_place_and_one_length(count):
    leaves, root = LEAVES[:count], root_of(LEAVES[:count])
    for position in range(count):
        proof = proof_of(leaves, position)
        for other in range(count):
            if other != position:
                assert leads_to(leaves[other], position, count, proof) != root
                assert leads_to(leaves[position], other, count, proof) != root
        assert leads_to(leaves[position], position, count, (*proof, LEAVES[39])) is None
        assert not proof or leads_to(leaves[position], position, count, proof[:-1]) is None


def leads_to(leaf, position, count, proof):
    """The root, or None if the proof was refused."""
    try:
        return root_from_proof(leaf, position, count, proof)
    except FormatError as refusal:
        assert refusal.failure is Failure.MALFORMED
        return None


@given(HASHES, st.integers(-2, 2**60), st.integers(-2, 2**60), st.lists(HASHES | st.binary(max_size=40), max_size=70))
def test_any_proof_gives_a_hash_or_our_own_refusal(leaf, position, count, proof):
    assert len(leads_to(leaf, position, count, proof) or bytes(HASH_BYTES)) == HASH_BYTES


@pytest.mark.parametrize("sibling", [b"", bytes(31), bytes(33)])
def test_a_sibling_that_is_not_a_hash_is_refused(sibling):
    with pytest.raises(FormatError, match="not 32 bytes long"):
        root_from_proof(LEAVES[0], 0, 2, [sibling])


def test_an_edition_is_ordered_by_story_id_whatever_the_order_it_came_in():
    stories = {"b": b"2", "a": b"1", "B": b"0"}
    assert edition_root(stories) == root_of([leaf_hash(b"0"), leaf_hash(b"1"), leaf_hash(b"2")])
    assert edition_root({}) == EMPTY_ROOT == hashlib.sha256().digest()


def test_a_node_is_no_leaf():
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def _check_by_leaves(stories, count, root):
    check_leaves({name: leaf_hash(story) for name, story in stories.items()}, count, root)


@pytest.mark.parametrize("check", [check_root, _check_by_leaves])
def test_stories_count_only_if_root_and_number_are_those_of_the_head(check):
    stories = {"a": b"1", "b": b"2"}
    check(dict(reversed(stories.items())), 2, edition_root(stories))
    for wrong in (
        (stories, 3, edition_root(stories)),
        (stories, 2, EMPTY_ROOT),
        ({"a": b"1"}, 2, edition_root(stories)),
    ):
        with pytest.raises(FormatError) as refusal:
            check(*wrong)
        assert refusal.value.failure is Failure.WRONG_ROOT
