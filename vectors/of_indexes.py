"""Vectors for heads, indexes and shelves."""

from collections.abc import Iterator

from of_ways_in import ways_json
from samples import NOON, Vector, bad, good

from tamizdat.edition.head import Head, SignedHead
from tamizdat.edition.index import FrontEntry, Index, Section, Segment, ShelfRef, index_to_bytes, shelf_to_bytes
from tamizdat.edition.ways_in import WayIn
from tamizdat.edition.wire import MAX_NUMBER, number, string

HEAD = Head("ru", 12, NOON, 3, bytes(range(32)))
SIGNED = SignedHead(HEAD.to_bytes(), (("3f2a9b10", bytes(64)),))
SEGMENTS = (Segment(0, 5, 900, bytes(32)), Segment(0, 7, 0), Segment(5, 7, 100, bytes([1]) * 32))
INDEX = Index(
    head=SIGNED,
    log_end=7,
    segments=SEGMENTS,
    shelf=ShelfRef(0, 50, bytes([2]) * 32),
    sections=(("politics", "Политика"), ("", "")),
    front=(FrontEntry("strike", pinned=True), FrontEntry("other")),
    about=(("name", "\ufeffДальний берег"),),
    ways_in=(WayIn.web("https://far.example/"), WayIn(2, b"of a later version")),
    reserved=((0x80, b""), (0x90, b"something of tomorrow"), (0xFF, b"\xff")),
)
Case = tuple[str, str, bytes, str]


def head_json(head: Head) -> Vector:
    """A head as vectors show it."""
    time = head.time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "language": head.language,
        "number": head.number,
        "time": time,
        "count": head.count,
        "root": head.root.hex(),
    }


def segments_json(segments: tuple[Segment, ...]) -> list[list[object]]:
    """Segments as vectors show them."""
    return [[s.start, s.stop, s.size, s.digest.hex()] for s in segments]


def heads() -> Iterator[Vector]:
    """Signed heads; signatures are not checked here."""
    most = Head("sr-Latn", MAX_NUMBER, NOON.replace(year=9999), MAX_NUMBER, bytes(32))
    least = Head("ru", 0, NOON.replace(year=1970, month=1, day=1, hour=0), 0, bytes(32))
    for name, rule, head, ids in (
        ("one signature", "head and signatures", HEAD, "a"),
        ("two signatures", "ascending by key id", HEAD, "ba"),
        ("no signature", "whether it is enough is decided later", HEAD, ""),
        ("eight signatures", "at most 8", HEAD, "abcdefgh"),
        ("largest numbers", "at most 2^53-1", most, "a"),
        ("smallest numbers", "from 0", least, "a"),
    ):
        data = SignedHead(head.to_bytes(), tuple((keyid, keyid.encode() * 64) for keyid in ids)).to_bytes()
        signatures = {keyid: (keyid.encode() * 64).hex() for keyid in sorted(ids)}
        yield good(name, rule, data, head_json(head) | {"signatures": signatures})
    for name, rule, data, failure in _bad_heads():
        yield bad(name, rule, data, failure)


def _bad_heads() -> Iterator[Case]:
    body, data = HEAD.to_bytes(), SIGNED.to_bytes()

    def signed(head: bytes, *ids: str) -> bytes:
        return number(len(head)) + head + number(len(ids)) + b"".join(string(keyid) + bytes(64) for keyid in ids)

    def timed(seconds: bytes) -> bytes:
        return signed(b"TZH\x01" + string("ru") + number(12) + seconds + number(3) + bytes(32), "a")

    yield "unordered signatures", "ascending by key id", signed(body, "b", "a"), "noncanonical"
    yield "one id twice", "no key id twice", signed(body, "a", "a"), "noncanonical"
    yield "no bytes", "a head is there", b"", "malformed"
    yield "signature cut", "64 bytes", data[:-1], "malformed"
    yield "bytes behind", "nothing follows", data + b"\0", "malformed"
    yield "bytes behind the root", "nothing follows", signed(body + b"\0", "a"), "malformed"
    yield "root cut", "32 bytes", signed(body[:-1], "a"), "malformed"
    yield "other letters", "begins with TZH", signed(b"ABC\x01" + body[4:], "a"), "malformed"
    yield "another version", "version 1", signed(b"TZH\x02" + body[4:], "a"), "unsupported"
    yield "year 10000", "times up to 9999", timed(number(253_402_300_800)), "too-large"
    yield "time over 2^53-1", "at most 2^53-1", timed(b"\xff" * 7 + b"\x7f"), "too-large"
    yield "time in a long form", "shortest form", timed(b"\x81\x00"), "noncanonical"
    yield "head too long", "at most 1,024 bytes", number(1025) + bytes(1025), "too-large"
    yield "nine signatures", "at most 8", signed(body, *"abcdefghi"), "too-large"
    yield "key id too long", "at most 64 bytes", signed(body, "a" * 65), "too-large"
    yield "language too long", "at most 35 bytes", signed(b"TZH\x01" + string("a" * 36) + body[7:], "a"), "too-large"
    yield "language not UTF-8", "text is UTF-8", signed(b"TZH\x01\x02\xff\xff" + body[7:], "a"), "malformed"


def index_json(index: Index) -> Vector:
    """An index as vectors show it."""
    shelf = index.shelf
    return {
        "log_end": index.log_end,
        "head": head_json(index.head.head),
        "segments": segments_json(index.segments),
        "shelf": {"below": shelf.below, "size": shelf.size, "digest": shelf.digest.hex()} if shelf else None,
        "sections": [list(pair) for pair in index.sections],
        "front": [[entry.story_id, entry.pinned] for entry in index.front],
        "about": [list(pair) for pair in index.about],
        "ways_in": ways_json(index.ways_in),
        "reserved": {str(kind): data.hex() for kind, data in index.reserved},
    }


def indexes() -> Iterator[Vector]:
    """Sections, known, reserved and unknown."""
    whole = index_to_bytes(INDEX)
    yield good(
        "everything, and sections of a later version",
        "an unknown section from 0x80 on is skipped",
        whole,
        index_json(INDEX),
    )
    least = Index(SIGNED, 0)
    yield good(
        "nothing but head and segments", "the other sections are optional", index_to_bytes(least), index_json(least)
    )
    for name, rule, data, failure in (*_bad_sections(whole), *_bad_segments(), *_bad_contents()):
        yield bad(name, rule, data, failure)
    yield bad("index too large", "at most 1,000,000 bytes", (whole, (b"\0", 1_000_000)), "too-large")


def _index(*sections: tuple[int, bytes]) -> bytes:
    return b"TZI\x01" + b"".join(bytes([kind]) + number(len(part)) + part for kind, part in sections)


def _with_segments(part: bytes) -> bytes:
    return _index((Section.HEAD, SIGNED.to_bytes()), (Section.SEGMENTS, part))


def _with_one(kind: int, part: bytes) -> bytes:
    return _index((Section.HEAD, SIGNED.to_bytes()), (Section.SEGMENTS, number(7) + number(0)), (kind, part))


def _segment(start: int, length: int, size: int = 0) -> bytes:
    return number(start) + number(length) + number(size) + bytes(32 if size else 0)


def _bad_sections(whole: bytes) -> Iterator[Case]:
    head, segments = (Section.HEAD, SIGNED.to_bytes()), (Section.SEGMENTS, number(7) + number(0))
    yield "other letters", "begins with TZI", b"ABC\x01" + whole[4:], "malformed"
    yield "another version", "version 1", b"TZI\x02" + whole[4:], "unsupported"
    for kind in (0x07, 0x7F):
        yield (
            f"critical unknown section {kind}",
            "an unknown section below 0x80 is refused",
            _with_one(kind, b""),
            "unsupported",
        )
    yield (
        "critical unknown section 0",
        "an unknown section below 0x80 is refused",
        _index((0, b""), head, segments),
        "unsupported",
    )
    yield "no head", "a head is there", _index(segments), "malformed"
    yield "no segments", "segments are there", _index(head), "malformed"
    yield "sections out of order", "types ascend", _index(segments, head), "noncanonical"
    yield "a section twice", "none twice", _index(head, head), "noncanonical"
    yield "a later section twice", "none twice", _index(head, segments, (0x90, b""), (0x90, b"")), "noncanonical"
    yield "section cut", "a section is whole", whole[:-1], "malformed"
    yield "section without length", "a section is whole", whole[:4] + b"\x01", "malformed"
    yield (
        "section longer than an index",
        "at most 1,000,000 bytes",
        _index(head) + b"\x02" + number(1_000_001),
        "too-large",
    )


def _bad_segments() -> Iterator[Case]:
    log = number(7)
    yield (
        "segment over nothing",
        "stop lies behind start",
        _with_segments(log + number(1) + _segment(0, 0)),
        "malformed",
    )
    yield "segment past the end", "within the log", _with_segments(log + number(1) + _segment(5, 3)), "malformed"
    yield (
        "starts out of order",
        "ascending",
        _with_segments(log + number(2) + _segment(5, 2) + _segment(0, 5)),
        "noncanonical",
    )
    yield (
        "stops out of order",
        "ascending",
        _with_segments(log + number(2) + _segment(0, 5) + _segment(0, 4)),
        "noncanonical",
    )
    yield (
        "a segment twice",
        "none twice",
        _with_segments(log + number(2) + _segment(0, 5, 9) + _segment(0, 5, 8)),
        "noncanonical",
    )
    yield (
        "pack too large",
        "at most 6,000,000 bytes",
        _with_segments(log + number(1) + _segment(0, 5, 6_000_001)),
        "too-large",
    )
    yield "too many segments", "at most 16,384", _with_segments(log + number(16_385)), "too-large"
    yield "digest cut", "32 bytes", _with_segments(log + number(1) + _segment(0, 5, 9)[:-1]), "malformed"
    yield "bytes behind segments", "nothing follows", _with_segments(log + number(0) + b"x"), "malformed"


def _bad_contents() -> Iterator[Case]:
    one = number(1)
    yield "shelf cut", "32 bytes of digest", _with_one(Section.SHELF, one + one + bytes(31)), "malformed"
    yield "bytes behind the shelf", "nothing follows", _with_one(Section.SHELF, one + one + bytes(33)), "malformed"
    yield (
        "shelf too large",
        "at most 4,000,000 bytes",
        _with_one(Section.SHELF, one + number(4_000_001) + bytes(32)),
        "too-large",
    )
    for section in (Section.SECTIONS, Section.FRONT, Section.ABOUT):
        name = section.name.lower()
        entry = b"\0" * (section is Section.FRONT) + string("a") + string("b") * (section is not Section.FRONT)
        yield f"{name} empty", "an empty section is left out", _with_one(section, number(0)), "noncanonical"
        yield f"{name} of too many", "at most 256", _with_one(section, number(257)), "too-large"
        yield f"{name} cut", "whole", _with_one(section, one + entry[:-1]), "malformed"
        yield f"bytes behind {name}", "nothing follows", _with_one(section, one + entry + b"x"), "malformed"
    yield "ways in empty", "an empty section is left out", _with_one(Section.WAYS_IN, number(0)), "noncanonical"
    yield (
        "a way in that runs",
        "a web address alone",
        _with_one(Section.WAYS_IN, one + b"\x01" + string("javascript:alert(1)")),
        "malformed",
    )
    yield (
        "front page flag of tomorrow",
        "only bit 0",
        _with_one(Section.FRONT, one + b"\x02" + string("a")),
        "unsupported",
    )
    yield (
        "story id too long",
        "at most 200 bytes",
        _with_one(Section.FRONT, one + b"\0" + string("a" * 201)),
        "too-large",
    )
    yield (
        "name too long",
        "at most 1,000 bytes",
        _with_one(Section.ABOUT, one + string("a" * 1001) + string("x")),
        "too-large",
    )
    yield (
        "text too long",
        "at most 1,000 bytes",
        _with_one(Section.ABOUT, one + string("n") + string("x" * 1001)),
        "too-large",
    )
    yield "text not UTF-8", "text is UTF-8", _with_one(Section.ABOUT, one + string("n") + b"\x01\xff"), "malformed"
    yield (
        "bytes behind the head",
        "nothing follows",
        _index((Section.HEAD, SIGNED.to_bytes() + b"\0"), (Section.SEGMENTS, b"\0\0")),
        "malformed",
    )


def shelves() -> Iterator[Vector]:
    """Shelves are lists of segments."""
    whole = shelf_to_bytes(SEGMENTS)
    last = (Segment(0, MAX_NUMBER, 0),)
    yield good("three segments", "ascending", whole, segments_json(SEGMENTS))
    yield good("no segments", "a shelf may be empty", shelf_to_bytes(()), [])
    yield good("the longest segment", "numbers up to 2^53-1", shelf_to_bytes(last), segments_json(last))
    yield bad("other letters", "begins with TZS", b"ABC\x01" + whole[4:], "malformed")
    yield bad("another version", "version 1", b"TZS\x02" + whole[4:], "unsupported")
    yield bad("cut", "whole", whole[:-1], "malformed")
    yield bad("bytes behind", "nothing follows", whole + b"\0", "malformed")
    yield bad(
        "segment past 2^53-1", "numbers up to 2^53-1", b"TZS\x01" + number(1) + _segment(MAX_NUMBER, 1), "malformed"
    )
    yield bad("too many segments", "at most 16,384", b"TZS\x01" + number(16_385), "too-large")
    yield bad("shelf too large", "at most 4,000,000 bytes", (b"TZS\x01", (b"\0", 4_000_000)), "too-large")
