"""`audit` of pages: each kind of lie, neglect and misfortune under its own name, and nobody accused without proof."""

import functools
import hashlib
import http.server
import json
import shutil
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from publication_kit import NOW, Newsroom, item
from reader.mirrors import MemoryMirror
from reader.site_kit import LATER, NO_PRESS, OUTSIDE, SiteRoom, page, pages_of
from tamizdat.carriers.http import HttpInbound
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.listing import Entry, Kind, Leaf, listing_to_bytes
from tamizdat.edition.site import SiteTree
from tamizdat.errors import CarrierError, Failure
from tamizdat.limits import LIMITS
from tamizdat.reader import audit_pages, audit_site
from tamizdat.reader.audit import audit_json, audit_lines, audit_mirrors
from tamizdat.reader.audit_site import PageState
from tamizdat.reader.trail import Standing
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.sign import Target

STORY = "ru/2026/11/story-1.html"
OTHER = "ru/2026/11/story-2.html"
NEW = NOW.replace(day=24)
ENOUGH = 2 * audit_pages._LONGER_BYTES


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    made = SiteRoom(tmp_path_factory.mktemp("prepared") / "room")
    made.edition(2)
    return made


@pytest.fixture
def room(prepared, tmp_path):
    """Edition 2 in Russian, 1 in English; what edition 1 had in Russian is still listed."""
    return prepared.copy(tmp_path / "room")


@pytest.fixture
def bad(room, tmp_path):
    """A copy of the mirror, to be spoilt."""
    return shutil.copytree(room.mirror, tmp_path / "bad")


def audit(room, *mirrors, **how):
    roads = [mirror if hasattr(mirror, "fetch") else open_inbound(str(mirror)) for mirror in mirrors]
    return audit_mirrors(roads, Anchor.parse(room.fingerprint), LATER, **how)


def findings(result, at=0):
    """State by path, of one mirror."""
    return {f.path: f.state for tree in result.mirrors[at].trees for f in tree.findings}


def details(result, at=0):
    return {f.path: f.detail for tree in result.mirrors[at].trees for f in tree.findings}


def standing(result, at=0):
    return result.mirrors[at].standing(result.newest)


def digest(data):
    return hashlib.sha256(data).digest()


def remove_listings(folder):
    for file in [*folder.rglob("*.list")]:
        file.unlink()


def remove_pages(folder):
    """What is left of a mirror that serves editions only. Stories' pictures are part of those."""
    for file in [*folder.rglob("*.html"), *folder.rglob("*.xml"), *folder.rglob("*.txt")]:
        file.unlink()


# --- A whole mirror ---


def test_a_whole_site_is_good_to_the_last_page(room):
    result = audit(room, room.mirror)
    (mirror,) = result.mirrors
    assert [(t.tree.folder, t.tree.edition, t.pages, t.asked, t.good) for t in mirror.trees] == [
        ("en", 1, 9, 9, 9),
        ("ru", 2, 9, 9, 9),
        ("", None, len(OUTSIDE), len(OUTSIDE), len(OUTSIDE)),
    ]
    assert findings(result) == {}
    assert standing(result) is Standing.CURRENT
    assert not result.lies
    assert not result.failed
    assert mirror.trail.files > 9 + 9 + len(OUTSIDE)


def test_what_the_press_makes_is_found_whole_in_two_editions_and_a_page_left_over_is_named(tmp_path):
    room = Newsroom(tmp_path / "room")
    room.write([item("a", "en"), item("a", "ru")])
    room.publish()
    mirror = room.carriers[0]
    old = (mirror / "ru" / "index.html").read_bytes()
    result = audit(room, mirror)
    assert findings(result) == {}
    assert not result.failed
    assert {tree.tree.folder: tree.there for tree in result.mirrors[0].trees} == {"en": True, "ru": True, "": True}
    room.write([item("a", "en"), item("a", "ru", "Corrected"), item("b", "ru")])
    room.publish(LATER)
    assert findings(audit(room, mirror)) == {}
    (mirror / "ru" / "index.html").write_bytes(old)
    result = audit(room, mirror)
    assert findings(result) == {"ru/index.html": PageState.OLDER}
    assert details(result) == {"ru/index.html": "as edition 1 has it"}


# --- Altered ---


def test_an_altered_page_is_named_with_both_hashes(room, bad):
    served = page("ru", 2, "Forged.")
    (bad / STORY).write_bytes(served)
    result = audit(room, bad, room.mirror)
    assert findings(result) == {STORY: PageState.ALTERED}
    assert findings(result, 1) == {}
    (finding,) = result.mirrors[0].trees[1].findings
    assert (finding.signed, finding.served) == (digest(room.pages[STORY]), digest(served))
    assert 'it says "ru 2" of itself' in finding.detail
    assert [standing(result), standing(result, 1)] == [Standing.LIES, Standing.CURRENT]
    assert result.lies


@pytest.mark.parametrize("path", ["index.html", "robots.txt", "ru/feed.atom.xml", next(p for p in OUTSIDE if "/" in p)])
def test_every_kind_of_file_is_looked_at(room, bad, path):
    data = bytearray((bad / path).read_bytes())
    data[-1] ^= 1
    (bad / path).write_bytes(data)
    assert findings(audit(room, bad)) == {path: PageState.ALTERED}


def test_two_pages_that_changed_places_are_both_altered_and_each_names_the_other(room, bad):
    one, two = (bad / STORY).read_bytes(), (bad / OTHER).read_bytes()
    (bad / STORY).write_bytes(two)
    (bad / OTHER).write_bytes(one)
    result = audit(room, bad)
    assert findings(result) == {STORY: PageState.ALTERED, OTHER: PageState.ALTERED}
    assert f"it is {OTHER}, in another page's place" in details(result)[STORY]
    assert f"it is {STORY}, in another page's place" in details(result)[OTHER]


def test_a_page_of_another_language_is_altered_and_says_which_it_is(room, bad):
    shutil.copy(bad / "en" / "index.html", bad / "ru" / "index.html")
    result = audit(room, bad)
    assert findings(result) == {"ru/index.html": PageState.ALTERED}
    assert "it is en/index.html, in another page's place" in details(result)["ru/index.html"]


def test_a_page_with_more_or_less_than_was_signed_is_altered(room, bad):
    (bad / STORY).write_bytes(room.pages[STORY] + b"<p>And more.")
    (bad / OTHER).write_bytes(b"")
    (bad / "ru" / "index.html").write_bytes(room.pages["ru/index.html"] + bytes(ENOUGH))
    result = audit(room, bad)
    assert set(findings(result).values()) == {PageState.ALTERED}
    served = {f.path: f.served for f in result.mirrors[0].trees[1].findings}
    assert served[STORY] == digest(room.pages[STORY] + b"<p>And more.")
    assert served[OTHER] == digest(b"")
    assert served["ru/index.html"] is None
    assert "longer than the" in details(result)["ru/index.html"]


# --- Missing ---


def test_a_missing_page_is_missing_and_no_lie(room, bad):
    (bad / STORY).unlink()
    result = audit(room, bad)
    assert findings(result) == {STORY: PageState.MISSING}
    assert standing(result) is Standing.INCOMPLETE
    assert not result.lies
    assert result.failed


def test_a_new_page_that_is_missing_is_not_excused_by_editions_that_had_none(room):
    room.put(room.pages | {"ru/new.html": page("ru", 2, "New.")}, LATER)
    (room.mirror / "ru" / "new.html").unlink()
    assert findings(audit(room, room.mirror)) == {"ru/new.html": PageState.MISSING}


def test_a_page_that_is_missing_is_not_excused_by_a_newer_edition_that_cannot_be_read(room):
    room.put({path: data for path, data in room.pages.items() if path != STORY}, NEW, announce=False)
    (room.mirror / STORY).unlink()
    assert findings(audit(room, room.mirror)) == {STORY: PageState.NEWER}
    current = {path for tree in SiteRoom.trees(room.pages).values() for path in tree.paths()}
    for file in room.mirror.rglob("*.list"):
        if file.relative_to(room.mirror).as_posix() not in current:
            file.unlink()
    assert findings(audit(room, room.mirror)) == {STORY: PageState.MISSING}


# --- Other editions ---


def test_a_page_of_an_older_edition_is_older_and_no_lie(room, bad):
    old = pages_of("ru", 1)[STORY]
    (bad / STORY).write_bytes(old)
    result = audit(room, bad)
    assert findings(result) == {STORY: PageState.OLDER}
    assert details(result) == {STORY: "as edition 1 has it"}
    assert result.mirrors[0].trees[1].findings[0].served == digest(old)
    assert standing(result) is Standing.LAGS
    assert not result.lies


def test_all_pages_of_an_older_edition_are_older(room, bad):
    for path, data in pages_of("ru", 1).items():
        (bad / path).write_bytes(data)
    result = audit(room, bad)
    assert findings(result) == dict.fromkeys(pages_of("ru", 1), PageState.OLDER)


def test_an_older_page_that_is_much_longer_is_still_recognised(room, bad):
    long = room.pages | {STORY: page("ru", 2, "x" * 300_000)}
    room.put(long, LATER)
    room.put(room.pages | {STORY: page("ru", 2, "Short.")}, LATER)
    (room.mirror / STORY).write_bytes(long[STORY])
    assert findings(audit(room, room.mirror)) == {STORY: PageState.OLDER}


def test_only_bytes_prove_an_older_edition_not_what_a_page_says(room, bad):
    (bad / STORY).write_bytes(page("ru", 1, "Forged, and dated back."))
    result = audit(room, bad)
    assert findings(result) == {STORY: PageState.ALTERED}
    assert 'it says "ru 1" of itself' in details(result)[STORY]
    assert result.lies


def test_an_older_page_in_the_wrong_place_is_altered(room, bad):
    (bad / STORY).write_bytes(pages_of("ru", 1)[OTHER])
    assert findings(audit(room, bad)) == {STORY: PageState.ALTERED}


def test_a_page_that_is_gone_since_is_older_where_it_was_left(room):
    gone = room.pages[STORY]
    room.put({path: data for path, data in room.pages.items() if path != STORY}, LATER)
    assert findings(audit(room, room.mirror)) == {}
    (room.mirror / STORY).write_bytes(gone)
    result = audit(room, room.mirror)
    assert findings(result) == {STORY: PageState.OLDER}
    assert standing(result) is Standing.LAGS


def test_another_mirrors_files_can_prove_an_older_edition(room, bad, tmp_path):
    (bad / STORY).write_bytes(pages_of("ru", 1)[STORY])
    kept = {"timestamp.json", *(file.name for file in (bad / "metadata").iterdir() if ".ru." not in file.name)}
    newest = max((bad / "metadata").glob("*.ru.json"), key=lambda file: int(file.name.split(".")[0]))
    for file in (bad / "metadata").iterdir():
        if file.name not in {*kept, newest.name}:
            file.unlink()
    result = audit(room, bad)
    assert findings(result) == {STORY: PageState.ALTERED}
    assert findings(audit(room, bad, room.mirror)) == {STORY: PageState.OLDER}


def test_without_the_old_listings_an_old_page_cannot_be_told_from_a_forged_one(room, bad):
    (bad / STORY).write_bytes(pages_of("ru", 1)[STORY])
    current = set(SiteRoom.trees(room.pages)["ru"].paths())
    for file in (bad / "ru" / "site").iterdir():
        if file.relative_to(bad).as_posix() not in current:
            file.unlink()
    result = audit(room, bad)
    assert findings(result) == {STORY: PageState.ALTERED}
    assert 'it says "ru 1" of itself' in details(result)[STORY]


def test_pages_that_arrive_before_their_timestamp_are_newer_and_no_lie(room):
    """A push that is under way: listings and roles are there, pages half, the timestamp not yet."""
    after = room.pages | pages_of("ru", 3)
    gone = "ru/archive/2026-11.html"
    del after[gone]
    room.put(after, NEW, announce=False)
    (room.mirror / STORY).write_bytes(after[STORY])
    (room.mirror / gone).unlink()
    result = audit(room, room.mirror)
    assert findings(result) == {STORY: PageState.NEWER, gone: PageState.NEWER}
    assert standing(result) is Standing.CURRENT
    assert not result.lies
    assert not result.failed


def test_a_mirror_that_lags_is_judged_by_its_own_roles(room, bad):
    room.edition(3, now=NEW)
    result = audit(room, bad, room.mirror)
    assert findings(result) == {}
    assert [standing(result), standing(result, 1)] == [Standing.LAGS, Standing.CURRENT]
    (bad / STORY).write_bytes(room.pages[STORY])
    result = audit(room, bad, room.mirror)
    assert findings(result) == {STORY: PageState.NEWER}
    assert details(result) == {STORY: "as edition 3 has it"}


def test_a_second_tree_under_one_version_excuses_nothing(room, tmp_path):
    """A stolen key: two roles of one version, each with pages of its own."""
    twin = room.copy(tmp_path / "twin")
    room.put(room.pages | {STORY: page("ru", 2, "True.")}, NEW)
    twin.put(twin.pages | {STORY: page("ru", 2, "False.")}, NEW)
    (twin.mirror / STORY).write_bytes(room.pages[STORY])
    result = audit(room, twin.mirror, room.mirror)
    assert result.equivocations
    assert findings(result) == {STORY: PageState.ALTERED}


def test_pages_under_a_retired_key_are_older_and_that_is_said(room):
    room.rotate("ru", last_good=2, now=LATER)
    room.edition(3, now=NEW)
    assert findings(audit(room, room.mirror)) == {}
    (room.mirror / STORY).write_bytes(pages_of("ru", 2)[STORY])
    result = audit(room, room.mirror)
    assert findings(result) == {STORY: PageState.OLDER}
    assert details(result) == {STORY: "as edition 2 (signed by a key that has been retired) has it"}


def test_pages_outside_the_languages_have_versions_and_no_editions(room):
    room.put(room.pages | {"index.html": b"another chooser"}, LATER)
    (room.mirror / "index.html").write_bytes(OUTSIDE["index.html"])
    result = audit(room, room.mirror)
    assert findings(result) == {"index.html": PageState.OLDER}
    assert "of the list has it" in details(result)["index.html"]


# --- Extra ---


EXTRA = [
    "ru/2026/11/forged.html",
    "ru/extra/deep/er.html",
    "evil.html",
    "with a space.html",
    "ru/новость.html",
    "xx/index.html",
]


def test_files_that_nobody_signed_are_extra_where_a_mirror_can_be_listed(room, bad, tmp_path):
    for path in EXTRA:
        (bad / path).parent.mkdir(parents=True, exist_ok=True)
        (bad / path).write_bytes(page("ru", 2, "Forged."))
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        archive.add(bad, ".")
    for place in (bad, tmp_path / "bad.tar.gz"):
        result = audit(room, place)
        assert findings(result) == dict.fromkeys(EXTRA, PageState.EXTRA)
        assert details(result)["evil.html"] == 'nobody signed it; it says "ru 2" of itself'
        assert not result.lies
        assert result.failed
    assert findings(audit(room, MemoryMirror.of("web", bad))) == {}


def test_what_editions_need_is_no_extra(room, bad):
    (bad / "ru" / ("0" * 64 + ".pack")).write_bytes(b"an older pack")
    (bad / "metadata" / "1.xx.json").write_bytes(b"{}")
    assert findings(audit(room, bad)) == {}


def test_a_link_out_of_the_mirror_is_extra_and_not_followed(room, bad, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (bad / "ru" / "link.html").symlink_to(tmp_path / "secret")
    (bad / STORY).unlink()
    (bad / STORY).symlink_to(tmp_path / "secret")
    assert findings(audit(room, bad)) == {STORY: PageState.MISSING}


# --- No site, hidden listings ---


def test_a_mirror_without_pages_serves_readers_and_is_no_liar(room, bad):
    remove_listings(bad)
    remove_pages(bad)
    for result in (audit(room, bad), audit(room, bad, room.mirror)):
        assert [tree.there for tree in result.mirrors[0].trees] == [False, False, False]
        assert findings(result) == {}
        assert standing(result) is Standing.CURRENT
        assert not result.failed
        assert "pages, ru: no site" in "\n".join(audit_lines(result))


def test_a_mirror_without_pages_is_not_asked_for_every_listing_and_page(room, bad):
    remove_listings(bad)
    remove_pages(bad)
    room.put(room.pages | {f"ru/{at}/x/{at}.html": b"%d" % at for at in range(300)}, LATER)
    for file in room.mirror.glob("metadata/*"):
        shutil.copy(file, bad / "metadata")
    mirror = MemoryMirror.of("reader's", bad)
    result = audit(room, mirror, room.mirror)
    assert [tree.there for tree in result.mirrors[0].trees] == [False, False, False]
    assert sum(path.endswith(".list") for path in mirror.asked) == 3
    assert sum(path.startswith("ru/") and path.endswith(".html") for path in mirror.asked) <= audit_site.QUICK_PAGES + 3


def test_a_language_without_pages_on_a_mirror_is_no_fault_of_the_others(room, bad):
    shutil.rmtree(bad / "en" / "site")
    remove_pages(bad / "en")
    result = audit(room, bad, room.mirror)
    assert [tree.there for tree in result.mirrors[0].trees] == [False, True, True]
    assert standing(result) is Standing.CURRENT


def test_listings_that_are_hidden_do_not_hide_an_altered_page(room, bad):
    remove_listings(bad)
    (bad / STORY).write_bytes(b"forged")
    result = audit(room, bad, room.mirror)
    assert findings(result) == {STORY: PageState.ALTERED}
    assert result.lies
    alone = audit(room, bad)
    assert findings(alone) == {}
    assert standing(alone) is Standing.INCOMPLETE
    assert len(alone.mirrors[0].trail.missing) == 3


def test_a_listing_that_is_gone_is_missing_and_others_have_it(room, bad):
    tree = SiteRoom.trees(room.pages)["ru"]
    below = next(path for path, data in tree.files().items() if b"story-1" in data)
    (bad / below).unlink()
    (bad / STORY).write_bytes(b"forged")
    (bad / "ru" / "2026" / "11" / "extra.html").write_bytes(b"extra")
    alone = audit(room, bad)
    assert alone.mirrors[0].trail.missing == [below]
    assert findings(alone) == {}  # what the listing says is not known, so nobody can be blamed by it
    assert standing(alone) is Standing.INCOMPLETE
    result = audit(room, bad, room.mirror)
    assert findings(result) == {STORY: PageState.ALTERED, "ru/2026/11/extra.html": PageState.EXTRA}


def test_an_altered_listing_is_a_lie(room, bad):
    (file,) = [bad / path for path, data in SiteRoom.trees(room.pages)["ru"].files().items() if b"index.html" in data]
    file.write_bytes(listing_to_bytes([Entry("index.html", Kind.FILE, 6, digest(b"forged"))]))
    result = audit(room, bad, room.mirror)
    assert standing(result) is Standing.LIES
    (refusal,) = result.mirrors[0].trail.refusals
    assert refusal.failure in {Failure.WRONG_HASH, Failure.TOO_LARGE}
    assert findings(result) == {}


def test_a_publication_without_pages_has_none_to_audit(tmp_path):
    room = Newsroom(tmp_path / "room")
    room.settings(NO_PRESS)
    room.write([item("a", "en")])
    room.publish()
    result = audit(room, room.carriers[0])
    assert result.mirrors[0].trees == []
    assert not result.failed


def test_a_mirror_that_lacks_the_role_of_the_app_is_incomplete(room, bad):
    for file in (bad / "metadata").glob("*.app.json"):
        file.unlink()
    result = audit(room, bad)
    assert [tree.tree.folder for tree in result.mirrors[0].trees] == ["en", "ru"]
    assert standing(result) is Standing.INCOMPLETE


# --- What was signed is no tree ---


def put_signed(room, sites, app=()):
    """Exactly these roots, signed."""
    for name, data in room.sign_roots(sites, list(app), NEW).items():
        (room.mirror / "metadata" / name).write_bytes(data)


@pytest.mark.parametrize("data", [b"no listing", listing_to_bytes([Entry("site", Kind.FILE, 1, bytes(32))])])
def test_a_listing_that_breaks_the_rules_accuses_who_signed_it(room, data):
    path = room.mirror / f"ru/site/{digest(data).hex()}.list"
    path.write_bytes(data)
    put_signed(room, {"en": SiteRoom.trees(room.pages)["en"].root, "ru": digest(data)})
    result = audit(room, room.mirror)
    assert standing(result) is Standing.CURRENT
    assert [refusal.path for refusal in result.signed_so] == [path.relative_to(room.mirror).as_posix()]
    assert [tree.tree.folder for tree in result.mirrors[0].trees] == ["en"]


def test_the_app_does_not_speak_in_a_language(room):
    data = listing_to_bytes([Entry("ru", Kind.DIRECTORY, 50, bytes(32))])
    (room.mirror / f"{digest(data).hex()}.site.list").write_bytes(data)
    put_signed(room, {}, [Target.of("site.list", data)])
    result = audit(room, room.mirror)
    assert standing(result) is Standing.CURRENT
    assert [refusal.failure for refusal in result.signed_so] == [Failure.MALFORMED]


def test_a_top_listing_over_its_limit_may_be_the_newsrooms_fault(room):
    data = bytes(LIMITS.max_listing_bytes + 1)
    (room.mirror / f"ru/site/{digest(data).hex()}.list").write_bytes(data)
    put_signed(room, {"ru": digest(data)})
    result = audit(room, room.mirror)
    assert not result.lies
    assert standing(result) is Standing.UNREACHABLE


def test_a_site_that_is_no_hash_accuses_who_signed_it(room, monkeypatch):
    class NoHash(bytes):
        def hex(self):
            return "none"

    put_signed(room, {"ru": NoHash(b"x")})
    result = audit(room, room.mirror)
    assert standing(result) is Standing.CURRENT
    assert [(refusal.path, refusal.failure) for refusal in result.signed_so] == [("ru/index", Failure.MALFORMED)]


# --- Misbehaving servers ---


class _Handler(http.server.SimpleHTTPRequestHandler):
    """A static server that misbehaves on some paths."""

    hangs = frozenset()
    endless = frozenset()
    over = threading.Event()

    def log_message(self, *args):
        pass

    def do_GET(self):
        path = self.path.lstrip("/")
        if path in self.hangs:
            self.over.wait(30)
            self.close_connection = True
        elif path in self.endless:
            self.send_response(200)
            self.end_headers()
            try:
                while not self.over.is_set():
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                pass
            self.close_connection = True
        else:
            super().do_GET()


@contextmanager
def served(folder, *, patience=LIMITS.read_timeout_seconds, hangs=(), endless=()):
    """A road to a real web server on loopback."""
    over = threading.Event()
    misbehaviour = {"hangs": frozenset(hangs), "endless": frozenset(endless), "over": over}
    handler = functools.partial(type("Handler", (_Handler,), misbehaviour), directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        road = HttpInbound(address, replace(LIMITS, read_timeout_seconds=patience), proxies={})
        try:
            yield road
        finally:
            over.set()
            road.close()
            server.shutdown()
            thread.join()


def test_everything_at_once_over_the_web(room, bad):
    (bad / STORY).write_bytes(b"forged")
    (bad / OTHER).unlink()
    (bad / "ru" / "index.html").write_bytes(pages_of("ru", 1)["ru/index.html"])
    (bad / "ru" / "forged.html").write_bytes(b"nobody links here")
    with served(bad) as web, served(room.mirror) as honest:
        result = audit(room, web, honest)
    assert findings(result) == {
        STORY: PageState.ALTERED,
        OTHER: PageState.MISSING,
        "ru/index.html": PageState.OLDER,
    }
    assert findings(result, 1) == {}
    assert [standing(result), standing(result, 1)] == [Standing.LIES, Standing.CURRENT]


def test_an_endless_page_is_cut_and_altered(room):
    with served(room.mirror, endless=[STORY]) as web:
        result = audit(room, web)
    assert findings(result) == {STORY: PageState.ALTERED}
    assert result.mirrors[0].trees[1].findings[0].served is None


@pytest.mark.slow
def test_a_page_that_never_comes_is_a_fault_and_no_lie(room):
    with served(room.mirror, patience=1.0, hangs=[STORY]) as web:
        result = audit(room, web)
    assert not result.lies
    assert any(STORY in fault for fault in result.mirrors[0].trail.faults)
    assert standing(result) is Standing.UNREACHABLE
    assert STORY not in findings(result)


def test_a_mirror_whose_pages_do_not_come_is_given_up(room):
    """Each page may cost a minute: after some, no more are asked for."""
    many = room.pages | {f"ru/many/{at}.html": page("ru", 2, str(at)) for at in range(200)}
    room.put(many, LATER)

    class Broken(MemoryMirror):
        def fetch(self, path, max_bytes):
            if path.endswith(".html"):
                self.asked.append(path)
                raise CarrierError("hangs", carrier=self.name, path=path)
            return super().fetch(path, max_bytes)

    mirror = Broken.of("broken", room.mirror)
    result = audit(room, mirror)
    assert sum(path.endswith(".html") for path in mirror.asked) < 40
    assert standing(result) is Standing.UNREACHABLE
    assert findings(result) == {}
    ru = result.mirrors[0].trees[1]
    assert ru.asked < ru.pages
    assert "asked for" in "\n".join(audit_lines(result))


def test_a_mirror_whose_listings_do_not_come_is_given_up(room):
    room.put(room.pages | {f"ru/{at}/x.html": b"%d" % at for at in range(300)}, LATER)
    tops = {tree.root.hex() for tree in SiteRoom.trees(room.pages).values()}

    class Broken(MemoryMirror):
        def fetch(self, path, max_bytes):
            if path.endswith(".list") and not any(top in path for top in tops):
                self.asked.append(path)
                raise CarrierError("hangs", carrier=self.name, path=path)
            return super().fetch(path, max_bytes)

    mirror = Broken.of("broken", room.mirror)
    result = audit(room, mirror)
    assert 8 < sum(path.endswith(".list") for path in mirror.asked) < 40
    assert standing(result) is Standing.UNREACHABLE
    assert not result.lies


def test_many_endless_pages_are_not_fetched_far_beyond_what_is_signed(room):
    many = room.pages | {f"ru/many/{at}.html": page("ru", 2, str(at)) for at in range(200)}
    room.put(many, LATER)
    fetched = 0

    def endless(path, data):
        return data if "many/" not in path else bytes(ENOUGH)

    class Counting(MemoryMirror):
        def fetch(self, path, max_bytes):
            nonlocal fetched
            fetched += max_bytes if "many/" in path else 0
            return super().fetch(path, max_bytes)

    result = audit(room, Counting.of("endless", room.mirror, endless))
    assert len(findings(result)) == 200
    assert fetched < 60 * audit_pages._LONGER_BYTES


def test_a_mirror_that_cannot_be_listed_after_all_is_still_audited(room):
    class Unlistable(MemoryMirror):
        def list(self):
            raise CarrierError("not now", carrier=self.name, path=".")

    result = audit(room, Unlistable.of("odd", room.mirror))
    assert result.mirrors[0].trees[1].good == 9
    assert standing(result) is Standing.UNREACHABLE


# --- What stays as it was ---


def test_an_audit_changes_nothing_that_is_trusted(room, bad):
    """Roles of other days are opened as proof, and none of them becomes what anybody trusts."""
    (bad / STORY).write_bytes(pages_of("ru", 1)[STORY])
    room.put(room.pages | {OTHER: page("ru", 2, "New.")}, NEW, announce=False)
    result = audit(room, bad, room.mirror)
    place = result.mirrors[0].survey
    before = {role: file.data for role, file in place.trusted._held().items()}
    again = audit_site.audit_sites([mirror.survey for mirror in result.mirrors])
    assert {role: file.data for role, file in place.trusted._held().items()} == before
    assert place.trusted.findings == ()
    assert [f.state for f in again[0][1].findings] == [PageState.OLDER]
    assert findings(audit(room, room.mirror)) == {}


# --- Quick ---


def test_a_quick_audit_draws_some_pages_of_each_tree(room, bad, monkeypatch):
    monkeypatch.setattr(audit_site, "QUICK_PAGES", 3)
    result = audit(room, bad, quick=True)
    assert [(tree.pages, tree.asked, tree.good) for tree in result.mirrors[0].trees] == [
        (9, 3, 3),
        (9, 3, 3),
        (4, 3, 3),
    ]
    assert not result.failed
    for path in pages_of("ru", 2):
        (bad / path).write_bytes(b"forged")
    assert len(findings(audit(room, bad, quick=True))) == 3


def test_a_mirror_cannot_know_which_pages_are_drawn(room, monkeypatch):
    monkeypatch.setattr(audit_site, "QUICK_PAGES", 2)
    drawn = set()
    for _ in range(20):
        mirror = MemoryMirror.of("web", room.mirror)
        audit(room, mirror, quick=True)
        drawn.add(frozenset(path for path in mirror.asked if path in room.pages and path.startswith("ru/")))
    assert len(drawn) > 3


# --- In words and as JSON ---


def test_json_has_the_evidence(room, bad):
    (bad / STORY).write_bytes(b"forged")
    told = json.loads(json.dumps(audit_json(audit(room, bad))))
    (mirror,) = told["mirrors"]
    assert mirror["standing"] == "lies"
    (ru,) = [tree for tree in mirror["pages"] if tree["folder"] == "ru"]
    assert {name: ru[name] for name in ("edition", "there", "pages", "asked", "good")} == {
        "edition": 2,
        "there": True,
        "pages": 9,
        "asked": 9,
        "good": 8,
    }
    assert ru["findings"] == [
        {
            "path": STORY,
            "state": "altered",
            "signed": digest(room.pages[STORY]).hex(),
            "served": digest(b"forged").hex(),
            "detail": "is not what the publication signed",
        }
    ]


def test_words_are_few_and_steer_no_terminal(room, bad, monkeypatch):
    monkeypatch.setattr(audit_site, "_MAX_SHOWN", 2)
    for at in range(4):
        (bad / "ru" / f"story-{at}.html").write_bytes(b"extra")
    (bad / "ru" / "a\x1b[31m.html").write_bytes(b"extra")
    lines = list(audit_lines(audit(room, bad)))
    assert sum(line.startswith("    extra: ") for line in lines) == 3
    assert "    extra: and 3 more" in lines
    assert not any("\x1b" in line for line in lines)
    assert "    pages, ru: 9 good of 9, edition 2" in lines


def test_large_directories_are_walked_part_by_part(room):
    many = room.pages | {f"ru/t/{at}.html": b"%d" % at for at in range(LIMITS.max_listing_entries + 5)}
    room.put(many, LATER)
    (room.mirror / "ru/t/77.html").write_bytes(b"forged")
    result = audit(room, room.mirror)
    assert findings(result) == {"ru/t/77.html": PageState.ALTERED}
    assert result.mirrors[0].trees[1].good == 9 + LIMITS.max_listing_entries + 4
    assert SiteTree.of("ru", {"ru/t/1": Leaf(0, bytes(32))}).count == 1
