"""The bytes of an archive around the files in it. Deterministic: the same files give the same archive, on any machine.

No name, time or number of a user or machine is in it: every file is dated 1980 (zip) or 1970 (tar), as nobody's. What
stands before a file depends on that file alone, so that an archive which was cut off can be continued; what stands at
the end of a zip (its directory) is made from the list of all files. Zip: PKWARE's APPNOTE 6.3; tar: POSIX 1003.1-2001.
"""

import hashlib
import struct
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from tamizdat.errors import UsageError

STORED: Final = 0
DEFLATED: Final = 8

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64: Final = struct.Struct("<4sIQI")
_EXTRA_64: Final = struct.Struct("<2HQ")
_UNIX: Final = 3 << 8
_VERSION: Final = 20
_VERSION_64: Final = 45
_FIRST_DAY: Final = 0x21  # 1 January 1980: zip knows nothing earlier
_MODE: Final = 0o100644 << 16
_MAX_16: Final = 0xFFFF
_MAX_32: Final = 0xFFFFFFFF

_BLOCK: Final = 512
_TAR_NAME_CHARS: Final = 100

_GZIP_HEAD: Final = bytes((0x1F, 0x8B, 8, 0))
_GZIP_HEAD_BYTES: Final = 10
GZIP_BYTES: Final = 18
"""What gzip puts around deflated bytes: ten before them, if it names no file, and eight after."""


class Stored(NamedTuple):
    """One file in an archive: where its head begins, how its bytes are kept, their length and that of the file."""

    path: str
    offset: int
    method: int
    packed: int
    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Packed:
    """A file's bytes as they go into an archive."""

    data: bytes
    body: bytes
    """``data``, or what a zip keeps in its place."""
    method: int = STORED


class ArchiveFormat(Protocol):
    """One kind of archive."""

    ending: str
    deflates: bool
    """Whether files may be kept deflated."""
    block_bytes: int
    """A multiple of which every file's bytes are filled up to, with zeros."""

    def before(self, path: str, packed: Packed) -> bytes:
        """What stands before a file's bytes."""
        ...

    def head_bytes(self, path: str) -> int:
        """Length of ``before``."""
        ...

    def read_before(self, head: bytes, path: str) -> Stored | None:
        """What stands before a file's bytes, as it was read, at offset 0; None if it is not that of this file."""
        ...

    def end(self, files: Sequence[Stored], size: int) -> bytes:
        """What stands at the end of an archive of ``size`` bytes up to there."""
        ...


class ZipFormat:
    """``.zip``: what everybody can open."""

    ending = ".zip"
    deflates = True
    block_bytes = 1

    def before(self, path: str, packed: Packed) -> bytes:
        """See :class:`ArchiveFormat`."""
        name = path.encode()
        fields = (_VERSION, 0, packed.method, 0, _FIRST_DAY, zlib.crc32(packed.data))
        return _LOCAL.pack(b"PK\3\4", *fields, len(packed.body), len(packed.data), len(name), 0) + name

    def head_bytes(self, path: str) -> int:
        """See :class:`ArchiveFormat`."""
        return _LOCAL.size + len(path)

    def read_before(self, head: bytes, path: str) -> Stored | None:
        """See :class:`ArchiveFormat`."""
        if len(head) != self.head_bytes(path):
            return None
        magic, _, _, method, _, _, crc, packed, size, _, _ = _LOCAL.unpack_from(head)
        same = magic == b"PK\3\4" and head[_LOCAL.size :] == path.encode()
        return Stored(path, 0, method, packed, size, crc) if same else None

    def end(self, files: Sequence[Stored], size: int) -> bytes:
        """See :class:`ArchiveFormat`. With the records of Zip64 where the numbers of the first zip do not suffice."""
        directory = b"".join(map(_central, files))
        count, length = len(files), len(directory)
        end = b""
        if count >= _MAX_16 or size >= _MAX_32 or length >= _MAX_32:
            fields = (_END_64.size - 12, _UNIX | _VERSION_64, _VERSION_64, 0, 0, count, count, length, size)
            end = _END_64.pack(b"PK\6\6", *fields) + _LOCATOR_64.pack(b"PK\6\7", 0, size + length, 1)
        short = min(count, _MAX_16)
        return directory + end + _END.pack(b"PK\5\6", 0, 0, short, short, min(length, _MAX_32), min(size, _MAX_32), 0)


def _central(file: Stored) -> bytes:
    name = file.path.encode()
    far = file.offset >= _MAX_32
    extra = _EXTRA_64.pack(1, 8, file.offset) if far else b""
    version = _VERSION_64 if far else _VERSION
    fields = (_UNIX | version, version, 0, file.method, 0, _FIRST_DAY, file.crc, file.packed, file.size)
    rest = (len(name), len(extra), 0, 0, 0, _MODE, min(file.offset, _MAX_32))
    return _CENTRAL.pack(b"PK\1\2", *fields, *rest) + name + extra


class TarFormat:
    """``.tar``: what can be read even if its end is missing."""

    ending = ".tar"
    deflates = False
    block_bytes = _BLOCK

    def before(self, path: str, packed: Packed) -> bytes:
        """See :class:`ArchiveFormat`."""
        return _tar_head(path, len(packed.body))

    def head_bytes(self, path: str) -> int:
        """See :class:`ArchiveFormat`."""
        return len(_tar_head(path, 0)) if len(path) > _TAR_NAME_CHARS else _BLOCK

    def read_before(self, head: bytes, path: str) -> Stored | None:
        """See :class:`ArchiveFormat`."""
        try:
            size = tarfile.TarInfo.frombuf(head[-_BLOCK:], "ascii", "strict").size
        except (tarfile.TarError, UnicodeDecodeError):
            return None
        return Stored(path, 0, STORED, size, size, 0) if size >= 0 and head == _tar_head(path, size) else None

    def end(self, files: Sequence[Stored], size: int) -> bytes:  # noqa: ARG002 - a tar has no directory
        """See :class:`ArchiveFormat`."""
        return b"\0" * (2 * _BLOCK)


def _tar_head(path: str, size: int) -> bytes:
    info = tarfile.TarInfo(path)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT, "ascii", "strict")


def format_of(file: Path) -> ArchiveFormat:
    """The format that a file's name asks for; zip if it asks for none. Raises UsageError for one that is not ours."""
    ending = file.suffix.lower()
    if ending in {".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"}:
        raise UsageError(f"{file}: {ending} is not written here; what travels is compressed already: take .zip or .tar")
    return TarFormat() if ending == TarFormat.ending else ZipFormat()


def pack(data: bytes, gzipped: bytes | None) -> Packed:
    """A file's bytes; deflated if ``gzipped``, the copy for web servers, is made of the same bytes."""
    if gzipped is not None and ungzip(gzipped, len(data)) == data and gzipped.startswith(_GZIP_HEAD):
        return Packed(data, gzipped[_GZIP_HEAD_BYTES:-8], DEFLATED)
    return Packed(data, data)


def unpack(body: bytes, method: int, size: int) -> bytes | None:
    """The file's bytes again; None for what is not the form of exactly that many."""
    if method == STORED:
        return body if len(body) == size else None
    return _inflate(body, -zlib.MAX_WBITS, size) if method == DEFLATED else None


def ungzip(gzipped: bytes, size: int) -> bytes | None:
    """What a gzip copy of a file of ``size`` bytes holds; None if that is no such file."""
    return _inflate(gzipped, 16 + zlib.MAX_WBITS, size)


def _inflate(body: bytes, window_bits: int, size: int) -> bytes | None:
    inflater = zlib.decompressobj(window_bits)
    try:
        # One byte more than there should be shows that there are more; 0 would be no limit.
        data = inflater.decompress(body, size + 1)
    except zlib.error:
        return None
    whole = inflater.eof and not inflater.unused_data and len(data) == size
    return data if whole else None


def filling(kind: ArchiveFormat, size: int) -> bytes:
    """What stands after a file's bytes, of which there are ``size``."""
    return b"\0" * (-size % kind.block_bytes)


def is_bytes(data: bytes | None, digest: bytes) -> bool:
    """Whether ``data`` are the bytes whose SHA-256 is ``digest``."""
    return data is not None and hashlib.sha256(data).digest() == digest
