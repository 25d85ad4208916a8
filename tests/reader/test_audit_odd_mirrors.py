"""`audit` of pages where mirrors hide, break off, hang or have none, and of lists that should not have been signed."""

import functools
import http.server
import json
import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from publication_kit import Newsroom, item
from reader.mirrors import MemoryMirror
from reader.site_kit import (
    LATER,
    NEW,
    NO_PRESS,
    OTHER,
    STORY,
    SiteRoom,
    audit,
    digest,
    findings,
    page,
    pages_of,
    remove_listings,
    remove_pages,
    standing,
)
from tamizdat.carriers.http import HttpInbound
from tamizdat.edition.listing import Entry, Kind, Leaf, listing_to_bytes
from tamizdat.edition.site import SiteTree
from tamizdat.errors import CarrierError, Failure
from tamizdat.limits import LIMITS
from tamizdat.reader import audit_pages, audit_site
from tamizdat.reader.audit_report import audit_json, audit_lines
from tamizdat.reader.audit_site import PageState
from tamizdat.roads.trail import Standing
from tamizdat.trust.sign import Target

ENOUGH = 2 * audit_pages._LONGER_BYTES


# --- No site, hidden listings ---


def test_a_mirror_without_pages_serves_readers_and_is_no_liar(room, bad):
    remove_listings(bad)
    remove_pages(bad)
    for result in (audit(room, bad), audit(room, bad, room.mirror)):
        assert [tree.there for tree in result.mirrors[0].trees] == [False, False, False]
        assert findings(result) == {}
        assert standing(result) is Standing.CURRENT
        assert not result.failed
        assert "    pages: no site" in list(audit_lines(result))


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
    told = json.loads(json.dumps(audit_json(audit(room, bad), LATER)))
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


def test_large_directories_are_walked_part_by_part(room):
    many = room.pages | {f"ru/t/{at}.html": b"%d" % at for at in range(LIMITS.max_listing_entries + 5)}
    room.put(many, LATER)
    (room.mirror / "ru/t/77.html").write_bytes(b"forged")
    result = audit(room, room.mirror)
    assert findings(result) == {"ru/t/77.html": PageState.ALTERED}
    assert result.mirrors[0].trees[1].good == 9 + LIMITS.max_listing_entries + 4
    assert SiteTree.of("ru", {"ru/t/1": Leaf(0, bytes(32))}).count == 1
