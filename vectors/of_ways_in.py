"""Vectors for the section of an index that names ways in."""

from collections.abc import Iterator

from samples import Vector, bad, good

from tamizdat.edition.ways_in import WayIn, ways_in_to_bytes
from tamizdat.edition.wire import number

ONION = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx"
LONGEST = "https://far.example/" + "a" * 234 + "/"


def ways_json(ways: tuple[WayIn, ...]) -> list[list[object]]:
    """Ways in as vectors show them: kind, and the web address, or the bytes of kinds of later versions."""
    return [[way.kind, way.address or way.data.hex()] for way in ways]


def _listed(*ways: tuple[int, bytes]) -> bytes:
    return number(len(ways)) + b"".join(bytes([kind]) + number(len(data)) + data for kind, data in ways)


def ways_in() -> Iterator[Vector]:
    """The content of section 0x81."""
    for name, rule, addresses in (
        ("one", "a web address", ["https://far.example/"]),
        ("two", "ascending by bytes", ["https://a.example/", "https://b.example/"]),
        ("schemes", "http or https", ["http://far.example/", "https://far.example/"]),
        ("an onion service", "56 of a-z 2-7", [f"http://{ONION}.onion/"]),
        ("below an onion service", "labels may stand before the 56", [f"http://www.{ONION}.onion/"]),
        ("ports", "decimal, other than the scheme's own", ["http://far.example:443/", "https://far.example:65535/"]),
        ("folders", "segments", ["https://far.example/A-z._~9/.../x/"]),
        ("a name of many labels", "two or more", ["https://a.b-c.xn--d1acufc.0.far.example/"]),
        (
            "what only looks local",
            "names end so, after a dot",
            ["https://alocal.example/", "https://notlocal.mylocal/"],
        ),
        ("the longest", "at most 255 bytes", [LONGEST]),
    ):
        ways = tuple(WayIn.web(address) for address in addresses)
        yield good(name, rule, ways_in_to_bytes(ways), ways_json(ways))
    later = (WayIn(0, b"\xff"), WayIn(1, b"https://far.example/"), WayIn(2, b"news@far.example"), WayIn(255, b"\0"))
    yield good("kinds of a later version", "unknown kinds are skipped", ways_in_to_bytes(later), ways_json(later))
    most = tuple(WayIn.web(f"https://m{at:03}.example/") for at in range(256))
    yield good("as many as there may be", "at most 256", ways_in_to_bytes(most), ways_json(most))
    yield from _bad_lists()
    for name, rule, address in _bad_addresses():
        yield bad(name, rule, _listed((1, address)), "malformed")


def _bad_lists() -> Iterator[Vector]:
    a, b = (1, b"https://a.example/"), (1, b"https://b.example/")
    whole = _listed(a)
    yield bad("none", "an empty list is left out", number(0), "noncanonical")
    yield bad("no bytes", "a list is there", b"", "malformed")
    yield bad("cut", "whole", whole[:-1], "malformed")
    yield bad("bytes behind", "nothing follows", whole + b"\0", "malformed")
    yield bad("fewer than said", "as many as are said", number(2) + whole[1:], "malformed")
    yield bad("out of order", "ascending by the bytes of the address", _listed(b, a), "noncanonical")
    yield bad("twice", "none twice", _listed(a, a), "noncanonical")
    yield bad("kinds out of order", "ascending by kind", _listed((2, b"x"), a), "noncanonical")
    yield bad("a later kind twice", "none twice", _listed((9, b"x"), (9, b"x")), "noncanonical")
    yield bad("no address", "1 to 255 bytes", _listed((1, b"")), "malformed")
    yield bad("no address of a later kind", "1 to 255 bytes", _listed((9, b"")), "malformed")
    yield bad("too many", "at most 256", number(257), "too-large")
    yield bad("a hundred thousand", "at most 256", number(100_000), "too-large")
    yield bad("too long", "at most 255 bytes", _listed((1, LONGEST[:-1].encode() + b"a/")), "too-large")
    yield bad("too long, of a later kind", "at most 255 bytes", _listed((9, bytes(256))), "too-large")


def _bad_addresses() -> Iterator[tuple[str, str, bytes]]:
    for address in (
        "javascript:alert(1)",
        "file:///etc/",
        "data:,x/",
        "ftp://far.example/",
        "//far.example/",
        "HTTPS://far.example/",
    ):
        yield f"scheme of {address}", "http or https", address.encode()
    for host in ("127.0.0.1", "192.168.1.1", "2130706433", "0x7f.1", "0x7f000001", "[::1]", "far.1", "far.0x7f"):
        yield f"{host} as host", "the last label begins with a letter", f"http://{host}/".encode()
    for host in (
        "localhost",
        "router",
        "a.localhost",
        "printer.local",
        "box.localdomain",
        "db.internal",
        "tv.home.arpa",
        "nas.lan",
        "wiki.intranet",
        "home.arpa",
    ):
        yield f"{host} as host", "no name of a local network", f"http://{host}/".encode()
    for host in (
        "",
        ".",
        "far..example",
        ".far.example",
        "far.example.",
        "-far.example",
        "far-.example",
        "far.example-",
        "FAR.example",
        "far_.example",
        "f%61r.example",
        "a" * 64 + ".example",
    ):
        yield f"host {host!r}", "labels of 1 to 63 of a-z 0-9 -", f"https://{host}/".encode()
    for host in (f"{ONION[1:]}.onion", f"a{ONION}.onion", f"{ONION[:-1]}1.onion", f"{ONION}.x.onion", "far.onion"):
        yield f"host {host}", "56 of a-z 2-7 before onion", f"http://{host}/".encode()
    for port in ("", "0", "080", "65536", "99999", "8x", "-1", "80"):
        yield f"port {port!r} of http", "1 to 65535, not the scheme's own", f"http://far.example:{port}/".encode()
    yield "https's own port", "left out where it is the scheme's own", b"https://far.example:443/"
    for rest in (
        "",
        "/a",
        "//",
        "/a//",
        "/./",
        "/../",
        "/a/../",
        "/%61/",
        "/a b/",
        "/a\\/",
        "/a;b/",
        "/\u0442/",
        "/a/\0/",
        "/a/\n",
    ):
        yield f"path {rest!r}", "segments, each with a / behind it", f"https://far.example{rest}".encode()
    for rest in ("/?", "/?reader=7", "/?/", "/#a/", "/#"):
        yield f"ending {rest}", "no query and no fragment", f"https://far.example{rest}".encode()
    for name in ("@", "me@", "me:secret@", "far.example:x@"):
        yield f"user {name}", "no user", f"https://{name}other.example/".encode()
    yield "not text", "plain letters", b"https://far.example/\xff/"
    yield "a name in other letters", "plain letters", "https://далеко.example/".encode()
    yield "spaces around", "nothing but the address", b" https://far.example/"
    yield "a line feed behind", "nothing but the address", b"https://far.example/\n"
