"""Writes the test vectors of ``spec/edition.md``; with ``--check``, fails if the files differ from what it writes."""

import json
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.edition.catchup import plan
from tamizdat.edition.codepage import encode_text, page_for
from tamizdat.edition.head import Head, SignedHead
from tamizdat.edition.index import (
    FrontEntry,
    Index,
    Section,
    Segment,
    ShelfRef,
    index_to_bytes,
    shelf_to_bytes,
)
from tamizdat.edition.merkle import leaf_hash, proof_of, root_of
from tamizdat.edition.pack import MAGIC, Put, Removal, deflate, encode_pack, removal_key, seal_pack
from tamizdat.edition.wire import number, string
from tamizdat.reader.shown import story_json
from tamizdat.story import (
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Run,
    Story,
    Table,
    rich,
)

FOLDER = Path(__file__).resolve().parent / "edition"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Vector = dict[str, Any]

SMALL = Story("strike", "ru", "Забастовка", NOON, (Paragraph(rich("Порт стоит.")),))
PICTURE = Picture(
    "A crane.", "0f" * 32, width=640, height=360, caption="At dawn.", credit="Harbour Wire", focus=(500, 300)
)
FULL = Story(
    story_id="harbour-strike_2.~x",
    language="en",
    headline="Dockers stop  work",
    published=NOON,
    revision=3,
    lead="Cranes stand still.",
    byline=("Ilka Dervane", "Davin Morrel"),
    dateline="Port Imbel",
    sections=("economy",),
    topics=("ports", "strikes"),
    updated=NOON.replace(hour=13),
    breaking_until=NOON.replace(hour=18),
    translation="machine",
    agencies=("Harbour Wire",),
    picture=PICTURE,
    corrections=(Correction(NOON.replace(hour=13), "It was Monday, not Tuesday."),),
    body=(
        Paragraph(
            (
                Run("They "),
                Run("stopped", emphasis=True),
                Run(" ", emphasis=True, strong=True),
                Run("work", strong=True),
            )
        ),
        Paragraph(
            (Run("Read "), Run("why", href="https://far-shore.example/a?b=c"), Run("this", strong=True, href="/x"))
        ),
        Heading(rich("What next"), 3),
        Quote((rich("We wait."), rich("We can.")), "A docker"),
        ListBlock((rich("one"), rich("two")), ordered=True),
        ListBlock((rich("three"),)),
        PictureBlock(PICTURE),
        Table(((rich("ship"), rich("days")), (rich("Mira"), ())), header=True, caption="Waiting"),
        Embed("https://video.example/1", "Video"),
    ),
)


def good(name: str, rule: str, data: bytes, expect: object, **more: object) -> Vector:
    """A vector that must be read."""
    return {"name": name, "rule": rule, **more, "input": data.hex(), "expect": expect}


def bad(name: str, rule: str, data: bytes, failure: str, **more: object) -> Vector:
    """A vector that must be refused."""
    return {"name": name, "rule": rule, **more, "input": data.hex(), "failure": failure}


# --- stories ------------------------------------------------------------------------------------------------------


def stories() -> Iterator[Vector]:
    """Every header line, every block, and each way of being wrong."""
    for name, story in (("smallest", SMALL), ("everything", FULL)):
        yield good(name, "lines in order", story_to_bytes(story), story_json(story))
    rtl = Story("a", "fa", "\u200fسلام", NOON, (Paragraph(rich("نیم\u200cفاصله  \u200e(1)\u0084")),))
    yield good(
        "text is kept", "direction marks, double spaces and C1 controls are text", story_to_bytes(rtl), story_json(rtl)
    )
    base = story_to_bytes(SMALL)
    later = base.replace(b"d2026", b"d2026").replace(b"P", b"nlater\nP", 1)
    yield good("later header line", "an unknown small letter is left out", later, story_json(SMALL))
    block = base + "Zслова\x1fещё\n".encode()
    words = Story("strike", "ru", "Забастовка", NOON, (*SMALL.body, Paragraph(rich("слова ещё"))))
    yield good("later body line", "an unknown capital letter is a paragraph of its words", block, story_json(words))
    yield from bad_stories(base)


def bad_stories(base: bytes) -> Iterator[Vector]:
    """Stories that must be refused."""

    def swapped(old: str, new: str) -> bytes:
        data = base.replace(old.encode(), new.encode(), 1)
        if data == base:
            raise LookupError(old)
        return data

    last = base.splitlines()[-1] + b"\n"
    cases = [
        ("empty", "a story has lines", b"", "malformed"),
        ("no last line feed", "every line ends with a line feed", base[:-1], "malformed"),
        ("empty line", "there is no empty line", swapped("\nP", "\n\nP"), "malformed"),
        ("not UTF-8", "text is UTF-8", base + b"P\xff\n", "malformed"),
        ("no id", "i is there", base.partition(b"\n")[2], "malformed"),
        ("no language", "g is there", swapped("gru\n", ""), "malformed"),
        ("no headline", "h is there", swapped("hЗабастовка\n", ""), "malformed"),
        ("no date", "d is there", swapped("d2026-11-23T12:00:00Z\n", ""), "malformed"),
        (
            "header out of order",
            "header lines come in order",
            swapped("istrike\ngru\n", "gru\nistrike\n"),
            "noncanonical",
        ),
        ("headline twice", "h stands once", swapped("\nd2026", "\nhДва\nd2026"), "noncanonical"),
        ("revision 1 spelled", "r is absent for 1", swapped("gru\n", "gru\nr1\n"), "noncanonical"),
        ("revision with a zero", "numbers are plain", swapped("gru\n", "gru\nr02\n"), "noncanonical"),
        ("revision not a number", "r is decimal", swapped("gru\n", "gru\nrx\n"), "malformed"),
        ("id with a slash", "ids name files", swapped("istrike", "ia/b"), "malformed"),
        ("language in capitals", "BCP 47 in canonical case", swapped("gru", "gRU"), "malformed"),
        ("thirtieth of February", "dates exist", swapped("2026-11-23", "2026-02-30"), "malformed"),
        ("time with an offset", "times end with Z", swapped("12:00:00Z", "12:00:00+"), "malformed"),
        ("header after body", "the header comes first", base + "hЕщё\n".encode(), "malformed"),
        ("carriage return", "no control characters", base[:-1] + b"\r\n", "malformed"),
        ("empty paragraph", "a text is not empty", base + b"P\n", "malformed"),
        ("mark not closed", "marks are closed", base + b"P\x01a\n", "malformed"),
        ("link inside a link", "links do not nest", base + b"P\x03/a\x04b\x03/c\x04d\x05\x05\n", "malformed"),
        ("link without address", "a link has an address", base + b"P\x03\x04b\x05\n", "malformed"),
        ("link that ends unbegun", "marks pair up", base + b"Pa\x05\n", "malformed"),
        ("script address", "addresses are harmless", base + b"P\x03javascript:a\x04b\x05\n", "malformed"),
        ("data address", "addresses are harmless", base + b"Edata:text/html,x\x1fa\n", "malformed"),
        ("marks in another order", "one order of marks", base + b"P\x02\x01a\x02\x01\n", "noncanonical"),
        ("mark switched for nothing", "no empty stretch", base + b"P\x01\x01a\n", "noncanonical"),
        ("item without list", "I follows U or O", base + b"Ia\n", "malformed"),
        ("row without table", "W follows T", base + b"Wa\n", "malformed"),
        ("table without rows", "a table has rows", base + b"T0\n", "malformed"),
        ("ragged table", "rows are equally wide", base + b"T0\nWa\x1fb\nWa\n", "malformed"),
        ("table of unknown kind", "T0 or T1", base + b"T2\nWa\n", "malformed"),
        ("quote with an empty end", "an attribution is not empty", base + b"Qa\nA\n", "malformed"),
        ("quote with two ends", "one attribution, last", base + b"Qa\nAb\nRc\n", "malformed"),
        ("picture with too few fields", "nine fields", base + b"Ma\x1fb\n", "malformed"),
        (
            "picture without words",
            "alt text is there",
            base + b"M" + b"0f" * 32 + b"\x1fimage/jpeg\x1f1\x1f1\x1f0\x1f0\x1f\x1f\x1f\n",
            "malformed",
        ),
        (
            "focus outside",
            "focus lies inside",
            base + b"M" + b"0f" * 32 + b"\x1fimage/jpeg\x1f1\x1f1\x1f1001\x1f0\x1fa\x1f\x1f\n",
            "malformed",
        ),
        ("embed without title", "E has two fields", base + b"E/a\n", "malformed"),
        ("correction without text", "c has a text", swapped("\nP", "\nc2026-11-23T12:00:00Z\nP"), "malformed"),
        ("too many topics", "at most 64", base.replace(b"\nd", b"\n" + b"ta\n" * 65 + b"d", 1), "too-large"),
        ("too many blocks", "at most 8192 blocks", base + b"Pa\n" * 8192, "too-large"),
        ("too large", "at most 2,000,000 bytes", base + last * (2_000_000 // len(last) + 1), "too-large"),
    ]
    for name, rule, data, failure in cases:
        if len(data) > 100_000:
            continue  # tests make the largest themselves; a vector of megabytes helps nobody
        yield bad(name, rule, data, failure)


# --- packs and code pages -----------------------------------------------------------------------------------------


def records_json() -> list[Any]:
    """What the sample pack holds."""
    return [
        {"put": SMALL.story_id, "story": story_to_bytes(SMALL).hex()},
        {"removal": removal_key("ru", "old")},
    ]


def packs() -> Iterator[Vector]:
    """Codec 0, records, limits."""
    put = Put(SMALL.story_id, story_to_bytes(SMALL))
    whole = encode_pack([put, Removal(removal_key("ru", "old"))])
    russian: dict[str, object] = {"language": "ru"}
    yield good("one story, one removal", "records", whole, records_json(), **russian)
    yield good("nothing", "a pack may be empty", encode_pack([]), [], **russian)
    payload = zlib.decompress(whole[len(MAGIC) + 1 + 2 :], -15)
    stream = deflate(payload)

    def text_pack(text: str) -> bytes:
        body = encode_text(text, page_for(text))
        return seal_pack(len(body), deflate(body))

    story = story_to_bytes(SMALL).decode()
    bomb = deflate(b"\0" * 9_000_000)
    cases = [
        ("other letters", "begins with TZP", b"ZIP\x01" + whole[4:], "malformed"),
        ("another version", "version 1", b"TZP\x02" + whole[4:], "unsupported"),
        ("unknown codec", "codec 0", MAGIC + b"\x01" + whole[5:], "unsupported"),
        ("cut short", "inflates to its end", whole[:-3], "malformed"),
        ("states too little", "inflates to the stated size", seal_pack(len(payload) - 1, stream), "malformed"),
        ("states too much", "inflates to the stated size", seal_pack(len(payload) + 1, stream), "malformed"),
        ("bytes behind the end", "nothing follows the last block", whole + b"x", "malformed"),
        ("not deflate", "raw DEFLATE", seal_pack(10, b"\xff" * 10), "malformed"),
        ("states a bomb", "at most 8,000,000 bytes", seal_pack(9_000_000, bomb), "too-large"),
        ("hides a bomb", "inflating stops at the stated size", seal_pack(100, bomb), "malformed"),
        (
            "another language",
            "every story is in the edition's language",
            text_pack(story.replace("gru", "guk") + "\n"),
            "wrong-language",
        ),
        ("neither story nor removal", "records are puts or removals", text_pack("yabc\n\n"), "malformed"),
        ("removal of a wrong length", "32 hexadecimal digits", text_pack("x0011\n\n"), "malformed"),
        ("record not ended", "an empty line ends a record", text_pack(story), "malformed"),
    ]
    for name, rule, data, failure in cases:
        yield bad(name, rule, data, failure, **russian)


def codepages() -> Iterator[Vector]:
    """Payloads: table and coded text."""
    for text in ("Порт стоит, порт ждёт.", "abba 🕯 中文\n", ""):
        yield good(text.strip() or "nothing", "page, then text", encode_text(text, page_for(text)), text)
    cases = [
        ("byte without a meaning", "the page names it", number(1) + number(97) + number(0) + b"\x01", "malformed"),
        ("broken escape", "0xFF and one character of UTF-8", number(0) + b"\xff\xd0", "malformed"),
        ("escaped surrogate", "UTF-8 has no surrogates", number(0) + b"\xff\xed\xa0\x80", "malformed"),
        ("escape at the end", "0xFF is followed", number(0) + b"\xff", "malformed"),
        ("page with a surrogate", "characters only", number(1) + number(0xD800) + number(0), "malformed"),
        ("page past Unicode", "up to U+10FFFF", number(1) + number(0x110000) + number(0), "malformed"),
        ("page too long", "at most 255 characters", number(1) + number(0) + number(255), "too-large"),
        ("too many runs", "at most 255 runs", number(256), "too-large"),
        ("runs that touch", "neighbouring runs are one", number(2) + b"\x61\x00\x00\x00", "noncanonical"),
        ("number in a long form", "shortest form", b"\x80\x00", "noncanonical"),
        ("number too large", "at most 2^53-1", b"\xff" * 8 + b"\x01", "too-large"),
        ("cut in the page", "the page is whole", number(2) + b"\x61", "malformed"),
    ]
    for name, rule, data, failure in cases:
        yield bad(name, rule, data, failure)


# --- heads, indexes, shelves --------------------------------------------------------------------------------------

HEAD = Head("ru", 12, NOON, 3, bytes(range(32)))
SIGNED = SignedHead(HEAD.to_bytes(), (("3f2a9b10", bytes(64)),))
HEAD_JSON = {"language": "ru", "number": 12, "time": "2026-11-23T12:00:00Z", "count": 3, "root": bytes(range(32)).hex()}


def heads() -> Iterator[Vector]:
    """Signed heads; signatures are not checked here."""
    data = SIGNED.to_bytes()
    two = SignedHead(HEAD.to_bytes(), (("b", bytes(64)), ("a", bytes(64)))).to_bytes()
    yield good("one signature", "head and signatures", data, HEAD_JSON | {"signatures": {"3f2a9b10": "00" * 64}})
    yield good(
        "two signatures", "ascending by key id", two, HEAD_JSON | {"signatures": {"a": "00" * 64, "b": "00" * 64}}
    )
    body = HEAD.to_bytes()
    one = number(1) + string("a") + bytes(64)
    cases = [
        (
            "unordered signatures",
            "ascending by key id",
            number(len(body)) + body + number(2) + string("b") + bytes(64) + string("a") + bytes(64),
            "noncanonical",
        ),
        (
            "one id twice",
            "no key id twice",
            number(len(body)) + body + number(2) + string("a") + bytes(64) + string("a") + bytes(64),
            "noncanonical",
        ),
        ("cut", "whole", data[:-1], "malformed"),
        ("bytes behind", "nothing follows", data + b"\0", "malformed"),
        ("other letters", "begins with TZH", number(len(body)) + b"ABC\x01" + body[4:] + one, "malformed"),
        ("another version", "version 1", number(len(body)) + b"TZH\x02" + body[4:] + one, "unsupported"),
        (
            "year 10000",
            "times up to 9999",
            number(len(body) + 1)
            + b"TZH\x01"
            + string("ru")
            + number(12)
            + number(253_402_300_800)
            + number(3)
            + bytes(32)
            + one,
            "too-large",
        ),
        ("head too long", "at most 1,024 bytes", number(1025) + bytes(1025), "too-large"),
        ("nine signatures", "at most 8", number(len(body)) + body + number(9), "too-large"),
        (
            "language not UTF-8",
            "text is UTF-8",
            number(len(body)) + b"TZH\x01\x02\xff\xff" + body[7:] + one,
            "malformed",
        ),
    ]
    for name, rule, found, failure in cases:
        yield bad(name, rule, found, failure)


SEGMENTS = (Segment(0, 5, 900, bytes(32)), Segment(0, 7, 0), Segment(5, 7, 100, bytes([1]) * 32))
INDEX = Index(
    head=SIGNED,
    log_end=7,
    segments=SEGMENTS,
    shelf=ShelfRef(0, 50, bytes([2]) * 32),
    sections=(("politics", "Политика"),),
    front=(FrontEntry("strike", pinned=True), FrontEntry("other")),
    about=(("name", "Дальний берег"),),
    reserved=((0x90, b"something of tomorrow"),),
)


def segments_json(segments: tuple[Segment, ...]) -> list[list[object]]:
    """Segments as vectors show them."""
    return [[s.start, s.stop, s.size, s.digest.hex()] for s in segments]


def indexes() -> Iterator[Vector]:
    """Sections, known, reserved and unknown."""
    data = index_to_bytes(INDEX)
    yield good(
        "everything, and a section of a later version",
        "an unknown section from 0x80 on is skipped",
        data,
        {
            "log_end": 7,
            "head": HEAD_JSON,
            "segments": segments_json(SEGMENTS),
            "shelf": {"below": 0, "size": 50, "digest": "02" * 32},
            "sections": [["politics", "Политика"]],
            "front": [["strike", True], ["other", False]],
            "about": [["name", "Дальний берег"]],
            "reserved": {"144": b"something of tomorrow".hex()},
        },
    )
    head, log = SIGNED.to_bytes(), number(7)

    def index(*sections: tuple[int, bytes]) -> bytes:
        return b"TZI\x01" + b"".join(bytes([kind]) + number(len(part)) + part for kind, part in sections)

    def with_segments(part: bytes) -> bytes:
        return index((Section.HEAD, head), (Section.SEGMENTS, part))

    def with_one(kind: int, part: bytes) -> bytes:
        return index((Section.HEAD, head), (Section.SEGMENTS, log + number(0)), (kind, part))

    first, second = number(0) + number(5) + number(0), number(5) + number(2) + number(0)
    cases = [
        ("other letters", "begins with TZI", b"ABC\x01" + data[4:], "malformed"),
        ("another version", "version 1", b"TZI\x02" + data[4:], "unsupported"),
        ("critical unknown section", "an unknown section below 0x80 is refused", with_one(0x07, b""), "unsupported"),
        ("no head", "a head is there", index((Section.SEGMENTS, log + number(0))), "malformed"),
        ("no segments", "segments are there", index((Section.HEAD, head)), "malformed"),
        (
            "sections out of order",
            "types ascend",
            index((Section.SEGMENTS, log + number(0)), (Section.HEAD, head)),
            "noncanonical",
        ),
        ("a section twice", "none twice", index((Section.HEAD, head), (Section.HEAD, head)), "noncanonical"),
        ("section cut", "a section is whole", data[:-1], "malformed"),
        (
            "segment over nothing",
            "stop lies behind start",
            with_segments(log + number(1) + number(0) + number(0) + number(0)),
            "malformed",
        ),
        (
            "segment past the end",
            "within the log",
            with_segments(log + number(1) + number(5) + number(3) + number(0)),
            "malformed",
        ),
        ("segments out of order", "ascending", with_segments(log + number(2) + second + first), "noncanonical"),
        ("a segment twice", "none twice", with_segments(log + number(2) + first + first), "noncanonical"),
        (
            "pack too large",
            "at most 6,000,000 bytes",
            with_segments(log + number(1) + number(0) + number(5) + number(6_000_001) + bytes(32)),
            "too-large",
        ),
        ("too many segments", "at most 16,384", with_segments(log + number(16_385)), "too-large"),
        ("bytes behind segments", "nothing follows", with_segments(log + number(0) + b"x"), "malformed"),
        (
            "bytes behind the shelf",
            "nothing follows",
            with_one(Section.SHELF, number(1) + number(1) + bytes(33)),
            "malformed",
        ),
        (
            "shelf too large",
            "at most 4,000,000 bytes",
            with_one(Section.SHELF, number(1) + number(4_000_001) + bytes(32)),
            "too-large",
        ),
        (
            "front page flag of tomorrow",
            "only bit 0",
            with_one(Section.FRONT, number(1) + b"\x02" + string("a")),
            "unsupported",
        ),
        ("too many front entries", "at most 256", with_one(Section.FRONT, number(257)), "too-large"),
        ("too many sections", "at most 256", with_one(Section.SECTIONS, number(257)), "too-large"),
        (
            "name too long",
            "at most 1,000 bytes",
            with_one(Section.ABOUT, number(1) + string("n") + string("x" * 1001)),
            "too-large",
        ),
    ]
    for name, rule, found, failure in cases:
        yield bad(name, rule, found, failure)


def shelves() -> Iterator[Vector]:
    """Shelves are lists of segments."""
    data = shelf_to_bytes(SEGMENTS)
    yield good("three segments", "ascending", data, segments_json(SEGMENTS))
    yield bad("other letters", "begins with TZS", b"ABC\x01" + data[4:], "malformed")
    yield bad("another version", "version 1", b"TZS\x02" + data[4:], "unsupported")
    yield bad("cut", "whole", data[:-1], "malformed")


# --- proofs and plans ---------------------------------------------------------------------------------------------


def proofs() -> Iterator[Vector]:
    """Proofs of every shape up to seven leaves, and of wrong lengths."""
    leaves = [leaf_hash(bytes([value])) for value in range(7)]
    for count in range(1, 8):
        for position in range(count):
            proof = proof_of(leaves[:count], position)
            fields = {
                "leaf": leaves[position].hex(),
                "position": position,
                "count": count,
                "proof": [p.hex() for p in proof],
            }
            yield {
                "name": f"leaf {position} of {count}",
                "rule": "siblings upwards",
                **fields,
                "expect": root_of(leaves[:count]).hex(),
            }
    base = {"leaf": leaves[0].hex(), "position": 0, "count": 2}
    yield {"name": "too short", "rule": "as many as the shape needs", **base, "proof": [], "failure": "malformed"}
    yield {
        "name": "too long",
        "rule": "as many as the shape needs",
        **base,
        "proof": ["00" * 32] * 2,
        "failure": "malformed",
    }
    yield {
        "name": "outside",
        "rule": "position below count",
        **base,
        "position": 2,
        "proof": ["00" * 32],
        "failure": "malformed",
    }
    yield {
        "name": "endless",
        "rule": "at most 64",
        **base,
        "count": 2**40,
        "proof": ["00" * 32] * 65,
        "failure": "malformed",
    }


def plans() -> Iterator[Vector]:
    """Which segments are fetched from which mark."""
    segments = ((0, 4, 4000), (0, 8, 7000), (4, 6, 2200), (4, 8, 3900), (6, 7, 0), (6, 8, 1200), (7, 8, 1100))
    for mark in range(9):
        chain = plan(mark, 8, [Segment(*s) for s in segments])
        yield {
            "name": f"from {mark}",
            "rule": "the cheapest chain; a request weighs 160 bytes, an empty segment nothing",
            "mark": mark,
            "log_end": 8,
            "segments": [list(s) for s in segments],
            "expect": [[s.start, s.stop, s.size] for s in chain],
        }
    yield {
        "name": "no way",
        "rule": "a chain exists",
        "mark": 0,
        "log_end": 8,
        "segments": [[4, 8, 10]],
        "failure": "malformed",
    }


KINDS = {
    "story": stories,
    "pack": packs,
    "codepage": codepages,
    "head": heads,
    "index": indexes,
    "shelf": shelves,
    "proof": proofs,
    "plan": plans,
}


def files() -> dict[str, str]:
    """Every file by name."""
    return {
        f"{kind}.json": json.dumps({"kind": kind, "vectors": list(make())}, ensure_ascii=False, indent=1) + "\n"
        for kind, make in KINDS.items()
    }


def main() -> int:
    """Write, or check."""
    made = files()
    if "--check" in sys.argv[1:]:
        there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
        differing = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))
        for name in differing:
            print(f"vectors/edition/{name} is not what vectors/generate.py writes", file=sys.stderr)
        return bool(differing)
    FOLDER.mkdir(exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
