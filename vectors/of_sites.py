"""Vectors for listings and for the trees that they make."""

import hashlib
from collections.abc import Iterator, Sequence

from samples import Vector, bad, good

from tamizdat.edition.listing import MAGIC, Entry, Kind, Leaf, listing_to_bytes, name_digits
from tamizdat.edition.site import SiteTree
from tamizdat.edition.wire import number
from tamizdat.limits import LIMITS

ZERO = bytes(32)
FILES = {
    "ru/index.html": Leaf(5, hashlib.sha256(b"front").digest()),
    "ru/2026/11/strike.html": Leaf(6, hashlib.sha256(b"strike").digest()),
    "ru/2026/11/p2/strike.html": Leaf(3, hashlib.sha256(b"two").digest()),
    "ru/feed.atom.xml": Leaf(4, hashlib.sha256(b"feed").digest()),
    "ru/t/ports~1_.html": Leaf(0, hashlib.sha256(b"").digest()),
}


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _entry(name: str | bytes, kind: int = 0, size: int = 1, digest: bytes = ZERO) -> bytes:
    spelled = name.encode() if isinstance(name, str) else name
    return number(len(spelled)) + spelled + bytes([kind]) + number(size) + digest


def _listing(*entries: bytes) -> bytes:
    return MAGIC + number(len(entries)) + b"".join(entries)


def _below(name: str, listing: bytes, kind: int = 1) -> bytes:
    return _entry(name, kind, len(listing), _digest(listing))


def listings() -> Iterator[Vector]:
    """Single listings."""
    mixed = [
        Entry("11", Kind.DIRECTORY, 46, _digest(b"below")),
        Entry("Z", Kind.FILE, 0, _digest(b"")),
        Entry("a.html", Kind.FILE, LIMITS.max_site_file_bytes, ZERO),
        Entry("a~_-.x", Kind.FILE, 300, ZERO),
    ]
    for name, rule, entries in (
        ("files and a directory", "ascending by the bytes of the names", mixed),
        ("one file", "at least one entry", mixed[1:2]),
        ("parts", "a digit each", [Entry(digit, Kind.PART, 46, ZERO) for digit in "09af"]),
        ("longest name", "up to 255 bytes", [Entry("x" * 255, Kind.FILE, 1, ZERO)]),
        ("a name that begins with a point", "only . and .. are no names", [Entry(".x", Kind.FILE, 1, ZERO)]),
    ):
        expect = [[e.name, e.kind.name.lower(), e.size, e.digest.hex()] for e in entries]
        yield good(name, rule, listing_to_bytes(entries), expect)
    one = _listing(_entry("a"))
    cases: list[tuple[str, str, bytes, str]] = [
        ("nothing at all", "four bytes first", b"", "malformed"),
        ("another format", "begins with TZD", b"TZI" + one[3:], "malformed"),
        ("another version", "version 1", b"TZD\x02" + one[4:], "unsupported"),
        ("empty", "an empty directory does not exist", _listing(), "malformed"),
        ("cut off", "whole", one[:-1], "malformed"),
        ("something behind", "nothing follows", one + b"\0", "malformed"),
        ("count not shortest", "numbers in their shortest form", MAGIC + b"\x81\x00" + one[5:], "noncanonical"),
        ("out of order", "names ascend", _listing(_entry("b"), _entry("a")), "noncanonical"),
        ("twice", "no name twice", _listing(_entry("a"), _entry("a")), "noncanonical"),
        ("file and directory", "no name twice", _listing(_entry("a"), _entry("a", 1)), "noncanonical"),
        ("unknown kind", "kinds 0, 1, 2", _listing(_entry("a", 3)), "unsupported"),
        ("part first", "parts stand alone", _listing(_entry("0", 2), _entry("a")), "malformed"),
        ("part last", "parts stand alone", _listing(_entry("0"), _entry("a", 2)), "malformed"),
        ("part with a name", "a part is a digit", _listing(_entry("g", 2)), "malformed"),
        ("part with a capital", "a part is a small digit", _listing(_entry("A", 2)), "malformed"),
        ("part with two digits", "a part is one digit", _listing(_entry("0a", 2)), "malformed"),
        ("not UTF-8", "text", _listing(_entry(b"\xff")), "malformed"),
        ("name too long", "up to 255 bytes", _listing(_entry("x" * 256)), "too-large"),
        ("large file", "up to the limit", _listing(_entry("a", 0, LIMITS.max_site_file_bytes + 1)), "too-large"),
        ("large listing below", "up to the limit", _listing(_entry("a", 1, LIMITS.max_listing_bytes + 1)), "too-large"),
        ("too many", "up to the limit", MAGIC + number(LIMITS.max_listing_entries + 1), "too-large"),
    ]
    cases += [
        (f"name {name!a}", "names are segments of a path", _listing(_entry(name)), "malformed")
        for name in ("", ".", "..", "a/b", "a\\b", "a b", "a%2e", "a?b", "é", "a\0", "a\n", ".tamizdat-x")
    ]
    for name, rule, data, failure in cases:
        yield bad(name, rule, data, failure)
    yield bad("over its limit", "up to the limit", [MAGIC, (b"\0", LIMITS.max_listing_bytes)], "too-large")


def _tree(name: str, rule: str, folder: str, found: Sequence[bytes], **outcome: object) -> Vector:
    """A tree of these listings, the top one first."""
    return {
        "name": name,
        "rule": rule,
        "folder": folder,
        "root": _digest(found[0]).hex(),
        "listings": [data.hex() for data in dict.fromkeys(found)],
        **outcome,
    }


def _files(files: dict[str, Leaf]) -> dict[str, list[object]]:
    return {path: [leaf.size, leaf.digest.hex()] for path, leaf in sorted(files.items())}


def _nested(times: int, inner: bytes, name: str = "d", kind: int = 1) -> list[bytes]:
    found = [inner]
    for _ in range(times):
        found.insert(0, _listing(_below(name, found[0], kind)))
    return found


def sites() -> Iterator[Vector]:
    """Whole trees: to be made, and to be walked."""
    yield from _made()
    leaf = _listing(_entry("a"))
    alike = _listing(_below("x", leaf), _below("y", leaf))
    both = {f"ru/{name}/a": Leaf(1, ZERO) for name in "xy"}
    yield _tree("directories alike", "one file for both", "ru", [alike, leaf], expect=_files(both))
    digit = name_digits("a")[0]
    part = _listing(_below(digit, leaf, 2))
    alone = _files({"ru/a": Leaf(1, ZERO)})
    yield _tree("a part", "the names of a part are the directory's", "ru", [part, leaf], expect=alone)
    deep = _nested(LIMITS.max_site_depth - 1, leaf)
    path = "ru/" + "d/" * (LIMITS.max_site_depth - 1) + "a"
    yield _tree("deepest", "up to the limit", "ru", deep, expect=_files({path: Leaf(1, ZERO)}))
    yield from _refused(leaf, digit)


def _made() -> Iterator[Vector]:
    cases: list[tuple[str, str, str, dict[str, Leaf]]] = [
        ("pages of a language", "one listing for each directory", "ru", FILES),
        ("pages outside", "paths from the web root", "", {path.replace("ru/", "x/"): f for path, f in FILES.items()}),
        ("one page", "the top listing", "ru", {"ru/index.html": FILES["ru/index.html"]}),
    ]
    for name, rule, folder, files in cases:
        tree = SiteTree.of(folder, files)
        found = dict.fromkeys((tree.top_listing, *tree.files().values()))
        yield _tree(name, rule, folder, list(found), make=True, expect=_files(files))
    for count in (LIMITS.max_listing_entries, LIMITS.max_listing_entries + 1):
        tree = SiteTree.of("ru", {f"ru/{at}": Leaf(0, _digest(b"")) for at in range(count)})
        yield {
            "name": f"{count} files",
            "rule": "a listing for each of its parts, by the hash of the names, where one would be too long",
            "folder": "ru",
            "numbered": count,
            "expect": {"root": str(tree.root and tree.root.hex()), "listings": len(tree.paths())},
        }


def _refused(leaf: bytes, digit: str) -> Iterator[Vector]:
    other = "0" if digit != "0" else "1"
    short = _listing(_entry("x", 1, len(leaf) + 1, _digest(leaf)))
    long = _nested(4, _listing(_entry("b" * 255)), "d" * 255)
    cases: list[tuple[str, str, str, list[bytes], str]] = [
        ("page in the place of listings", "no `site` at the top", "ru", [_listing(_entry("site"))], "malformed"),
        ("directory of listings", "no `site` at the top", "ru", [_listing(_below("site", leaf)), leaf], "malformed"),
        ("metadata", "no `metadata` at the top outside", "", [_listing(_below("metadata", leaf)), leaf], "malformed"),
        (
            "another role's folder",
            "no language at the top outside",
            "",
            [_listing(_below("ru", leaf)), leaf],
            "malformed",
        ),
        ("wrong part", "the hash of a name says its part", "ru", [_listing(_below(other, leaf, 2)), leaf], "malformed"),
        ("size", "the length that is stated", "ru", [short, leaf], "malformed"),
        ("too deep", "up to the limit", "ru", _nested(LIMITS.max_site_depth, leaf), "too-large"),
        ("too many digits", "up to 8", "ru", _nested(9, leaf, "0", 2), "too-large"),
        ("too long a path", "up to 1,024 bytes", "ru", long, "too-large"),
    ]
    for name, rule, folder, found, failure in cases:
        more = {"languages": ["en", "ru"]} if not folder else {}
        yield _tree(name, rule, folder, found, **more, failure=failure)
    bomb = [leaf]
    for _ in range(LIMITS.max_site_depth - 1):
        bomb.insert(0, _listing(*(_below(name, bomb[0]) for name in "01234567")))
    yield _tree("bomb", "files and listings up to the limit", "ru", bomb, failure="too-large")
