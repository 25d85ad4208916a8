"""Bringing one language to its current edition: what to fetch, and what to make of it. No I/O.

The engine names files by path and hash; whoever drives it may take each from any mirror. What a mirror gave is checked
before anything changes, so a refusal leaves the engine asking for the same file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tamizdat.edition.catchup import check_leaves, net, plan
from tamizdat.edition.head import Head
from tamizdat.edition.index import Index, Segment, read_index, read_shelf
from tamizdat.edition.pack import Put, Record, check_edition_weight, decode_pack, weight_of, weight_of_all
from tamizdat.errors import Failure, FormatError, TrustError
from tamizdat.reader.stories import ChangedStories, Leaf, leaves_of
from tamizdat.roads.named import Fetch, verify_head
from tamizdat.trust.claims import EditionClaim


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest edition that a key is known to have signed, and its root: nothing below it is accepted."""

    number: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """What a reader already has of a language: canonical stories by id, and the log position they reach to."""

    log_mark: int = 0
    stories: Mapping[str, bytes] = field(default_factory=dict)
    key: bytes = b""
    """The key that signed the head of what is held."""
    number: int = 0
    index: bytes | None = None
    """The index of the edition that is held; its stories add up to what it says."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A verified edition with all its stories (canonical bytes by id)."""

    head: Head
    index: Index
    stories: Mapping[str, bytes]
    key: bytes
    index_bytes: bytes = b""


class LanguageSync:
    """One language, from what is held to the edition that its role commits to.

    ``keys`` are the public keys that may sign its heads (``threshold`` of them must), ``marks`` the high-water marks
    by key. Order of calls: ``index_fetch``, ``take_index``, then ``fetches`` and ``take`` until there are none, then
    ``edition``.
    """

    def __init__(
        self,
        language: str,
        target: Fetch,
        claim: EditionClaim,
        keys: frozenset[bytes],
        marks: Mapping[bytes, Mark],
        held: Held,
    ) -> None:
        self.language = language
        self.index_fetch = target
        self._claim = claim
        self._keys = keys
        self._marks = marks
        self._held = held
        self._index: Index | None = None
        self._index_bytes = b""
        self._head: Head | None = None
        self._key = b""
        self._shelf: tuple[Segment, ...] | None = None
        self._chain: tuple[Segment, ...] = ()
        self._taken: set[bytes] = set()
        self._records: dict[str, Record] = {}
        self._weight = 0

    # --- the index ---

    @property
    def has_index(self) -> bool:
        """Whether the index was taken."""
        return self._index is not None

    def take_index(self, data: bytes) -> None:
        """Accept the index: right bytes, right language, signed head, the role's root, no rollback."""
        self.index_fetch.check(data)
        index = read_index(data)
        head = index.head.head
        if head.language != self.language:
            raise FormatError(Failure.WRONG_LANGUAGE, f"the head is for {head.language}", what=self.index_fetch.path)
        key = verify_head(index.head, self._keys, self.language)
        if (head.number, head.root, head.time) != (self._claim.number, self._claim.root, self._claim.time):
            detail = f"the head says edition {head.number}, the role {self._claim.number}; both are signed"
            failure = Failure.EQUIVOCATION if head.number == self._claim.number else Failure.MIX_AND_MATCH
            raise TrustError(failure, detail, what=self.index_fetch.path)
        check_mark(head, self._marks.get(key), self.language)
        self._index, self._index_bytes, self._head, self._key = index, data, head, key
        if self._held.log_mark > index.log_end:
            self._held = Held()  # the publisher's log began anew: what is held has no place in it
        if index.shelf is None or self._held.log_mark >= index.shelf.below:
            self._plan()

    def _plan(self) -> None:
        index = self._need_index()
        segments = {*index.segments, *(self._shelf or ())}
        self._chain = plan(self._held.log_mark, index.log_end, segments)

    # --- shelf and packs ---

    @property
    def _shelf_fetch(self) -> Fetch | None:
        shelf = self._need_index().shelf
        if self._shelf is not None or shelf is None or self._held.log_mark >= shelf.below:
            return None
        return Fetch(f"{self.language}/{shelf.digest.hex()}.shelf", shelf.size, shelf.digest)

    def fetches(self) -> tuple[Fetch, ...]:
        """The files that can be fetched now, all at once and in any order."""
        if shelf := self._shelf_fetch:
            return (shelf,)
        return tuple(self._pack_fetch(s) for s in self._chain if s.size and s.digest not in self._taken)

    def _pack_fetch(self, segment: Segment) -> Fetch:
        return Fetch(f"{self.language}/{segment.digest.hex()}.pack", segment.size, segment.digest)

    def take(self, fetch: Fetch, data: bytes) -> None:
        """Accept a shelf or a pack."""
        fetch.check(data)
        if fetch == self._shelf_fetch:
            self._shelf = read_shelf(data)
            self._plan()
            return
        self._add(decode_pack(data, self.language))
        self._taken.add(fetch.digest)

    def _add(self, records: Iterable[Record]) -> None:
        """Records of one more pack. Packs may overlap; what they say twice counts once, and must be the same."""
        for record in records:
            name = record.story_id if isinstance(record, Put) else f"x {record.key}"  # no story's id holds a space
            known = self._records.setdefault(name, record)
            if known is record:
                self._weight += weight_of(record)
                check_edition_weight(self._weight)
            elif known != record:
                what = f"packs of {self.language}"
                raise FormatError(Failure.MALFORMED, f"{name} stands twice, and differs", what=what)

    # --- the result ---

    def edition(self) -> Edition:
        """The edition, its stories checked against the root in the signed head.

        Raises WRONG_ROOT when they do not add up. The reason may be what was held before (the publisher's log began
        anew, a library kept from a thief's edition): then ``start_over`` and another round set it right.
        """
        index, head = self._need_index(), self._head
        if head is None:
            raise LookupError("no index was taken")
        if self._is_held:
            # It was verified before it was put there, and sealed since; with ten years of news to open, that counts.
            return Edition(head, index, self._held.stories, self._key, self._index_bytes)
        stories = self._changed()
        leaves = stories.leaves
        check_edition_weight(weight_of_all(sum(leaf.size for leaf in leaves.values()), len(leaves), removals=0))
        check_leaves({name: leaf.hash for name, leaf in leaves.items()}, head.count, head.root)
        return Edition(head, index, stories, self._key, self._index_bytes)

    def _changed(self) -> ChangedStories:
        """What is held, after the records that were fetched."""
        held = self._held.stories
        before = leaves_of(held)
        put, removed = net(before, self._records.values(), self.language)
        leaves = {**before, **{name: Leaf.of(story) for name, story in put.items()}}
        for name in removed:
            del leaves[name]
        return ChangedStories(held, put, leaves)

    @property
    def _is_held(self) -> bool:
        held = self._held
        return held.index == self._index_bytes and held.log_mark == self._need_index().log_end

    def start_over(self) -> bool:
        """Give up what is held and plan from nothing. ``False`` if nothing was held."""
        if not self._held.log_mark and not self._held.stories:
            return False
        self._held = Held()
        index = self._need_index()
        if index.shelf is None or self._shelf is not None:
            self._plan()
        return True

    def _need_index(self) -> Index:
        if self._index is None:
            raise LookupError("no index was taken")
        return self._index


def check_mark(head: Head, mark: Mark | None, language: str) -> None:
    """Raise ROLLBACK or EQUIVOCATION if the key that signed ``head`` had already signed something that forbids it."""
    if mark is None or head.number > mark.number:
        return
    if head.number < mark.number:
        detail = f"edition {head.number}, but {mark.number} was already seen"
        raise TrustError(Failure.ROLLBACK, detail, what=f"head of {language}")
    if head.root != mark.root:
        detail = f"two different editions {head.number} under one key"
        raise TrustError(Failure.EQUIVOCATION, detail, what=f"head of {language}")
