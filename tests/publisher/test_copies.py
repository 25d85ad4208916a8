"""Compressed copies through real publishes: beside each page, the same page, signed like it, and gone with it."""

import gzip
import hashlib
import http.server
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta

import brotli
import pytest
from page_kit import SiteRoom, files

from publication_kit import NOW, item
from tamizdat.carriers.http import HttpInbound
from tamizdat.edition.listing import COPY_SUFFIXES, copied_file
from tamizdat.publisher.compressed import zstd
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.audit_site import PageState
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
STORY = "en/2026/11/a.html"
UNPACK = {".gz": gzip.decompress, ".br": brotli.decompress, ".zst": zstd.decompress}


@pytest.fixture
def room(tmp_path):
    made = SiteRoom(tmp_path / "room")
    made.set(publication='base_url = "https://news.example"')
    made.write([item("a", "en"), item("b", "en"), item("a", "ru")])
    made.publish()
    return made


def copies(paths):
    """The page of each compressed copy."""
    return {path: copied_file(path) for path in paths if copied_file(path) != path}


def times(folder):
    statuses = ((path, path.stat()) for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (status.st_mtime_ns, status.st_ino) for path, status in statuses}


def test_each_text_of_the_site_has_all_copies_and_they_are_the_text(room):
    site = room.site()
    for path in (STORY, "en/feed.atom.xml", "en/feed.json", "en/sitemap.xml", "ru/index.html", "index.html"):
        assert {path + suffix for suffix in UNPACK} <= site.keys()
    found = copies(site)
    assert found
    for path, page in found.items():
        unpack = UNPACK["." + path.rpartition(".")[2]]
        assert unpack(site[path]) == site[page]
        assert len(site[path]) < len(site[page])
    for path, data in site.items():
        if path.endswith((".html", ".xml", ".json")) and len(data) > 1_000:
            assert {path + suffix for suffix in UNPACK} <= site.keys()


def test_copies_lie_beside_pages_and_feeds_only(room):
    for place in room.places:
        suffixes = {page.rpartition(".")[2] for page in copies(files(place)).values()}
        assert suffixes == {"html", "xml", "json", "txt"}
        assert not copies(path for path in files(place) if path.startswith(("metadata/", "server/", "pictures/")))


def test_a_copy_that_is_no_smaller_is_left_out(room):
    room.set()  # without an address there is no more in it than two short lines
    room.publish(LATER)
    assert len(room.site()["robots.txt"]) < 30
    assert not {f"robots.txt{suffix}" for suffix in UNPACK} & room.site().keys()
    room.check(LATER)


def test_the_same_page_gives_the_same_copy(room, tmp_path):
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", LATER)
    magic, method, flags, time = (
        room.site()[f"{STORY}.gz"][start:end] for start, end in ((0, 2), (2, 3), (3, 4), (4, 8))
    )
    assert (magic, method) == (b"\x1f\x8b", b"\x08")
    assert (flags, time) == (bytes(1), bytes(4))  # no name, no time


@pytest.mark.parametrize("wanted", [["br"], ["gzip", "zstd"], []])
def test_copies_follow_the_setting(room, wanted):
    room.set(f"[site]\nprecompress = {wanted}\n", 'base_url = "https://news.example"')
    room.publish(LATER)
    suffixes = {COPY_SUFFIXES[encoding] for encoding in wanted}
    for place in room.places:
        assert {"." + path.rpartition(".")[2] for path in copies(files(place))} == suffixes
    room.check(LATER)
    room.set(publication='base_url = "https://news.example"')
    room.publish(LATER + timedelta(hours=1))
    assert {f"{STORY}{suffix}" for suffix in UNPACK} <= room.site().keys()
    room.check(LATER + timedelta(hours=1))


def test_a_removed_story_leaves_no_copy(room):
    room.write([item("b", "en"), item("a", "ru")])
    room.publish(LATER)
    room.check(LATER)
    for place in room.places:
        assert not [path for path in files(place) if path.startswith(STORY)]
        for path, data in files(place).items():
            if path.startswith("en/") and path != copied_file(path):
                assert b"First of a." not in UNPACK["." + path.rpartition(".")[2]](data)


def test_copies_of_pages_that_did_not_change_are_not_made_again(room):
    before = times(room.out)
    room.write([item("a", "en"), item("b", "en", "Corrected"), item("a", "ru")])
    room.publish(LATER)
    written = {path for path, status in times(room.out).items() if before.get(path) != status}
    assert not {path for path in written if path.startswith(("en/about.html", "ru/index.html", "index.html"))}
    assert {f"en/2026/11/b.html{suffix}" for suffix in ("", *UNPACK)} <= written
    for path, page in copies(written).items():
        assert page in written, path


def test_a_copy_of_another_compressor_stays_as_long_as_its_page(room):
    """A library that packs better some day changes no page, so nothing is to be signed or sent because of it."""
    copy = f"{STORY}.gz"
    other = gzip.compress(room.site()[STORY], 1, mtime=0)
    assert other != room.site()[copy]
    for place in room.places:
        (place / copy).write_bytes(other)
    digest = hashlib.sha256(other).hexdigest()
    room.query(f"UPDATE page SET size = {len(other)}, digest = x'{digest}' WHERE path = '{copy}'")
    room.set("[site]\nstories_in_feed = 1\n", 'base_url = "https://news.example"')
    room.publish(LATER)
    assert room.site()[copy] == other
    room.check(LATER)


@pytest.mark.parametrize("package", ["brotli", "backports.zstd"])
def test_a_publisher_without_a_compressor_is_told_how_to_get_it(room, package):
    if package.startswith("backports") and sys.version_info >= (3, 14):
        pytest.skip("Python itself has zstd")
    program = f"import sys; sys.modules[{package!r}] = None; from tamizdat.cli.main import main; main()"
    command = [sys.executable, "-c", program, "publish", "-C", str(room.folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr == f"error: {package} is not installed; publish needs: pip install 'tamizdat[publish]'\n"


# --- Audits ---


@pytest.mark.parametrize("suffix", UNPACK)
def test_a_mirror_that_lies_in_a_copy_is_found(room, suffix):
    forged = room.site()[STORY].replace(b"First of a.", b"All is well.")
    pack = {".gz": gzip.compress, ".br": brotli.compress, ".zst": zstd.compress}[suffix]
    (room.carriers[0] / f"{STORY}{suffix}").write_bytes(pack(forged))
    audit = room.audit(LATER)
    assert audit.lies
    findings = [finding for tree in audit.mirrors[0].trees for finding in tree.findings]
    assert [(finding.path, finding.state) for finding in findings] == [(f"{STORY}{suffix}", PageState.ALTERED)]
    assert not [finding for tree in audit.mirrors[1].trees for finding in tree.findings]


def test_a_copy_beside_nothing_is_extra(room):
    (room.carriers[0] / "en/2026/11/none.html.br").write_bytes(brotli.compress(b"a page that nobody signed"))
    findings = [finding for tree in room.audit(LATER).mirrors[0].trees for finding in tree.findings]
    assert [(finding.path, finding.state) for finding in findings] == [("en/2026/11/none.html.br", PageState.EXTRA)]


@contextmanager
def serving(folder):
    """A web server that says of each copy in which coding it is, as those do that are set up to hand them out."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def end_headers(self):
            for encoding, suffix in COPY_SUFFIXES.items():
                if self.path.endswith(suffix):
                    self.send_header("Content-Encoding", encoding)
            super().end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_that_names_the_coding_of_copies_is_no_liar(room):
    with serving(room.carriers[0]) as address:
        road = HttpInbound(address, proxies={})
        audit = audit_mirrors([road], Anchor.parse(room.fingerprint), LATER)
        road.close()
    (mirror,) = audit.mirrors
    assert (audit.lies, audit.failed, mirror.trail.faults) == (False, False, [])
    assert sum(tree.good for tree in mirror.trees) == len(room.site())
