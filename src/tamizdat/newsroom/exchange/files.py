"""Uploads to sheets: PO, XLIFF, or a zip of them. Names in a zip are only shown; nothing is written to a disk."""

import io
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from tamizdat.carriers.zip_directory import zip_entries
from tamizdat.errors import SourceError
from tamizdat.newsroom.exchange.codes import printable
from tamizdat.newsroom.exchange.po import po, read_po
from tamizdat.newsroom.exchange.sheet import Sheet, file_name
from tamizdat.newsroom.exchange.xliff_read import read_xliff
from tamizdat.newsroom.exchange.xliff_write import xliff_1, xliff_2

MAX_FILE_BYTES: Final = 8_000_000
MAX_BYTES: Final = 64_000_000
"""Of an upload, and of all files in it."""
MAX_FILES: Final = 1_000
_SHOWN_CHARS: Final = 200
_WRITERS: Final = {"xliff12": (xliff_1, "xlf"), "xliff21": (xliff_2, "xlf"), "po": (po, "po")}
FORMATS: Final = tuple(_WRITERS)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file and its sheets, or why it has none."""

    name: str
    sheets: tuple[Sheet, ...] = ()
    fault: str = ""


def written(sheet: Sheet, kind: str) -> tuple[str, bytes]:
    """Name and bytes of a file; ``kind`` is one of FORMATS."""
    write, ending = _WRITERS[kind]
    return file_name(sheet, ending), write(sheet).encode()


class _Pipe:
    """What a zip is written to that nobody turns back in: it is taken away as it comes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """What ``zipfile`` asks for."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """As above."""

    def close(self) -> None:
        """As above."""

    def taken(self) -> bytes:
        """What came since the last time."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Files as one, piece by piece, each as soon as its file is there."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
            yield pipe.taken()
    yield pipe.taken()


def read_upload(data: bytes, name: str, closed: Collection[str] = ()) -> list[ReadFile]:
    """Every file of an upload; of languages that are ``closed`` (in small letters) only that it is of them.

    Raises SourceError for an upload of which nothing can be read.
    """
    name = _plain(name)
    if len(data) > MAX_BYTES:
        raise SourceError(f"is larger than {MAX_BYTES:,} bytes", source=name)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return list(_inside(data, name, closed))
    return [_read(data, name, closed)]


def _plain(name: str) -> str:
    return printable(PurePosixPath(name.replace("\\", "/")).name)[:_SHOWN_CHARS] or "file"


def _read(data: bytes, name: str, closed: Collection[str]) -> ReadFile:
    try:
        if len(data) > MAX_FILE_BYTES:
            raise SourceError(f"is larger than {MAX_FILE_BYTES:,} bytes", source=name)
        return ReadFile(name, tuple((read_xliff if _is_xml(data) else read_po)(data, name, closed)))
    except SourceError as error:
        return ReadFile(name, fault=str(error))


def _is_xml(data: bytes) -> bool:
    head = data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<")


def _inside(data: bytes, name: str, closed: Collection[str]) -> Iterator[ReadFile]:
    """Each file of a zip that could be a translation. A damaged one is a fault of its own."""
    try:
        # Counted without keeping them: a directory of a million names would fill the memory.
        for count, _entry in enumerate(zip_entries(io.BytesIO(data)), 1):
            if count > MAX_FILES:
                raise SourceError(f"holds more than {MAX_FILES:,} files", source=name)
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, struct.error, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise SourceError(f"is no zip that can be read ({type(error).__name__})", source=name) from error
    left, stories = MAX_BYTES, 0
    with archive:
        for entry in archive.infolist():
            inside = _plain(entry.filename)
            if entry.is_dir() or entry.filename.startswith("__MACOSX/") or inside.startswith("."):
                continue
            try:
                inner = _inflated(archive, entry, min(MAX_FILE_BYTES, left) + 1)
            except SourceError as error:
                yield ReadFile(inside, fault=str(error))
                continue
            left -= len(inner)
            if left < 0:
                raise SourceError(f"holds more than {MAX_BYTES:,} bytes", source=name)
            read = _read(inner, inside, closed)
            stories += len(read.sheets)
            if stories > MAX_FILES:
                raise SourceError(f"holds more than {MAX_FILES:,} stories: bring it back in parts", source=name)
            yield read


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Up to ``most`` bytes of a file. Raises SourceError."""
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise SourceError("is packed in a way that is not read", source=_plain(entry.filename))
    try:
        with archive.open(entry) as file:
            return file.read(most)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OSError) as error:
        raise SourceError(f"is damaged ({type(error).__name__})", source=_plain(entry.filename)) from error
