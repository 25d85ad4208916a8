"""The signed files that a mirror accepted last, on its disk, and every root that ever was current."""

import json
from pathlib import Path
from typing import Final

from tamizdat.trust.refresh import FIRST_ROOT
from tamizdat.trust.roles import ROOT
from tamizdat.trust.store import DirectoryStore

_EARLIER: Final = 16


class MirrorStore(DirectoryStore):
    """Keeps roots by their version besides: a mirror serves them all.

    As :class:`~tamizdat.trust.store.Store`, which says what is raised.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def save(self, role: str, data: bytes) -> None:
        """See Store."""
        if role in {ROOT, FIRST_ROOT}:
            # Read only after it was verified: nobody else's bytes come here.
            version = json.loads(data)["signed"]["version"]
            super().save(_root_name(version), data)
        super().save(role, data)

    def root(self, version: int) -> bytes | None:
        """The root of that version, if this mirror ever trusted it."""
        return self.load(_root_name(version))

    @property
    def earlier_roots(self) -> tuple[bytes, ...]:
        """The last roots before the current one that were trusted in their day. They give no rights."""
        current = self.load(ROOT)
        if current is None:
            return ()
        version = json.loads(current)["signed"]["version"]
        found = (self.root(number) for number in range(max(1, version - _EARLIER), version))
        return tuple(data for data in found if data is not None)


def _root_name(version: int) -> str:
    return f"root {version}"
