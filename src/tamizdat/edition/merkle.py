"""The Merkle tree over an edition's stories (spec/edition.md, "Root"; tree shape of RFC 9162, section 2.1).

Leaves are canonical stories in the order of their ids' bytes, so the root says nothing about history and anybody who
holds the stories can compute it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from tamizdat.errors import Failure, FormatError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
_MAX_PROOF = 64


def leaf_hash(story: bytes) -> bytes:
    """Hash of one canonical story. The prefix keeps a leaf from being passed off as a node."""
    return hashlib.sha256(b"\x00" + story).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes in order; of none, the hash of nothing.

    Pairing level by level with an odd last node carried up gives the same tree as RFC 9162's recursive split.
    """
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def edition_root(stories: Mapping[str, bytes]) -> bytes:
    """Root over canonical stories by id."""
    return root_of([leaf_hash(stories[story_id]) for story_id in sorted(stories)])


def proof_of(leaves: Sequence[bytes], position: int) -> tuple[bytes, ...]:
    """Sibling hashes from the leaf at ``position`` up to the root: what a slip carries."""
    proof: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        sibling = position ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
        position //= 2
    return tuple(proof)


def root_from_proof(leaf: bytes, position: int, count: int, proof: Iterable[bytes]) -> bytes:
    """The root that a proof leads to. Raises FormatError when the proof does not fit the tree's shape."""
    siblings = list(proof)
    if not 0 <= position < count or len(siblings) > _MAX_PROOF:
        raise FormatError(Failure.MALFORMED, f"no leaf {position} in a tree of {count}", what="proof")
    if any(len(sibling) != HASH_BYTES for sibling in siblings):
        raise FormatError(Failure.MALFORMED, f"a hash is not {HASH_BYTES} bytes long", what="proof")
    result = leaf
    while count > 1:
        if position ^ 1 < count:
            if not siblings:
                raise FormatError(Failure.MALFORMED, "too short for its tree", what="proof")
            sibling = siblings.pop(0)
            result = node_hash(sibling, result) if position % 2 else node_hash(result, sibling)
        position //= 2
        count = (count + 1) // 2
    if siblings:
        raise FormatError(Failure.MALFORMED, "too long for its tree", what="proof")
    return result
