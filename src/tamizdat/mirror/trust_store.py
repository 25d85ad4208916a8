"""The signed files that a mirror accepted last, and every root that ever was current."""

import json
from typing import Final

from tamizdat.trust.refresh import FIRST_ROOT
from tamizdat.trust.roles import ROOT
from tamizdat.trust.store import Store

_EARLIER: Final = 16


class MirrorStore:
    """Keeps roots by their version besides: a mirror serves them all.

    As :class:`~tamizdat.trust.store.Store`, which says what is raised; ``kept`` is where it keeps things.
    """

    def __init__(self, kept: Store) -> None:
        self._kept = kept

    def load(self, role: str) -> bytes | None:
        """See Store."""
        return self._kept.load(role)

    def save(self, role: str, data: bytes) -> None:
        """See Store."""
        if role in {ROOT, FIRST_ROOT}:
            # Read only after it was verified: nobody else's bytes come here.
            self._kept.save(_root_name(version_of(data)), data)
        self._kept.save(role, data)

    def delete(self, role: str) -> None:
        """See Store."""
        self._kept.delete(role)

    def root(self, version: int) -> bytes | None:
        """The root of that version, if this mirror ever trusted it."""
        return self._kept.load(_root_name(version))

    def keep_root(self, version: int, data: bytes) -> None:
        """Keep the root of that version again, after the disk had spoilt it."""
        self._kept.save(_root_name(version), data)

    @property
    def earlier_roots(self) -> tuple[bytes, ...]:
        """The last roots before the current one that were trusted in their day. They give no rights."""
        current = self.load(ROOT)
        if current is None:
            return ()
        version = version_of(current)
        found = (self.root(number) for number in range(max(1, version - _EARLIER), version))
        return tuple(data for data in found if data is not None)


class PendingStore(MirrorStore):
    """What one look accepts, until ``settle``: the marks of the store below rise only when all that is named is there.

    Otherwise one half-copied archive with the newest timestamp would keep out a whole one with the newest but one.
    Roots are kept at once: who may sign does not depend on what there is.
    """

    def __init__(self, below: MirrorStore) -> None:
        super().__init__(below)
        self._below = below
        self._pending: dict[str, bytes | None] = {}

    def load(self, role: str) -> bytes | None:
        """See Store."""
        return self._pending[role] if role in self._pending else self._below.load(role)

    def save(self, role: str, data: bytes) -> None:
        """See Store."""
        if role in {ROOT, FIRST_ROOT}:
            self._below.save(role, data)
        else:
            self._pending[role] = data

    def keep_root(self, version: int, data: bytes) -> None:
        """See MirrorStore."""
        self._below.keep_root(version, data)

    def delete(self, role: str) -> None:
        """See Store."""
        self._pending[role] = None

    def settle(self) -> None:
        """Keep what was accepted. Raises LibraryError; whatever was kept by then, the next look goes on from there."""
        for role, data in self._pending.items():
            if data is None:
                self._below.delete(role)
            elif data != self._below.load(role):
                self._below.save(role, data)
        self._pending.clear()


def version_of(data: bytes) -> int:
    """The version of a signed file that was verified before; 0 if the disk has spoilt it since."""
    try:
        return int(json.loads(data)["signed"]["version"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0


def _root_name(version: int) -> str:
    return f"root {version}"
