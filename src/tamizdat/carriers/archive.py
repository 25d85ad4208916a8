"""A mirror in one file: .zip, .tar or .tar.gz, as it comes by mail, messenger or memory card.

Nothing is unpacked: the archive is indexed once, and each file is read from its place, in memory. Entries that are no
plain files, or whose names :func:`~tamizdat.carriers.port.is_safe_path` refuses, do not exist for us. Of two
entries with one name the last counts, as when unpacking.
"""

import contextlib
import io
import os
import stat
import struct
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from tamizdat.carriers.archive_index import Entry, Index, Room
from tamizdat.carriers.gunzip import Checkpoint, GunzipFile
from tamizdat.carriers.port import check_path, is_safe_path, too_large
from tamizdat.carriers.zip_directory import zip_entries
from tamizdat.errors import CarrierError, Failure, FormatError, MissingFileError

MAX_ENTRIES: Final = 1_000_000
# One read while indexing: a tar's extended header. Keeps a hostile archive out of memory.
_MAX_TAR_READ_BYTES: Final = 1 << 16
# Whoever accepted a file of this size pays at most this multiple of work for it.
_MAX_INFLATION: Final = 64
_SMALL_ARCHIVE_BYTES: Final = 16 << 20
_MAX_CHECKPOINTS: Final = 256  # of some 40 KB each
_TAR_BLOCK_BYTES: Final = 512
_TAR_MAGIC: Final = slice(257, 262)
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
_GARBLED: Final = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    ArithmeticError,
    LookupError,
    RuntimeError,  # NotImplementedError and RecursionError too
    TypeError,
    AttributeError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the standard library's readers raise on garbled archives (found by property tests)."""


class ArchiveInbound:
    """Reads the files of one archive, which is indexed at the first ``fetch``.

    If everything lies in one top folder, as when the folder itself was packed, its name may be left out of paths. Of a
    tar whose end is missing there is what comes before the cut. Several archives may share ``room`` for their indexes.
    """

    def __init__(self, file: Path, max_entries: int = MAX_ENTRIES, room: Room | None = None) -> None:
        self._file = file
        self._max_entries = max_entries
        self._room = room or Room(max_entries + 1000)
        self._lock = threading.Lock()
        self._checkpoints: list[Checkpoint] = []
        self._index: Index | None = None
        self._kind = ""
        self._top = ""
        self.name = str(file)

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """See :meth:`tamizdat.carriers.port.Inbound.fetch`."""
        check_path(path)
        with self._lock, self._translated(path), self._opened() as file:
            index = self._build_index(file) if self._index is None else self._index
            entry = self._find(path, index)
            if entry.size > max_bytes:
                raise too_large(self.name, path, max_bytes)
            if self._kind == "zip":
                return _read_zip_entry(file, entry, max_bytes)
            with self._tar_bytes(file) as tar:
                tar.seek(entry.offset)
                return _read_exactly(tar, entry.size)

    def list(self) -> Iterator[str]:
        """See :meth:`tamizdat.carriers.port.Listable.list`. Links and devices in an archive are no files."""
        with self._lock, self._translated("."), self._opened() as file:
            if self._index is None:
                self._build_index(file)
            names = sorted({_plain(name) for name, _ in self._entries(file)} - {""})
        # The top folder is left out where it may be; an archive of nothing but metadata has none.
        top = self._top if any(name.startswith(f"{self._top}metadata/") for name in names) else ""
        for name in names:
            yield name.removeprefix(top).encode("utf-8", "backslashreplace").decode()

    @property
    def entries(self) -> int:
        """How many entries are remembered: none before the first ``fetch``."""
        return 0 if self._index is None else len(self._index)

    def _opened(self) -> BinaryIO:
        """The archive. A pipe that somebody put in its place must not be waited for."""
        file = os.fdopen(os.open(self._file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise CarrierError("is no file", carrier=self.name, path=".")
        return file

    @contextlib.contextmanager
    def _translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise CarrierError("the archive is gone", carrier=self.name, path=path) from error
        except _GARBLED as error:
            detail = f"the archive is damaged ({type(error).__name__}: {error})"[:300]
            raise CarrierError(detail, carrier=self.name, path=path) from error

    def _find(self, path: str, index: Index) -> Entry:
        entry = index.find(path) or index.find(self._top + path)
        if entry is None:
            raise MissingFileError("no such file", carrier=self.name, path=path)
        return entry

    def _build_index(self, file: BinaryIO) -> Index:
        self._kind = _sniff(file)
        index = Index(self.name, self._room)
        tops: set[str] = set()
        try:
            for number, (name, entry) in enumerate(self._entries(file)):
                if number >= self._max_entries:
                    raise FormatError(Failure.TOO_LARGE, f"more than {self._max_entries} entries", what=self.name)
                if is_safe_path(path := _plain(name)):
                    index.add(path, entry)
                    if len(tops) < 2:
                        tops.add(path.partition("/")[0])
        except BaseException:
            index.forget()
            raise
        index.finish()
        self._top = f"{tops.pop()}/" if len(tops) == 1 else ""
        self._index = index
        return index

    def _entries(self, file: BinaryIO) -> Iterator[tuple[str, Entry]]:
        if self._kind == "zip":
            yield from zip_entries(file)
        elif self._kind:
            with self._tar_bytes(file) as tar:
                yield from _tar_entries(tar)
        else:
            raise CarrierError("is not a zip or tar archive", carrier=self.name, path=".")

    @contextlib.contextmanager
    def _tar_bytes(self, file: BinaryIO) -> "Iterator[io.BufferedReader | BinaryIO]":
        if self._kind == "tar":
            file.seek(0)
            yield file
            return
        allowed = _SMALL_ARCHIVE_BYTES + _MAX_INFLATION * os.fstat(file.fileno()).st_size
        spacing = max(1 << 20, allowed // _MAX_CHECKPOINTS)
        with io.BufferedReader(GunzipFile(file, self._checkpoints, max_bytes=allowed, spacing_bytes=spacing)) as tar:
            yield tar


def is_archive(file: Path) -> bool:
    """Whether the content (not the name) is one that :class:`ArchiveInbound` reads. Raises OSError."""
    with file.open("rb") as stream:
        return bool(_sniff(stream))


def _sniff(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(_TAR_BLOCK_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "tar.gz"
    return "tar" if head[_TAR_MAGIC] == b"ustar" else ""


class _Guarded(io.RawIOBase):
    """A file for the standard library's readers that refuses absurdly long reads."""

    def __init__(self, read: Callable[[int], bytes], file: "io.BufferedReader | BinaryIO", limit: int) -> None:
        self._read = read
        self._file = file
        self._limit = limit

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        # "Everything" is only asked for near the end of a zip: its last record and comment, under 64 KiB.
        data = self._read(1 << 17 if size is None or size < 0 else min(size, self._limit + 1))
        if len(data) > self._limit:
            raise FormatError(Failure.TOO_LARGE, f"a directory or header over {self._limit} bytes", what="archive")
        return data


def _tar_entries(tar: "io.BufferedReader | BinaryIO") -> Iterator[tuple[str, Entry]]:
    guarded = _Guarded(tar.read, tar, _MAX_TAR_READ_BYTES)
    with tarfile.open(fileobj=guarded, mode="r:") as archive:
        last = -1
        while (info := _next(archive, guarded, last)) is not None:
            # Millions of members must not pile up, and a negative size must not lead in circles.
            archive.members.clear()  # type: ignore[attr-defined] # typeshed hides the list that tarfile documents
            if info.offset_data <= last or info.size < 0:
                raise tarfile.ReadError("members overlap")
            last = info.offset_data
            # Anything else is yielded under a name that no path has, so that it counts against the limit.
            plain = info.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not info.issparse()
            yield info.name if plain else "", Entry(info.offset_data, info.size, info.size)


def _next(archive: tarfile.TarFile, tar: io.RawIOBase, last: int) -> tarfile.TarInfo | None:
    """The next member. None at the end, also where the archive was cut off there."""
    try:
        return archive.next()
    except tarfile.ReadError:
        # What was cut off can be read up to the cut; anything else that is no header is damage.
        if last < 0 or tar.read(1):
            raise
        return None


def _plain(name: str) -> str:
    """The name without what tar writes before it."""
    while name.startswith("./"):
        name = name[2:]
    return name


def _read_zip_entry(file: BinaryIO, entry: Entry, max_bytes: int) -> bytes:
    file.seek(entry.offset)
    magic, name_size, extra_size = _LOCAL_HEADER.unpack(_read_exactly(file, _LOCAL_HEADER.size))
    if magic != b"PK\x03\x04":
        raise zipfile.BadZipFile("no file where the directory says")
    file.seek(name_size + extra_size, io.SEEK_CUR)
    if entry.method == zipfile.ZIP_STORED:
        data = _read_exactly(file, entry.size)
    elif entry.method == zipfile.ZIP_DEFLATED:
        data = _inflate(file, entry, max_bytes)
    else:
        raise zipfile.BadZipFile(f"compression method {entry.method} is not supported")
    if len(data) != entry.size or zlib.crc32(data) != entry.crc:
        raise zipfile.BadZipFile("wrong checksum")
    return data


def _inflate(file: BinaryIO, entry: Entry, max_bytes: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = bytearray()
    left = entry.packed_size
    while left > 0 and not inflater.eof and (chunk := file.read(min(left, 1 << 16))):
        left -= len(chunk)
        # One byte more than announced shows the lie; never 0, which zlib takes for "no limit".
        data += inflater.decompress(chunk, min(entry.size, max_bytes) + 1 - len(data))
        if len(data) > entry.size:
            raise zipfile.BadZipFile("inflates to more than its directory says")
    return bytes(data)


def _read_exactly(file: "io.BufferedReader | BinaryIO", size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise EOFError("ends too early")
    return data
