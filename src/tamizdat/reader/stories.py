"""Stories by id that are opened when somebody looks at them, and the leaves that say what they are without that.

A reader's library holds them in buckets, so that one visit with one new story opens and writes one of them.
"""

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tamizdat.edition.merkle import leaf_hash
from tamizdat.errors import LibraryError
from tamizdat.reader.library import Library

BUCKETS: Final = 64
_DAMAGED: Final = "is damaged: delete the library and sync again"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What an edition's root needs to know of a story: its hash, and how many canonical bytes it has."""

    hash: bytes
    size: int

    @classmethod
    def of(cls, story: bytes) -> "Leaf":
        """The leaf of a canonical story."""
        return cls(leaf_hash(story), len(story))


def leaves_of(stories: Mapping[str, bytes]) -> Mapping[str, Leaf]:
    """The leaves of ``stories``; without opening them, where they are known."""
    if isinstance(stories, KeptStories | ChangedStories):
        return stories.leaves
    return {name: Leaf.of(story) for name, story in stories.items()}


class KeptStories(Mapping[str, bytes]):
    """The stories of ``language`` in ``library``, as it has them when somebody looks.

    Looking raises LibraryError where they cannot be read. They were verified before they were put there.
    """

    def __init__(self, library: Library, language: str) -> None:
        self._library = library
        self._language = language
        self._opened: dict[int, dict[str, bytes]] = {}

    @cached_property
    def leaves(self) -> Mapping[str, Leaf]:
        """What is there, by id."""
        leaves: dict[str, Leaf] = {}
        for bucket in range(BUCKETS):
            name = f"leaves/{self._language}/{bucket}"
            if (data := self._library.get(name)) is not None:
                leaves.update(_read_leaves(data, name))
            else:  # a library from before there were leaves
                leaves.update({key: Leaf.of(story) for key, story in self._bucket(bucket).items()})
        return leaves

    def _bucket(self, bucket: int) -> dict[str, bytes]:
        if bucket not in self._opened:
            name = f"stories/{self._language}/{bucket}"
            data = self._library.get(name)
            self._opened[bucket] = {} if data is None else _read_bucket(data, name)
        return self._opened[bucket]

    def __getitem__(self, story_id: str) -> bytes:
        if story_id not in self.leaves:
            raise KeyError(story_id)
        bucket = bucket_of(story_id)
        story = self._bucket(bucket).get(story_id)
        if story is None:
            raise LibraryError(_DAMAGED, file=f"stories/{self._language}/{bucket}")
        return story

    def __iter__(self) -> Iterator[str]:
        return iter(self.leaves)

    def __len__(self) -> int:
        return len(self.leaves)


class ChangedStories(Mapping[str, bytes]):
    """The stories ``before``, of which some were ``put`` anew, and only those stayed that ``leaves`` name."""

    def __init__(self, before: Mapping[str, bytes], put: Mapping[str, bytes], leaves: Mapping[str, Leaf]) -> None:
        self._before = before
        self._put = put
        self.leaves = leaves

    def __getitem__(self, story_id: str) -> bytes:
        if story_id not in self.leaves:
            raise KeyError(story_id)
        return self._put[story_id] if story_id in self._put else self._before[story_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.leaves)

    def __len__(self) -> int:
        return len(self.leaves)


def changes(language: str, before: Mapping[str, bytes], now: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """What to put into a library that holds ``before``, so that it holds ``now``: only buckets that differ."""
    if now is before:
        return {}
    old, new = leaves_of(before), leaves_of(now)
    touched = {bucket_of(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    inside: dict[int, list[str]] = defaultdict(list)
    for name in sorted(new):
        if (bucket := bucket_of(name)) in touched:
            inside[bucket].append(name)
    result: dict[str, bytes | None] = {}
    for bucket in touched:
        names = inside[bucket]
        result[f"stories/{language}/{bucket}"] = _write_bucket(now[name] for name in names) if names else None
        result[f"leaves/{language}/{bucket}"] = _write_leaves({name: new[name] for name in names}) if names else None
    return result


def removal(language: str) -> dict[str, bytes | None]:
    """What to put into a library so that it holds no story of ``language``."""
    return {f"{kind}/{language}/{bucket}": None for kind in ("stories", "leaves") for bucket in range(BUCKETS)}


def bucket_of(story_id: str) -> int:
    """In which bucket a story lies."""
    return hashlib.sha256(story_id.encode()).digest()[0] % BUCKETS


def _write_bucket(stories: Iterable[bytes]) -> bytes:
    return zlib.compress(b"".join(story + b"\n" for story in stories), 6)


def _read_bucket(data: bytes, name: str) -> dict[str, bytes]:
    try:
        parts = zlib.decompress(data).split(b"\n\n")
        if parts.pop():
            raise LibraryError(_DAMAGED, file=name)
        return {part[1 : part.index(b"\n")].decode(): part + b"\n" for part in parts}
    except (zlib.error, ValueError) as error:
        raise LibraryError(_DAMAGED, file=name) from error


def _write_leaves(leaves: Mapping[str, Leaf]) -> bytes:
    return json.dumps({name: [leaf.size, leaf.hash.hex()] for name, leaf in leaves.items()}).encode()


def _read_leaves(data: bytes, name: str) -> dict[str, Leaf]:
    try:
        return {key: Leaf(bytes.fromhex(digest), size) for key, (size, digest) in json.loads(data).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise LibraryError(_DAMAGED, file=name) from error
