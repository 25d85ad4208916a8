"""The index: what an edition consists of and how to fetch it (spec/edition.md, "Index" and "Shelf")."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeVar

from tamizdat.edition.head import SignedHead, read_signed_head, string_bytes
from tamizdat.edition.merkle import HASH_BYTES
from tamizdat.edition.ways_in import WayIn, read_ways_in, ways_in_to_bytes
from tamizdat.edition.wire import MAX_NUMBER, Cursor, number, string
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS

INDEX_MAGIC: Final = b"TZI\x01"
SHELF_MAGIC: Final = b"TZS\x01"
SKIPPABLE: Final = 0x80
"""Section types from here up may be skipped by a reader that does not know them; lower ones may not."""
_MAX_TEXT: Final = 1000
T = TypeVar("T")


class Section(IntEnum):
    """Section types. Those from ``NOTICES`` on are reserved: their content is defined later, their numbers now."""

    HEAD = 1
    SEGMENTS = 2
    SHELF = 3
    SECTIONS = 4
    FRONT = 5
    ABOUT = 6
    WAYS_IN = 0x81
    NOTICES = 0x82
    PRIMERS = 0x83
    APP_HASH = 0x84
    LETTER_RECIPIENTS = 0x85
    SEALED_REPLIES = 0x86
    DAYS = 0x87


_DEFINED: Final = frozenset({1, 2, 3, 4, 5, 6, 0x81})


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """The live records of log positions ``start`` to ``stop`` (exclusive), in one pack.

    ``size`` is the pack's length in bytes; 0 when nothing live is left, and then there is no pack and no ``digest``.
    """

    start: int
    stop: int
    size: int
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class ShelfRef:
    """Where segments for readers whose mark lies below ``below`` are listed."""

    below: int
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class FrontEntry:
    """One place on the front page. After these, stories follow newest first."""

    story_id: str
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """Everything about one edition but the stories themselves. ``log_end`` is the mark of a reader that holds it."""

    head: SignedHead
    log_end: int
    segments: tuple[Segment, ...] = ()
    shelf: ShelfRef | None = None
    sections: tuple[tuple[str, str], ...] = ()
    """(id, label in the edition's language), in the order of the newspaper."""
    front: tuple[FrontEntry, ...] = ()
    about: tuple[tuple[str, str], ...] = ()
    """(key, text): ``name`` of the publication, ``base_url``."""
    ways_in: tuple[WayIn, ...] = ()
    """Mirrors that the publication makes known, ascending."""
    reserved: tuple[tuple[int, bytes], ...] = field(default=())
    """Skippable sections, as they came."""

    @property
    def web_mirrors(self) -> tuple[str, ...]:
        """The web addresses among the ways in."""
        return tuple(way.address for way in self.ways_in if way.address)


# --- Writing ------------------------------------------------------------------------------------------------------


def _listed(items: Iterable[bytes]) -> bytes:
    kept = list(items)
    return number(len(kept)) + b"".join(kept)


def _segments_bytes(segments: Iterable[Segment]) -> bytes:
    return _listed(
        number(segment.start) + number(segment.stop - segment.start) + number(segment.size) + segment.digest
        for segment in sorted(segments)
    )


def index_to_bytes(index: Index) -> bytes:
    """The index file."""
    parts: dict[int, bytes] = {
        Section.HEAD: index.head.to_bytes(),
        Section.SEGMENTS: number(index.log_end) + _segments_bytes(index.segments),
    }
    if index.shelf:
        parts[Section.SHELF] = number(index.shelf.below) + number(index.shelf.size) + index.shelf.digest
    if index.sections:
        parts[Section.SECTIONS] = _listed(string(name) + string(label) for name, label in index.sections)
    if index.front:
        parts[Section.FRONT] = _listed(bytes([entry.pinned]) + string(entry.story_id) for entry in index.front)
    if index.about:
        parts[Section.ABOUT] = _listed(string(key) + string(text) for key, text in index.about)
    if index.ways_in:
        parts[Section.WAYS_IN] = ways_in_to_bytes(index.ways_in)
    parts.update(index.reserved)
    return INDEX_MAGIC + b"".join(bytes([kind]) + string_bytes(data) for kind, data in sorted(parts.items()))


def shelf_to_bytes(segments: Iterable[Segment]) -> bytes:
    """The shelf file: more segments, for readers who were away for long."""
    return SHELF_MAGIC + _segments_bytes(segments)


# --- Reading ------------------------------------------------------------------------------------------------------


def read_index(data: bytes) -> Index:
    """The index in ``data``; its head is not verified yet. Raises FormatError."""
    if len(data) > LIMITS.max_index_bytes:
        raise FormatError(Failure.TOO_LARGE, f"{len(data)} bytes, limit {LIMITS.max_index_bytes}", what="index")
    parts = _sections(data)
    if Section.HEAD not in parts or Section.SEGMENTS not in parts:
        raise FormatError(Failure.MALFORMED, "has no head or no segments", what="index")
    segments = Cursor(parts[Section.SEGMENTS], "index segments")
    log_end = segments.number()
    return Index(
        head=read_signed_head(parts[Section.HEAD]),
        log_end=log_end,
        segments=_read_segments(segments, log_end),
        shelf=_whole(parts, Section.SHELF, _shelf_ref),
        sections=_whole(parts, Section.SECTIONS, _pairs) or (),
        front=_whole(parts, Section.FRONT, _front) or (),
        about=_whole(parts, Section.ABOUT, _pairs) or (),
        ways_in=_whole(parts, Section.WAYS_IN, read_ways_in) or (),
        reserved=tuple((kind, part) for kind, part in parts.items() if kind not in _DEFINED),
    )


def _sections(data: bytes) -> dict[int, bytes]:
    cursor = Cursor(data, "index")
    cursor.magic(INDEX_MAGIC)
    parts: dict[int, bytes] = {}
    last = -1
    while cursor.left:
        kind = cursor.take(1)[0]
        if kind <= last:
            raise cursor.fail("sections out of order or repeated", Failure.NONCANONICAL)
        if kind < SKIPPABLE and kind not in _DEFINED:
            raise cursor.fail(f"section {kind} is critical and unknown", Failure.UNSUPPORTED)
        parts[kind] = cursor.take(cursor.count(LIMITS.max_index_bytes, "bytes of section"))
        last = kind
    return parts


def _whole(parts: dict[int, bytes], kind: Section, read: Callable[[Cursor], T]) -> T | None:
    """Read one optional section with ``read`` and check that nothing follows."""
    if kind not in parts:
        return None
    cursor = Cursor(parts[kind], f"index {kind.name.lower()}")
    value = read(cursor)
    cursor.end()
    return value


def _read_segments(cursor: Cursor, log_end: int) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for _ in range(cursor.count(LIMITS.max_segments, "segments")):
        start, length = cursor.number(), cursor.number()
        size = cursor.count(LIMITS.max_pack_bytes, "bytes of pack")
        if not length:
            raise cursor.fail("a segment over nothing")
        segment = Segment(start, start + length, size, cursor.take(HASH_BYTES) if size else b"")
        if segment.stop > log_end:
            raise cursor.fail("a segment past the end of the log")
        if found and (segment.start, segment.stop) <= (found[-1].start, found[-1].stop):
            raise cursor.fail("segments out of order or repeated", Failure.NONCANONICAL)
        found.append(segment)
    cursor.end()
    return tuple(found)


def _some(cursor: Cursor, limit: int, what: str) -> int:
    """A count in a section that is left out when there is nothing to say."""
    count = cursor.count(limit, what)
    if not count:
        raise cursor.fail("an empty section is not left out", Failure.NONCANONICAL)
    return count


def _shelf_ref(cursor: Cursor) -> ShelfRef:
    below = cursor.number()
    return ShelfRef(below, cursor.count(LIMITS.max_shelf_bytes, "bytes of shelf"), cursor.take(HASH_BYTES))


def _pairs(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    return tuple(
        (cursor.string(_MAX_TEXT, "name"), cursor.string(_MAX_TEXT, "text"))
        for _ in range(_some(cursor, LIMITS.max_sections, "entries"))
    )


def _front(cursor: Cursor) -> tuple[FrontEntry, ...]:
    entries: list[FrontEntry] = []
    for _ in range(_some(cursor, LIMITS.max_front_entries, "front page entries")):
        flags = cursor.take(1)[0]
        if flags > 1:
            raise cursor.fail(f"front page flags {flags}", Failure.UNSUPPORTED)
        entries.append(FrontEntry(cursor.string(LIMITS.max_story_id_bytes, "story id"), bool(flags)))
    return tuple(entries)


def read_shelf(data: bytes) -> tuple[Segment, ...]:
    """The segments on a shelf. Raises FormatError."""
    if len(data) > LIMITS.max_shelf_bytes:
        raise FormatError(Failure.TOO_LARGE, f"{len(data)} bytes, limit {LIMITS.max_shelf_bytes}", what="shelf")
    cursor = Cursor(data, "shelf")
    cursor.magic(SHELF_MAGIC)
    return _read_segments(cursor, MAX_NUMBER)
