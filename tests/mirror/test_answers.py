"""What is said to which request, without a server."""

import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.mirror.http.answer import METHODS, answer
from tamizdat.mirror.http.catalogue import Catalogue
from tamizdat.mirror.http.limits import HTTP_LIMITS
from tamizdat.mirror.http.request import CODINGS, Request, Taste, names_tag, span, target_path, taste, wait_seconds
from tamizdat.mirror.port import ServedFile
from tamizdat.mirror.totals import Totals
from tamizdat.press.server_files import HEADERS

HASH = "5f" * 32
PAGE = b"a page " * 100
SITE = {
    "index.html": b"front",
    "404.html": b"not here",
    "404.html.gz": b"nh",
    "en/index.html": PAGE,
    "en/index.html.gz": b"gz" * 20,
    "en/index.html.br": b"br" * 10,
    "en/index.html.zst": b"zs" * 15,
    "en/feed.atom.xml": b"<feed/>",
    "en/empty.txt": b"",
    f"en/{HASH}.pack": b"0123456789",
    "metadata/timestamp.json": b"{}",
    "metadata/7.en.json": b"{}",
}


class Site:
    def __init__(self, files):
        self.files = dict(files)
        self.version = 0

    def find(self, path):
        data = self.files.get(path)
        return None if data is None else ServedFile(path, len(data), hashlib.sha256(data).digest())

    def language(self, path):
        return "en" if path.startswith("en/") else ""


def ask(path, method=b"GET", site=None, wait=60, **fields):
    site = site or Site(SITE)
    named = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    request = Request(method, target_path(path.encode()), named)
    found = answer(request, Catalogue(site, Totals(None), HTTP_LIMITS), wait)
    found.to_head("close").decode("ascii")
    return found


def body(found, site=SITE):
    return site[found.file.path][found.start : found.end] if found.file else found.text


def field(found, name):
    values = [value for given, value in found.fields if given == name]
    assert len(values) <= 1, name
    return values[0] if values else None


def tag(path):
    return f'"{base64.urlsafe_b64encode(hashlib.sha256(SITE[path]).digest()[:18]).decode()}"'


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", ""),
        ("/en/", "en/"),
        ("/en/a.html?visit=secret&x=?", "en/a.html"),
        ("/en/a.html#part", "en/a.html"),
        ("/a%2Fb%20c", "a/b c"),
        ("/%D1%8F", "я"),
        ("http://mirror.example/en/?x", "en/"),
        ("HTTPS://mirror.example", ""),
        ("//host/x", "/host/x"),
        ("/a//b/../c\\d", "a//b/../c\\d"),
        ("/%", None),
        ("/%4", None),
        ("/%zz", None),
        ("/%00", None),
        ("/a%0d%0ab", None),
        ("/%ff", None),
        ("*", None),
        ("mirror.example:80", None),
        ("", None),
        ("ftp://x/y", None),
    ],
)
def test_targets_are_paths_or_nothing(target, path):
    assert target_path(target.encode()) == path


@given(st.binary(max_size=200))
def test_no_target_ever_raises(target):
    path = target_path(target)
    assert path is None or not re.search(r"[\x00-\x1f]", path)


def test_a_page_says_all_that_pages_say():
    found = ask("/en/")
    assert (found.status, body(found)) == (200, PAGE)
    assert field(found, "Content-Type") == "text/html; charset=utf-8"
    assert field(found, "ETag") == tag("en/index.html")
    assert field(found, "Cache-Control") == "max-age=300"
    assert field(found, "Vary") == "Accept-Encoding"
    assert {name: field(found, name) for name in HEADERS} == HEADERS
    assert not {"Date", "Last-Modified", "Server"} & {name for name, _ in found.fields}


def test_a_feed_may_be_shown_as_a_document_and_says_the_same():
    found = ask("/en/feed.atom.xml")
    assert {name: field(found, name) for name in HEADERS} == HEADERS


def test_a_pack_says_little_and_may_be_kept():
    found = ask(f"/en/{HASH}.pack")
    assert field(found, "Cache-Control") == "max-age=31536000, immutable"
    assert field(found, "Content-Type") == "application/octet-stream"
    assert field(found, "Access-Control-Allow-Origin") == "*"
    assert "ETag" in field(found, "Access-Control-Expose-Headers")
    assert field(found, "Cross-Origin-Resource-Policy") == "cross-origin"
    assert field(found, "X-Content-Type-Options") == "nosniff"
    assert field(found, "Content-Security-Policy") is None
    assert len(found.to_head()) < 450


def test_the_timestamp_is_asked_for_each_time_and_numbered_files_never_again():
    assert field(ask("/metadata/timestamp.json"), "Cache-Control") == "no-cache"
    assert field(ask("/metadata/7.en.json"), "Cache-Control") == "max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    ["/en/gone.html", "/en/..", "/../etc/passwd", "/en//index.html", "/en\\index.html", "/%2e%2e/x", "/.tamizdat-x"],
)
def test_what_is_not_there_is_answered_with_the_error_page(path):
    found = ask(path)
    assert (found.status, body(found)) == (404, b"not here")
    assert {name: field(found, name) for name in HEADERS} == HEADERS
    assert field(found, "ETag") is None
    assert field(found, "Cache-Control") == "no-cache"
    assert field(ask(path, accept_encoding="gzip"), "Content-Encoding") == "gzip"


def test_without_an_error_page_a_sentence_does():
    found = ask("/en/gone.html", site=Site({}))
    assert (found.status, found.text) == (404, b"404 Not Found\n")


def test_a_folder_without_its_slash_is_elsewhere():
    found = ask("/en")
    assert (found.status, field(found, "Location")) == (301, "en/")


def test_a_bad_target_is_a_bad_request():
    assert ask("/%00").status == 400


def test_methods():
    assert ask("/", b"HEAD").bodiless
    assert ask("/", b"HEAD").length == len(SITE["index.html"])
    for method in (b"POST", b"PUT", b"DELETE", b"PROPFIND", b"CONNECT", b"get"):
        found = ask("/", method)
        assert (found.status, field(found, "Allow")) == (405, METHODS)
    found = ask("/en/", b"OPTIONS", access_control_request_method="GET")
    assert (found.status, found.length) == (204, None)
    assert "Range" in field(found, "Access-Control-Allow-Headers")
    assert "GET" in field(found, "Access-Control-Allow-Methods")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("deflate", None),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, br", "br"),
        ("zstd, gzip", "zstd"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, *", "zstd"),
        ("*", "br"),
        ("*;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.2, gzip;q=0.5", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=2", None),
        ("gzip;q=x", None),
        ("gzip ; q = 0.9 , br;q=0.8", "gzip"),
        (",,;;, gzip", "gzip"),
    ],
)
def test_copies_are_chosen_by_what_is_accepted(accepted, coding):
    found = ask("/en/", accept_encoding=accepted)
    assert field(found, "Content-Encoding") == coding
    path = {None: "en/index.html", "gzip": "en/index.html.gz", "br": "en/index.html.br", "zstd": "en/index.html.zst"}
    assert body(found) == SITE[path[coding]]
    assert field(found, "ETag") == tag(path[coding])
    assert field(found, "Content-Type") == "text/html; charset=utf-8"
    assert field(found, "Vary") == "Accept-Encoding"


def test_a_copy_that_is_longer_than_its_page_is_left_alone():
    site = {"a.html": b"x", "a.html.gz": b"xxxx"}
    assert field(ask("/a.html", site=Site(site), accept_encoding="gzip, identity"), "Content-Encoding") is None


@given(st.text(alphabet="gzipbrstdenty*;q=.01, ", max_size=60))
def test_no_wish_for_codings_ever_raises(accepted):
    found = taste(accepted.encode())
    assert set(found) <= set(range(5))
    assert field(ask("/en/", accept_encoding=accepted), "Content-Encoding") in {None, *CODINGS}


def test_few_different_tastes_exist():
    """They are what the catalogue remembers answers by: nobody may fill it with inventions."""
    assert taste(b"br;q=0.3, gzip;q=0.2") == taste(b"br;q=0.31, gzip;q=0.001") == Taste(br=3, gzip=2, identity=1)


def test_a_copy_asked_for_by_name_comes_as_it_is():
    found = ask("/en/index.html.gz", accept_encoding="gzip")
    assert body(found) == SITE["en/index.html.gz"]
    assert field(found, "Content-Encoding") is None
    assert field(found, "Content-Type") == "application/octet-stream"


PACK = f"/en/{HASH}.pack"
PACK_TAG = tag(PACK[1:])


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"if_none_match": PACK_TAG}, 304),
        ({"if_none_match": f"W/{PACK_TAG}"}, 304),
        ({"if_none_match": f'"x", W/"y",{PACK_TAG} , "z"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"x"'}, 200),
        ({"if_none_match": PACK_TAG[1:-1]}, 200),
        ({"if_none_match": f"x {PACK_TAG}"}, 200),
        ({"if_match": PACK_TAG}, 200),
        ({"if_match": f"W/{PACK_TAG}"}, 412),
        ({"if_match": "*"}, 200),
        ({"if_match": '"x"'}, 412),
        ({"if_match": '"x"', "if_none_match": PACK_TAG}, 412),
        ({"if_none_match": PACK_TAG, "range": "bytes=0-1"}, 304),
        ({"range": "bytes=0-1", "if_range": PACK_TAG}, 206),
        ({"range": "bytes=0-1", "if_range": f"W/{PACK_TAG}"}, 200),
        ({"range": "bytes=0-1", "if_range": "Sat, 28 Nov 2026 00:00:00 GMT"}, 200),
    ],
)
def test_conditions(fields, status):
    found = ask(PACK, **fields)
    assert found.status == status
    if status == 304:
        assert {name for name, _ in found.fields if not name.startswith("Access")} == {"ETag", "Cache-Control"}
        assert found.length is None
        assert len(found.to_head()) < 250


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-5", (2, 6)),
        ("bytes=2-", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=5-99", (5, 10)),
        ("BYTES = 1 - 2 ", (1, 3)),
        ("bytes=10-", "none"),
        ("bytes=-0", "none"),
        ("bytes=99999999999999-", "none"),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("lines=0-1", None),
    ],
)
def test_ranges(asked, expected):
    found = ask(PACK, range=asked)
    data = SITE[PACK[1:]]
    if expected == "none":
        assert (found.status, field(found, "Content-Range")) == (416, "bytes */10")
    elif expected is None:
        assert (found.status, body(found)) == (200, data)
    else:
        start, end = expected
        assert (found.status, body(found)) == (206, data[start:end])
        assert field(found, "Content-Range") == f"bytes {start}-{end - 1}/10"
        assert found.length == end - start


def test_a_range_of_nothing_and_a_range_for_head():
    assert ask("/en/empty.txt", range="bytes=0-").status == 416
    assert (ask("/en/empty.txt").status, ask("/en/empty.txt").length) == (200, 0)
    assert ask(PACK, b"HEAD", range="bytes=0-1").status == 200


@given(st.binary(max_size=40), st.integers(0, 50))
def test_no_range_reaches_beyond_its_file(asked, size):
    for text in (asked, b"bytes=" + asked):
        found = span(text, size)
        assert found is None or 0 <= found.start <= found.end <= size


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1, 80))
def test_a_range_is_what_it_says(first, last, size):
    found = span(f"bytes={first}-{last}".encode(), size)
    if first > last:
        assert found is None
    else:
        assert range(size)[slice(*found)] == range(size)[first : last + 1]


@given(st.binary(max_size=60))
def test_no_list_of_tags_ever_raises(listed):
    assert names_tag(listed + b', "tag"', b'"tag"', weak=True) in {True, False}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ('wait="7"; x=y', 7),
        ("Wait = 3", 3),
        ("await=5", 0),
        ("wait", 0),
        ("wait=-1", 0),
        ("wait=99999999999999", 0),
        ("", 0),
    ],
)
def test_waits(said, seconds):
    assert wait_seconds(said.encode()) == seconds


def test_only_who_has_the_news_waits_for_more():
    now = tag("metadata/timestamp.json")
    assert ask("/metadata/timestamp.json", if_none_match=now, prefer="wait=600").wait_seconds == 60
    assert ask("/metadata/timestamp.json", if_none_match='"old"', prefer="wait=600").wait_seconds == 0
    assert ask("/metadata/timestamp.json", prefer="wait=600").wait_seconds == 0
    assert ask("/index.html", if_none_match="*", prefer="wait=600").wait_seconds == 0
    assert ask("/metadata/timestamp.json", b"HEAD", if_none_match=now, prefer="wait=600").wait_seconds == 0


def test_the_catalogue_notices_new_files_and_keeps_few_answers():
    site = Site(SITE)
    catalogue = Catalogue(site, Totals(None), HTTP_LIMITS)
    first = catalogue.choose("en/", Taste())
    assert catalogue.choose("en/", Taste()) is first
    site.files["en/index.html"] = b"newer"
    assert catalogue.choose("en/", Taste()) is first
    site.version += 1
    assert catalogue.choose("en/", Taste()).file.size == 5
    for number in range(50):
        catalogue.choose(f"en/not-there-{number}", Taste())
    assert len(catalogue._known) == 1
