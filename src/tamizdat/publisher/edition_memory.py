"""An edition's stories as far as its signed head depends on them: kept, so that one story costs one story's hash."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tamizdat.edition.merkle import leaf_hash, root_of
from tamizdat.edition.pack import weight_of_all


@dataclass(slots=True)
class EditionMemory:
    """Hash and size of every story of one edition, which ends at ``log_end`` of the language's log."""

    log_end: int
    leaves: dict[str, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    size: int = 0
    """Canonical bytes of all."""

    @classmethod
    def of(cls, stories: Mapping[str, bytes], log_end: int) -> "EditionMemory":
        """The memory of these canonical stories by id."""
        memory = cls(log_end)
        for story_id, story in stories.items():
            memory.put(story_id, story)
        return memory

    def put(self, story_id: str, story: bytes | None) -> None:
        """The story is this from now on; None: it is no more."""
        self.size -= self.sizes.pop(story_id, 0)
        self.leaves.pop(story_id, None)
        if story is not None:
            self.leaves[story_id] = leaf_hash(story)
            self.sizes[story_id] = len(story)
            self.size += len(story)

    @property
    def count(self) -> int:
        """How many stories there are."""
        return len(self.leaves)

    @property
    def root(self) -> bytes:
        """The Merkle root over all, as :func:`tamizdat.edition.merkle.edition_root` has it."""
        return root_of([self.leaves[story_id] for story_id in sorted(self.leaves)])

    def weight(self, removals: int) -> int:
        """What they weigh together with so many removals."""
        return weight_of_all(self.size, self.count, removals)
