"""What a reader holds between visits: nothing but memory by default, an encrypted folder (library_folder) by choice."""

from collections.abc import Mapping
from typing import Protocol


class Library(Protocol):
    """Named values that outlive one visit, or not. Implementations raise LibraryError and nothing else."""

    def get(self, name: str) -> bytes | None:
        """The value, or None."""
        ...

    def put_many(self, changes: Mapping[str, bytes | None]) -> None:
        """Set values, and remove those given as None: all of it or, whatever crashes, nothing of it."""
        ...

    def names(self) -> frozenset[str]:
        """The names that have a value."""
        ...


class MemoryLibrary:
    """A library that is gone with the process: the default."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        """See :meth:`Library.get`."""
        return self._values.get(name)

    def put_many(self, changes: Mapping[str, bytes | None]) -> None:
        """See :meth:`Library.put_many`."""
        kept = {name: value for name, value in self._values.items() if name not in changes}
        self._values = kept | {name: value for name, value in changes.items() if value is not None}

    def names(self) -> frozenset[str]:
        """See :meth:`Library.names`."""
        return frozenset(self._values)
