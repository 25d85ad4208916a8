"""Ways in: addresses that are put before readers, so that hostile ones must not come through."""

import json
import string as letters
from base64 import b32encode
from hashlib import sha3_256
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edition.hostile import damaged
from tamizdat.edition.ways_in import WEB, WayIn, read_ways_in, ways_in_to_bytes
from tamizdat.edition.wire import Cursor
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS
from tamizdat.net import addresses as net_addresses
from tamizdat.net.addresses import RefusedAddressError, check_name
from tamizdat.way_in import LOCAL_NAMES, fault_of, host_of, is_mistyped_onion, is_onion, tidy

SMALL = letters.ascii_lowercase + letters.digits
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
SEGMENTS = st.text(SMALL + letters.ascii_uppercase + "._~-", min_size=1, max_size=12).filter(
    lambda segment: segment not in {".", ".."}
)
VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "edition" / "ways-in.json"


def onion(seed=b"k" * 32):
    """The address of an onion service as Tor makes it of a public key."""
    check = sha3_256(b".onion checksum" + seed + b"\x03").digest()[:2]
    return b32encode(seed + check + b"\x03").decode().lower() + ".onion"


@st.composite
def web_addresses(draw: st.DrawFn) -> str:
    scheme = draw(st.sampled_from(["http", "https"]))
    names = draw(st.lists(LABELS, min_size=1, max_size=3))
    host = draw(st.just(".".join([*names, "example"])) | st.binary(min_size=32, max_size=32).map(onion))
    port = draw(st.none() | st.integers(1, 65_535).filter(lambda port: port not in {80, 443}))
    path = "".join(f"{segment}/" for segment in draw(st.lists(SEGMENTS, max_size=3)))
    return f"{scheme}://{host}{f':{port}' if port else ''}/{path}"


def ways() -> st.SearchStrategy[list[WayIn]]:
    later = st.builds(WayIn, st.integers(0, 255).filter(lambda kind: kind != WEB), st.binary(min_size=1, max_size=255))
    return st.lists(web_addresses().map(WayIn.web) | later, min_size=1, max_size=6)


def read(data):
    cursor = Cursor(data, "ways in")
    found = read_ways_in(cursor)
    cursor.end()
    return found


@given(ways())
def test_ways_in_come_back_whatever_their_order(found):
    data = ways_in_to_bytes(found)
    assert data == ways_in_to_bytes(reversed(found))
    assert read(data) == tuple(sorted(set(found)))


@given(st.binary(max_size=300) | damaged(ways().map(ways_in_to_bytes)))
def test_other_bytes_give_our_own_refusal_or_ways_in_in_their_one_spelling(data):
    try:
        found = read(data)
    except FormatError:
        return
    assert ways_in_to_bytes(found) == data
    assert not [way for way in found if way.kind == WEB and fault_of(way.address)]


@given(web_addresses())
def test_an_address_is_what_every_program_takes_it_for(address):
    assert fault_of(address) == ""
    assert tidy(address) == address
    parts = urlsplit(address)
    assert (parts.username, parts.password, parts.query, parts.fragment) == (None, None, "", "")
    assert parts.hostname == host_of(address)
    assert urljoin(address, "metadata/timestamp.json") == f"{address}metadata/timestamp.json"
    assert is_onion(address) == (".onion" in parts.hostname)
    assert not is_mistyped_onion(address)
    check_name(parts.hostname)


@given(st.text(max_size=60) | damaged(web_addresses().map(str.encode)).map(lambda data: data.decode(errors="replace")))
def test_no_address_without_fault_leads_to_the_local_network_or_marks_a_reader(address):
    if fault_of(address):
        return
    parts = urlsplit(address)
    assert parts.scheme in {"http", "https"}
    assert address.isascii()
    assert not {"?", "#", "@", "\\", "%"} & set(address)
    check_name(parts.hostname)


@given(st.text(max_size=60))
def test_no_text_breaks_the_judge_of_addresses_and_none_of_it_steers_a_terminal(text):
    for fault in (fault_of(text), fault_of(f"https://{text}/")):
        assert fault.isprintable()
    assert tidy(tidy(text)) == tidy(text)


def test_local_names_are_those_that_programs_refuse_to_contact():
    assert {f".{name}" for name in LOCAL_NAMES} == set(net_addresses._LOCAL_ENDINGS)
    for name in LOCAL_NAMES:
        with pytest.raises(RefusedAddressError):
            check_name(f"printer.{name}")


def test_what_a_person_types_is_tidied_as_far_as_that_is_sure():
    for typed, tidied in (
        ("HTTPS://News.Example", "https://news.example/"),
        ("  https://news.example:443/a  ", "https://news.example/a/"),
        ("http://news.example:80", "http://news.example/"),
        ("http://news.example:", "http://news.example/"),
        ("http://news.example:8080/Path", "http://news.example:8080/Path/"),
        ("https://news.example/?a", "https://news.example/?a"),
        ("news.example", "news.example"),
        ("gopher://x:80", "gopher://x:80/"),
    ):
        assert tidy(typed) == tidied


def test_a_mistyped_onion_address_is_found_out():
    good = onion()
    assert not is_mistyped_onion(f"http://{good}/")
    assert not is_mistyped_onion(f"http://www.{good}/")
    assert not is_mistyped_onion("https://news.example/")
    assert not is_mistyped_onion("no address")
    at = 20
    other = "b" if good[at] != "b" else "c"
    assert is_mistyped_onion(f"http://{good[:at]}{other}{good[at + 1 :]}/")
    assert is_mistyped_onion(f"http://{'a' * 56}.onion/")
    assert not is_onion("no address")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("javascript:alert(1)", "does not begin with https:// or http://"),
        ("http://me:secret@far.example/", "names a user"),
        ("https://far.example/?reader=7", "mark whoever follows"),
        ("https://far.example", "ends with /"),
        ("http://192.168.0.1/", "not a name of the public network"),
        ("http://router.lan/", "a name of a local network"),
        ("http://far.onion/", "56 letters"),
        ("http://far.example:80/", "leave it out"),
        ("http://far.example:70000/", "no port 70000"),
        ("https://far.example/" + "a" * 255 + "/", "longer than 255 bytes"),
        ("https://far.example/\ud800/", "plain letters"),
    ],
)
def test_a_fault_is_told_in_words_and_the_address_is_not_written(address, words):
    assert words in fault_of(address)
    with pytest.raises(FormatError) as caught:
        WayIn.web(address)
    assert caught.value.failure is Failure.MALFORMED


def test_a_hundred_thousand_are_refused_before_the_first_is_read():
    with pytest.raises(FormatError) as caught:
        read(b"\xa0\x8d\x06")
    assert caught.value.failure is Failure.TOO_LARGE
    assert str(LIMITS.max_ways_in) in caught.value.detail


def test_a_kind_of_a_later_version_is_no_address():
    later, web = WayIn(2, b"javascript:alert(1)"), WayIn.web("https://far.example/")
    assert [way.address for way in read(ways_in_to_bytes([later, web]))] == ["https://far.example/", ""]


def test_vectors_have_every_local_name():
    names = {vector["name"] for vector in json.loads(VECTORS.read_text("utf-8"))["vectors"]}
    assert not [name for name in LOCAL_NAMES if not any(f"{name} as host" in other for other in names)]
