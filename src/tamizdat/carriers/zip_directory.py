"""The directory of a zip file, entry by entry (PKWARE's APPNOTE 6.3, with Zip64).

The standard library's reader holds all of it, some 700 bytes an entry; a mirror must not be made to.
"""

import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from tamizdat.carriers.archive_index import Entry

_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64: Final = struct.Struct("<4sIQI")
_MAX_COMMENT: Final = 0xFFFF
_MAX_32: Final = 0xFFFFFFFF
_MAX_16: Final = 0xFFFF
_UTF_8: Final = 0x800
_ENCRYPTED: Final = 1


def zip_entries(file: BinaryIO) -> Iterator[tuple[str, Entry]]:
    """Name and place of every entry, in the order of the directory; the name is empty for what is no plain file.

    Raises zipfile.BadZipFile, struct.error, EOFError and ValueError for what is no zip.
    """
    start, size, shift = _directory(file)
    reader = io.BufferedReader(_Slice(file, start, size), 1 << 16)
    while head := reader.read(_CENTRAL.size):
        fields = _CENTRAL.unpack(head)
        magic, _, _, flags, method, _, _, crc, packed, length, names, extras, comments, *_, attributes, offset = fields
        if magic != b"PK\1\2":
            raise zipfile.BadZipFile("no entry where the directory should have one")
        name, extra = reader.read(names), reader.read(extras)
        if len(reader.read(comments)) != comments:
            raise EOFError("the directory ends too early")
        length, packed, offset = _long(extra, length, packed, offset)
        text = name.decode("utf-8" if flags & _UTF_8 else "cp437", "replace")
        kind = stat.S_IFMT(attributes >> 16)
        plain = kind in {0, stat.S_IFREG} and not flags & _ENCRYPTED and not text.endswith("/")
        yield text if plain else "", Entry(offset + shift, length, packed, method, crc)


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Where the directory begins, its length, and by how much its offsets are off (something stands before the zip)."""
    whole = file.seek(0, io.SEEK_END)
    tail_start = max(0, whole - _END.size - _MAX_COMMENT)
    file.seek(tail_start)
    tail = file.read(_END.size + _MAX_COMMENT)
    at = tail.rfind(b"PK\5\6", 0, max(0, len(tail) - _END.size) + 4)
    if at < 0:
        raise zipfile.BadZipFile("has no directory: it is not whole")
    _, _, _, _, count, size, offset, _ = _END.unpack_from(tail, at)
    end = tail_start + at
    if count == _MAX_16 or _MAX_32 in {size, offset}:
        end, size, offset = _directory_64(file, end, size, offset)
    start = end - size
    if start < 0 or start < offset:
        raise zipfile.BadZipFile("the directory cannot be where it should")
    return start, size, start - offset


def _directory_64(file: BinaryIO, end: int, size: int, offset: int) -> tuple[int, int, int]:
    """The same from the records of Zip64, if there are any: where the directory ends, its length, its offset."""
    if end < _LOCATOR_64.size:
        return end, size, offset
    file.seek(end - _LOCATOR_64.size)
    magic, _, record, _ = _LOCATOR_64.unpack(file.read(_LOCATOR_64.size))
    if magic != b"PK\6\7":
        return end, size, offset
    record = max(record, end - _LOCATOR_64.size - _END_64.size)  # as others, if something stands before the zip
    file.seek(record)
    magic, *_, size, offset = _END_64.unpack(file.read(_END_64.size))
    if magic != b"PK\6\6":
        raise zipfile.BadZipFile("no long record where there should be one")
    return record, size, offset


def _long(extra: bytes, length: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The numbers of an entry, from its extra field where they are too large for the entry itself."""
    values = [length, packed, offset]
    if _MAX_32 not in values:
        return length, packed, offset
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<2H", extra, at)
        if tag == 1:
            field = extra[at + 4 : at + 4 + size]
            for place, value in enumerate(values):
                if value == _MAX_32:
                    values[place] = struct.unpack_from("<Q", field)[0]
                    field = field[8:]
            break
        at += 4 + size
    return values[0], values[1], values[2]


class _Slice(io.RawIOBase):
    """Some bytes of a file, for a buffered reader."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._at = start
        self._end = start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # the buffer that comes
        self._file.seek(self._at)
        data = self._file.read(min(len(buffer), self._end - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
