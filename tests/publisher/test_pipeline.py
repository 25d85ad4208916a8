"""From sources to carriers: what is published, what is not, and that nothing is lost on the way."""

import json
import shutil
from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.edition.pack import Put, decode_pack
from tamizdat.errors import ConfigError, ItemNote, RootKeyPresentError, UsageError
from tamizdat.publisher.delivery import GRACE
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def newsroom(tmp_path):
    return Newsroom(tmp_path / "room")


def stories(room, language="en", now=NOW):
    visit = sync(
        [open_inbound(str(room.carriers[0]))], Anchor.parse(room.fingerprint), [language], MemoryLibrary(), now
    )
    return {name: story_from_bytes(data) for name, data in visit.editions[language].stories.items()}


def numbers(report):
    return {edition.language: edition.number for edition in report.editions}


def texts_on(folder, language="en"):
    """Every story text that any pack of a web root holds."""
    found = []
    for path in folder.glob(f"{language}/*.pack"):
        found += [record.story for record in decode_pack(path.read_bytes(), language) if isinstance(record, Put)]
    return b"".join(found)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_first_edition_of_each_language_even_if_empty(newsroom):
    newsroom.write([item("a", "en")])
    report = newsroom.publish()
    assert numbers(report) == {"en": 1, "ru": 1}
    assert set(stories(newsroom)) == {"a"}
    assert stories(newsroom, "ru") == {}


def test_nothing_new_makes_no_edition_but_a_new_timestamp(newsroom):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    before = files(newsroom.carriers[0])
    report = newsroom.publish(LATER)
    assert numbers(report) == {"en": 1, "ru": 1}
    after = files(newsroom.carriers[0])
    assert {path for path in after if after[path] != before.get(path)} == {"metadata/timestamp.json"}


def test_only_the_changed_language_gets_an_edition(newsroom):
    newsroom.write([item("a", "en"), item("a", "ru")])
    newsroom.publish()
    newsroom.write([item("a", "en", "Changed"), item("a", "ru")])
    assert numbers(newsroom.publish(LATER)) == {"en": 2, "ru": 1}
    assert stories(newsroom)["a"].revision == 2


def test_undated_stories_keep_the_date_of_their_first_edition(newsroom):
    undated = item("a", "en")
    del undated["published"]
    newsroom.write([undated])
    newsroom.publish()
    newsroom.publish(TOMORROW)
    assert stories(newsroom, now=TOMORROW)["a"].published == NOW


def test_removed_story_leaves_every_mirror_at_once(newsroom):
    newsroom.write([item("secret", "en", "", "A name that must go."), item("b", "en")])
    newsroom.publish()
    newsroom.write([item("b", "en")])
    report = newsroom.publish(LATER)
    assert report.gathering.removed == 1
    for folder in (*newsroom.carriers, newsroom.folder / "out"):
        assert b"must go" not in texts_on(folder)
        assert b"secret" not in texts_on(folder)
    assert b"must go" not in (newsroom.folder / "ledger.sqlite").read_bytes()


def test_a_story_that_comes_back_is_a_new_revision(newsroom):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    newsroom.write([])
    newsroom.publish(LATER)
    newsroom.write([item("a", "en")])
    newsroom.publish(TOMORROW)
    assert stories(newsroom, now=TOMORROW)["a"].revision == 2


def test_bad_item_is_reported_and_removes_nothing(newsroom):
    newsroom.write([item("a", "en"), item("b", "en")])
    newsroom.publish()
    newsroom.write([item("a", "en")])
    with (newsroom.folder / "stories.jsonl").open("a") as file:
        file.write('{"id": "b", "lang": "en", "headline"\n')
    report = newsroom.publish(LATER)
    assert report.failed
    assert any(":2" in str(fault) or "line 2" in str(fault) for fault in report.gathering.faults)
    assert set(stories(newsroom)) == {"a", "b"}


def test_language_that_is_not_ours_is_noted_once(newsroom):
    newsroom.write([item("a", "en"), item("a", "fa"), item("b", "fa")])
    report = newsroom.publish()
    assert not report.failed
    assert [fault for fault in report.gathering.faults if "fa (2)" in str(fault)] == report.gathering.faults
    assert set(stories(newsroom)) == {"a"}


def test_the_same_story_twice_is_reported_and_the_first_kept(newsroom):
    newsroom.write([item("a", "en", "First"), item("a", "en", "Second")])
    report = newsroom.publish()
    assert report.failed
    assert stories(newsroom)["a"].headline == "First"


def test_withdrawn_story_stays_away(newsroom):
    newsroom.write([item("a", "en"), item("b", "en"), item("a", "ru")])
    newsroom.publish()
    newsroom.publisher().withdraw("a", ("en", "ru"), LATER)
    newsroom.publish(LATER)
    assert set(stories(newsroom)) == {"b"}
    assert stories(newsroom, "ru") == {}
    assert b"First of a." not in texts_on(newsroom.carriers[0])


def test_withdrawn_from_a_language_that_left_the_settings(newsroom):
    newsroom.write([item("a", "en"), item("a", "ru")])
    newsroom.publish()
    newsroom.languages = ("en",)
    newsroom.settings()
    newsroom.write([item("a", "en")])
    newsroom.publish(LATER)
    newsroom.publisher().withdraw("a", (), LATER)
    assert b"First of a." not in texts_on(newsroom.carriers[0], "ru")
    assert b"First of a." not in texts_on(newsroom.carriers[0], "en")


def test_mistyped_withdrawal_says_so(newsroom):
    newsroom.write([item("harbour-strike", "en")])
    newsroom.publish()
    with pytest.raises(UsageError, match="harbour-strike"):
        newsroom.publisher().withdraw("harbour", (), LATER)


def test_takedown_does_not_wait_for_a_carrier_that_fails(newsroom):
    newsroom.write([item("secret", "en", "", "A name that must go."), item("b", "en")])
    newsroom.publish()
    mirror = newsroom.carriers[0]
    newsroom.write([item("b", "en"), item("c", "ru")])
    shutil.rmtree(mirror / "ru")
    (mirror / "ru").write_text("something in the way")
    assert newsroom.publish(LATER).failed
    assert b"must go" not in texts_on(mirror)


def test_lost_picture_does_not_stop_the_news(newsroom):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    with newsroom.publisher()._open_ledger() as ledger, ledger.transaction():
        ledger.set_files("pictures", ["pictures/" + "0" * 64 + ".jpg"], NOW)
        ledger._db.execute("INSERT INTO picture_use VALUES ('en', 'a', ?, 9, 9, 0, 0, 1)", ("0" * 64,))
    newsroom.write([item("a", "en"), item("b", "en")])
    report = newsroom.publish(LATER)
    assert [place.fault for place in report.pushed if place.fault] == ["pictures/" + "0" * 64 + ".jpg is lost"]
    assert set(stories(newsroom)) == {"a", "b"}


def test_front_page_pins_make_an_edition(newsroom):
    newsroom.write([item("a", "en"), item("b", "en")])
    newsroom.publish()
    newsroom.settings('[[front]]\nlanguage = "en"\npins = ["b", "gone"]\n')
    assert numbers(newsroom.publish(LATER)) == {"en": 2, "ru": 1}


def test_same_stories_same_bytes(tmp_path):
    """The press is deterministic: two newsrooms with the same stories and clock make the same packs."""
    rooms = [Newsroom(tmp_path / name) for name in ("one", "two")]
    for room in rooms:
        room.write([item(name, "en") for name in "abc"])
        room.publish()
    packs = [{p: d for p, d in files(room.carriers[0]).items() if p.endswith(".pack")} for room in rooms]
    assert packs[0] == packs[1]


def test_breaking_story_is_a_tiny_pack_at_once(newsroom):
    newsroom.write([item(f"s{n}", "en") for n in range(50)])
    newsroom.publish()
    before = set(files(newsroom.carriers[0]))
    newsroom.write([*(item(f"s{n}", "en") for n in range(50)), item("breaking", "en")])
    newsroom.publish(LATER)
    after = files(newsroom.carriers[0])
    sizes = sorted(len(after[path]) for path in after.keys() - before if path.endswith(".pack"))
    assert sizes[0] < 300


def test_old_files_stay_for_readers_in_the_middle_of_a_sync_then_go(newsroom):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    first_index = next(
        path for path in files(newsroom.carriers[0]) if path.startswith("en/") and path.endswith(".index")
    )
    newsroom.write([item("a", "en"), item("b", "en")])
    newsroom.publish(LATER)
    assert first_index in files(newsroom.carriers[0])
    newsroom.write([item("a", "en"), item("b", "en"), item("c", "en")])
    newsroom.publish(LATER + GRACE + timedelta(hours=1))
    assert first_index not in files(newsroom.carriers[0])
    audit = audit_mirrors([open_inbound(str(newsroom.carriers[0]))], Anchor.parse(newsroom.fingerprint), LATER)
    assert not audit.lies
    assert not audit.failed


def test_lost_local_files_are_made_again(newsroom):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    shutil.rmtree(newsroom.folder / "out")
    shutil.rmtree(newsroom.carriers[0])
    newsroom.publish(LATER)
    assert set(stories(newsroom)) == {"a"}


@pytest.mark.parametrize("place", ["out", "mirror"])
@pytest.mark.parametrize("pattern", ["en/*.pack", "en/*.index", "metadata/*.en.json", "metadata/1.root.json"])
def test_files_altered_without_a_change_of_size_are_put_right(newsroom, place, pattern):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    altered = next((newsroom.folder / place).glob(pattern))
    good = altered.read_bytes()
    bad = bytes([good[0] ^ 1]) + good[1:]
    altered.write_bytes(bad)
    newsroom.publish(LATER)
    audit = audit_mirrors([open_inbound(str(newsroom.carriers[0]))], Anchor.parse(newsroom.fingerprint), LATER)
    assert not audit.mirrors[0].trail.refusals
    assert set(stories(newsroom)) == {"a"}
    for folder in (newsroom.folder / "out", newsroom.carriers[0]):
        assert bad not in files(folder).values()


def test_failing_carrier_does_not_stop_the_others(tmp_path):
    room = Newsroom(tmp_path / "room", carriers=("one", "two"))
    room.carriers[0].write_text("a file where the folder should be")
    room.write([item("a", "en")])
    report = room.publish()
    assert report.failed
    assert [bool(place.fault) for place in report.pushed] == [True, False]
    room.carriers[0].unlink()
    assert not room.publish(LATER).failed
    assert set(stories(room)) == {"a"}


def test_publishing_machine_refuses_while_a_root_key_lies_on_it(newsroom):
    """Promise 3: outside a rehearsal, an offline key within reach of the publisher stops it."""
    (newsroom.folder / "trust" / "rehearsal").unlink()
    with pytest.raises(RootKeyPresentError, match="offline key"):
        newsroom.publisher()


def test_language_without_a_key_is_named(newsroom):
    newsroom.languages = ("en", "ru", "fa")
    newsroom.settings()
    with pytest.raises(ConfigError, match="fa has no key"):
        newsroom.publisher()


def test_two_publishes_at_once_do_not_mix(newsroom):
    publisher = newsroom.publisher()
    with publisher._open_ledger(), pytest.raises(ConfigError, match="another publish is running"):
        newsroom.publish()


def test_rotated_language_key_signs_a_new_edition(newsroom):
    newsroom.write([item("a", "en"), item("a", "ru")])
    newsroom.publish()
    newsroom.rotate("en", 1, LATER)
    report = newsroom.publish(LATER)
    assert numbers(report) == {"en": 2, "ru": 1}
    assert set(stories(newsroom)) == {"a"}


def test_metadata_is_renewed_before_it_expires(newsroom):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    later = NOW + timedelta(days=60)
    newsroom.publish(later)
    visit = sync(
        [open_inbound(str(newsroom.carriers[0]))], Anchor.parse(newsroom.fingerprint), [], MemoryLibrary(), later
    )
    assert visit.expired == ()
    versions = {path.name for path in (newsroom.carriers[0] / "metadata").iterdir()}
    assert {"1.en.json", "2.en.json", "2.snapshot.json"} <= versions


def test_a_version_of_a_metadata_file_never_changes(newsroom):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    seen = {}
    for day in range(1, 6):
        newsroom.write([item(f"a{n}", "en") for n in range(day)])
        newsroom.publish(NOW + timedelta(days=day))
        for path, data in files(newsroom.carriers[0]).items():
            if path.startswith("metadata/") and not path.endswith("timestamp.json"):
                assert seen.setdefault(path, data) == data


def test_notes_are_not_failures(newsroom):
    newsroom.write([item("a", "en", "", "A line\nbroken.")])
    report = newsroom.publish()
    assert [type(fault) for fault in report.gathering.faults] == [ItemNote]
    assert not report.failed


def test_report_counts(newsroom):
    newsroom.write([item("a", "en"), item("b", "en")])
    assert newsroom.publish().gathering.new == 2
    newsroom.write([item("a", "en", "Other")])
    gathering = newsroom.publish(LATER).gathering
    assert (gathering.read, gathering.new, gathering.changed, gathering.removed) == (1, 0, 1, 1)


def test_settings_errors_name_file_line_and_key(newsroom):
    newsroom.settings("[[sources]]\nkind = 'telex'\npath = 'x'\n")
    with pytest.raises(ConfigError, match=r"tamizdat.toml, line \d+: sources.kind: 'telex' is not one of"):
        newsroom.publisher()
    newsroom.settings('[[sources]]\nkind = "jsonl"\npath = "x"\ncolour = "red"\n')
    text = (newsroom.folder / "tamizdat.toml").read_text().splitlines()
    line = text.index('colour = "red"') + 1
    with pytest.raises(ConfigError, match=rf"line {line}: sources.colour"):
        newsroom.publisher()


def test_corpus_files_of_a_json_source_survive_json(newsroom):
    odd = "Two  spaces, \u200fmarks\u200e, a C1 control \x84 and \u00a0 a hard space."
    newsroom.write([item("a", "en", "", odd)])
    newsroom.publish()
    assert json.dumps(odd) == json.dumps("".join(run.text for run in stories(newsroom)["a"].body[0].text))
