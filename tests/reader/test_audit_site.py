"""`audit` of pages: each kind of lie, neglect and misfortune under its own name, and nobody accused without proof."""

import shutil
import tarfile

import pytest

from publication_kit import Newsroom, item
from reader.mirrors import MemoryMirror
from reader.site_kit import (
    LATER,
    NEW,
    OTHER,
    OUTSIDE,
    STORY,
    SiteRoom,
    audit,
    details,
    digest,
    findings,
    page,
    pages_of,
    standing,
)
from tamizdat.reader import audit_pages
from tamizdat.reader.audit_site import PageState
from tamizdat.roads.trail import Standing

ENOUGH = 2 * audit_pages._LONGER_BYTES


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


def test_an_older_page_of_the_same_edition_is_named_by_the_version_of_the_list(room):
    room.put(room.pages | {STORY: page("ru", 2, "Put right.")}, LATER)
    (room.mirror / STORY).write_bytes(pages_of("ru", 2)[STORY])
    result = audit(room, room.mirror)
    assert findings(result) == {STORY: PageState.OLDER}
    assert "of the list has it" in details(result)[STORY]


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
