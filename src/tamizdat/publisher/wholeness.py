"""Which files of the local web root are as they were made. A file is read where its mark does not say so."""

import hashlib
from pathlib import Path
from typing import Final

from tamizdat.carriers.port import Outbound
from tamizdat.publisher.known import Known

LOCAL: Final = ""
"""What stands for the local web root where carriers are named."""
_MOST_FOR_A_FILE: Final = 4
"""More is known than that for each file that is there: time to forget what is of no use any more."""


class Wholeness:
    """Looks at the local web root ``root``, which is written through ``out``."""

    def __init__(self, out: Outbound, root: Path, known: Known) -> None:
        self._out = out
        self._root = root
        self._known = known
        self._marks: dict[str, str] | None = None
        self._found: dict[tuple[str, str], bytes] = {}
        """SHA-256 by path and mark of what was found to be whole."""
        self.one_by_one = False
        """Whether few files are going to be asked for, so that each is read rather than all looked at."""

    def look_again(self) -> list[str]:
        """Every file that is there now. Files may have been written since the last look."""
        self._marks = dict(self._out.marks())
        return list(self._marks)

    def is_whole(self, path: str, digest: bytes) -> bool:
        """Whether the file at ``path`` is there with the bytes of which ``digest`` is the SHA-256."""
        if self.one_by_one:
            return is_whole_as(self._root / path, digest)
        if self._marks is None:
            self.look_again()
        mark = (self._marks or {}).get(path, "")
        if mark and self._found.get((path, mark)) == digest:
            return True
        said = self._known.look(path, digest, mark)
        if said is not None:
            if not is_whole_as(self._root / path, digest):
                return False
            self._known.compared(said)
        self._found[path, mark] = digest
        return True

    def to_bytes(self) -> bytes:
        """What is to be known next time."""
        return self._known.to_bytes(whole=self._known.count > _MOST_FOR_A_FILE * len(self._marks or ()))


def is_whole(file: Path) -> bool:
    """Whether a content-addressed file is there with the bytes that its name says."""
    return is_whole_as(file, bytes.fromhex(file.name.partition(".")[0]))


def is_whole_as(file: Path, digest: bytes) -> bool:
    """Whether a file has the bytes of which ``digest`` is the SHA-256."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").digest() == digest
    except OSError:  # something else lies there, or nothing: making the file will say what is wrong
        return False
