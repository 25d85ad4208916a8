"""Listings: one directory of the site as bytes (spec/site.md). No I/O."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from tamizdat.edition.merkle import HASH_BYTES
from tamizdat.edition.wire import Cursor, number, string
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS

MAGIC: Final = b"TZD\x01"
MAX_PATH: Final = 1024
"""Characters of a path from the web root, as carriers take it."""
MAX_DIGITS: Final = 8
"""How often a directory may be divided."""
SITE_TARGET: Final = "site.list"
"""Target of the role ``app``: the top listing of what lies outside the languages' folders."""
COPY_SUFFIXES: Final = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}
"""How compressed copies end, by HTTP content encoding; each lies beside the file that it is a copy of."""
_SEGMENT: Final = re.compile(r"[A-Za-z0-9._~-]{1,255}")
_TEMPORARY: Final = ".tamizdat-"
_MAX_NAME: Final = 255
_DIGITS: Final = frozenset("0123456789abcdef")


class Kind(IntEnum):
    """What an entry of a listing stands for."""

    FILE = 0
    DIRECTORY = 1
    PART = 2
    """Some of a large directory's entries: those with one more hexadecimal digit of the hash of their names."""


class Leaf(NamedTuple):
    """A file of the site: its length in bytes and its SHA-256."""

    size: int
    digest: bytes


def copied_file(path: str) -> str:
    """The path of the file that a compressed copy at ``path`` lies beside; ``path`` itself if no copy ends so."""
    return next((path.removesuffix(end) for end in COPY_SUFFIXES.values() if path.endswith(end)), path)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing. ``size`` and ``digest`` are those of the file, or of the listing below."""

    name: str
    kind: Kind
    size: int
    digest: bytes

    def to_bytes(self) -> bytes:
        """The entry as it stands in a listing."""
        return string(self.name) + bytes([self.kind]) + number(self.size) + self.digest


def listing_to_bytes(entries: Iterable[Entry]) -> bytes:
    """The listing file."""
    found = sorted(entries, key=lambda entry: entry.name)
    return MAGIC + number(len(found)) + b"".join(entry.to_bytes() for entry in found)


def read_listing(data: bytes) -> tuple[Entry, ...]:
    """The entries of a listing, in order of name. Raises FormatError."""
    if len(data) > LIMITS.max_listing_bytes:
        raise FormatError(Failure.TOO_LARGE, f"{len(data)} bytes, limit {LIMITS.max_listing_bytes}", what="listing")
    cursor = Cursor(data, "listing")
    cursor.magic(MAGIC)
    count = cursor.count(LIMITS.max_listing_entries, "entries")
    if not count:
        raise cursor.fail("lists nothing; an empty directory does not exist")
    found: list[Entry] = []
    for _ in range(count):
        entry = _read_entry(cursor)
        if found and entry.name <= found[-1].name:
            raise cursor.fail("names out of order or repeated", Failure.NONCANONICAL)
        if found and (entry.kind is Kind.PART) is not (found[-1].kind is Kind.PART):
            raise cursor.fail("parts among other entries")
        found.append(entry)
    cursor.end()
    return tuple(found)


def _read_entry(cursor: Cursor) -> Entry:
    name = cursor.string(_MAX_NAME, "name")
    kind = cursor.take(1)[0]
    if kind > max(Kind):
        raise cursor.fail(f"kind {kind} of entry is unknown", Failure.UNSUPPORTED)
    if not is_name(name) or (kind == Kind.PART and name not in _DIGITS):
        raise cursor.fail(f"{name!r:.60} cannot be a name here")
    limit = LIMITS.max_site_file_bytes if kind == Kind.FILE else LIMITS.max_listing_bytes
    size = cursor.count(limit, "bytes in one file")
    return Entry(name, Kind(kind), size, cursor.take(HASH_BYTES))


def is_name(name: str) -> bool:
    """Whether carriers take ``name`` as one segment of a path."""
    return bool(_SEGMENT.fullmatch(name)) and name not in {".", ".."} and not name.startswith(_TEMPORARY)


def name_digits(name: str) -> str:
    """The hexadecimal digits, one after the other, that decide into which part of a large directory ``name`` goes."""
    return hashlib.sha256(name.encode()).hexdigest()[:MAX_DIGITS]


def listing_path(folder: str, digest: bytes, *, top: bool = False) -> str:
    """Where a listing lies under the web root. The top one outside the languages' folders is a TUF target."""
    if top and not folder:
        return f"{digest.hex()}.{SITE_TARGET}"
    return f"{folder}/site/{digest.hex()}.list" if folder else f"site/{digest.hex()}.list"


def reserved_names(folder: str) -> frozenset[str]:
    """Names that no entry of the top listing may bear."""
    return frozenset({"site"}) if folder else frozenset({"site", "metadata"})


def page_order(path: str) -> tuple[bool, int, str]:
    """In which order pages are overwritten (spec/site.md, "Publishing"): leaves first, front pages last.

    What lies deep comes before what links to it, the whole site's own pages at the very end. Each page comes just
    before its copies, which are what most readers get.
    """
    return (copied_file(path).endswith("index.html"), -path.count("/"), path)
