"""Files that were fetched and checked, and wait until all of an edition is there. A killed mirror finds them again."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from tamizdat.carriers.port import TEMPORARY_PREFIX
from tamizdat.errors import LibraryError


class Incoming:
    """The folder of files named by the hash of their bytes. Several threads may use it at once.

    What ``has`` says yes to lies there whole: its bytes were hashed by this process. Raises LibraryError when the disk
    does not take a file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._whole: set[bytes] = set()

    def path(self, digest: bytes) -> Path:
        """Where the file lies, or would lie."""
        return self._folder / digest.hex()

    def has(self, digest: bytes, size: int) -> bool:
        """Whether the file is there, whole. What an earlier process left is hashed once."""
        if digest in self._whole:
            return True
        try:
            with self.path(digest).open("rb") as stream:
                whole = (
                    os.fstat(stream.fileno()).st_size == size
                    and hashlib.file_digest(stream, "sha256").digest() == digest
                )
        except OSError:
            return False
        if whole:
            self._whole.add(digest)
        return whole

    def put(self, digest: bytes, data: bytes) -> None:
        """Keep ``data``, whose SHA-256 the caller has checked to be ``digest``."""
        if digest in self._whole:
            return
        try:
            self._folder.mkdir(exist_ok=True)
            # No other name first: whoever comes upon a file that is not whole finds that out by its hash.
            self.path(digest).write_bytes(data)
        except OSError as error:
            with suppress(OSError):
                self.path(digest).unlink()
            raise LibraryError(f"cannot be written ({error.strerror})", file=self._folder) from error
        self._whole.add(digest)

    def read(self, digest: bytes) -> bytes:
        """The bytes of a file that is there."""
        try:
            return self.path(digest).read_bytes()
        except OSError as error:
            self._whole.discard(digest)
            raise LibraryError(f"cannot be read ({error.strerror})", file=self.path(digest)) from error

    def find(self, digest: bytes) -> bytes | None:
        """The bytes of a file, if it is there, whole."""
        try:
            size = self.path(digest).stat().st_size
        except OSError:
            return None
        return self.read(digest) if self.has(digest, size) else None

    def forget(self, digest: bytes) -> None:
        """The file has been moved away, or was not what it should be."""
        self._whole.discard(digest)

    def temporary(self) -> Path:
        """A place for a file that is being made. What a crash leaves there goes with the next :meth:`clear`."""
        return self._folder / f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}"

    @property
    def total_bytes(self) -> int:
        """Length of all files that are there."""
        try:
            return sum(entry.stat().st_size for entry in os.scandir(self._folder))
        except OSError:
            return 0

    def clear(self, keep: frozenset[bytes] = frozenset()) -> None:
        """Remove everything that is not named in ``keep``: leavings of fetches that were given up."""
        names = {digest.hex() for digest in keep}
        self._whole &= keep
        with suppress(OSError):
            for entry in list(os.scandir(self._folder)):
                if entry.name not in names:
                    with suppress(OSError):  # it does no harm there, and goes with the next edition
                        Path(entry.path).unlink(missing_ok=True)
