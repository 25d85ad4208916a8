"""What server and planner ask of whatever holds the files."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file that may be served: its path below the web root, its length in bytes and its SHA-256 (32 bytes)."""

    path: str
    size: int
    digest: bytes


class Readable(Protocol):
    """Files that may be read."""

    def read(self, file: ServedFile) -> bytes:
        """All of a file. Raises :class:`~tamizdat.errors.LibraryError` when it cannot be had."""
        ...


class Kept(Protocol):
    """Bytes that were checked and wait to be used, by their SHA-256."""

    def put(self, digest: bytes, data: bytes) -> None:
        """Keep ``data``. Raises :class:`~tamizdat.errors.LibraryError` when the disk does not take it."""
        ...

    def find(self, digest: bytes) -> bytes | None:
        """The bytes, if they are there."""
        ...


class Files(Protocol):
    """The verified files of a publication. Several threads may call any method at once.

    What ``open`` and ``read`` give has the digest of the file that was asked for, whatever happened to the disk
    meanwhile. Both raise :class:`~tamizdat.errors.LibraryError` when the file cannot be had (gone, altered, replaced by
    a newer edition's): the caller may ask ``find`` again, once.
    """

    @property
    def version(self) -> int:
        """Grows whenever ``find`` may answer differently from before."""
        ...

    def find(self, path: str) -> ServedFile | None:
        """The file at ``path``, any text; None if there is none. Takes microseconds."""
        ...

    def read(self, file: ServedFile) -> bytes:
        """All of a file; for those that are small enough to be held in memory."""
        ...

    def open(self, file: ServedFile) -> int:
        """A descriptor to read a file from by position (``os.pread``); the caller closes it."""
        ...

    def language(self, path: str) -> str:
        """The language whose folder ``path`` lies in, or empty."""
        ...
