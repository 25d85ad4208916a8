"""A publisher that is kept between publishes does what changed and nothing else, and comes to what a new one does."""

import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_changes import ChangingLog, story

from picture_kit import picture, saved
from publication_kit import NOW, PASSPHRASE, Newsroom
from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.registry import open_inbound
from tamizdat.errors import UsageError
from tamizdat.publication import FrontPage, SectionLabel
from tamizdat.publisher import delivery
from tamizdat.publisher.pipeline import Publisher
from tamizdat.reader.audit import audit_mirrors
from tamizdat.story import Correction, Picture
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import Keyring

DAY = timedelta(days=1)
OLD = [story(f"old{number}", f"Old {number}", published=NOW - number * DAY) for number in range(1, 40)]


class Desk(ChangingLog):
    """A newsroom in memory, with front pages."""

    def __init__(self):
        super().__init__()
        self.pins = ()
        self.section_pins = ()

    def source(self, now):
        return self

    def settle(self, config):
        fronts = (FrontPage("", self.pins), FrontPage("", self.section_pins, "world"))
        return replace(config, fronts=fronts, sections=(SectionLabel("world", {"en": "World"}),))


class Room:
    """A publication of a newsroom, its publisher kept between publishes."""

    def __init__(self, folder, languages=("en", "ru"), carriers=("one", "two")):
        self.room = Newsroom(folder, languages, carriers)
        self.folder, self.carriers = folder, self.room.carriers
        file = folder / "tamizdat.toml"
        text = file.read_text("utf-8").replace('kind = "jsonl"\npath = "stories.jsonl"', 'kind = "newsroom"')
        file.write_text(text.replace('name = "Test"\n', 'name = "Test"\nbase_url = "https://n.example/"\n'), "utf-8")
        self.desk = Desk()
        self.publisher = self.new()
        self.now = NOW

    def new(self):
        return Publisher(self.folder, Keyring.open(self.folder, lambda _: PASSPHRASE), newsroom=self.desk)

    def publish(self, *, thorough=False, hours=1):
        self.now += timedelta(hours=hours)
        return self.publisher.publish(self.now, thorough=thorough)

    def begin(self, *stories):
        """A first publish, and all in mind."""
        self.desk.put(*stories)
        self.publish(thorough=True)
        self.publisher.warm_up(self.now)

    @property
    def quick(self):
        """Whether the last publish only did what changed."""
        return self.publisher._warm.quick

    def files(self, place):
        return {str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()}

    def check(self):
        """Everything is everywhere, and an audit finds nothing wrong."""
        out = self.files(self.folder / "out")
        for carrier in self.carriers:
            files = self.files(carrier)
            assert files.items() <= out.items()
            # Whoever came late never has the metadata of before.
            assert not [path for path in out.keys() - files.keys() if not path.startswith("metadata/")]
        mirrors = [open_inbound(str(carrier)) for carrier in self.carriers]
        audit = audit_mirrors(mirrors, Anchor.parse(self.room.fingerprint), self.now)
        assert not audit.lies
        assert not audit.failed

    def same_as_new(self):
        """A publisher that knows nothing finds nothing to do but to renew signatures."""
        before = self.files(self.folder / "out")
        self.publisher = self.new()
        report = self.publish(thorough=True)
        assert not [edition for edition in report.editions if edition.new]
        after = self.files(self.folder / "out")
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        assert not {path for path in changed if not path.startswith("metadata/")}


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path / "room")


# --- what changed and nothing else ---


def test_a_story_reaches_every_carrier_without_looking_at_the_others(room, monkeypatch):
    room.begin(*OLD)
    room.desk.put(story("new", "News of the day"))
    with monkeypatch.context() as patched:
        patched.setattr(DirectoryOutbound, "marks", lambda _: pytest.fail("all files were looked at"))
        report = room.publish()
    assert room.quick
    assert all("News of the day" in (place / "en" / "index.html").read_text("utf-8") for place in room.carriers)
    assert all(20 < place.files < 90 for place in report.pushed)
    room.check()


def test_nothing_new_sends_the_timestamp_alone(room):
    room.begin(*OLD)
    report = room.publish()
    assert [place.files for place in report.pushed] == [1, 1]
    room.check()


def test_what_is_taken_back_is_gone_everywhere(room):
    room.begin(*OLD, story("secret", "A name nobody may know"))
    room.desk.drop("secret")
    room.publish()
    assert room.quick
    for place in (room.folder / "out", *room.carriers):
        assert not [path for path, data in room.files(place).items() if b"A name nobody" in data]
        assert not [path for path in room.files(place) if "secret" in path]
    assert b"A name nobody" not in (room.folder / "ledger.sqlite").read_bytes()
    room.check()


def test_pictures_come_and_go_with_their_stories(room):
    originals = {"one": saved(picture((800, 600)), "JPEG"), "two": saved(picture((600, 800)), "JPEG")}
    room.desk.open_picture = originals.__getitem__
    room.begin(*OLD, story("a", picture=Picture("Alt", origin="one")))
    room.desk.put(story("b", picture=Picture("Alt", origin="two")), story("c", picture=Picture("Alt", origin="one")))
    report = room.publish()
    assert room.quick
    assert not report.gathering.faults
    first = {path for path in room.files(room.carriers[0]) if path.startswith("pictures/")}
    room.check()
    room.desk.drop("a")
    room.desk.drop("b")
    room.publish()
    assert room.quick
    second = {path for path in room.files(room.carriers[0]) if path.startswith("pictures/")}
    assert 1 < len(second) < len(first)
    assert second < first
    room.check()
    room.same_as_new()


def test_pins_move_without_a_story(room):
    room.begin(*OLD)
    room.desk.pins = ("old30",)
    room.publish()
    front = (room.carriers[0] / "en" / "index.html").read_text("utf-8")
    assert room.quick
    assert front.index("Old 30") < front.index("Old 1<")
    room.check()


def test_pins_of_a_section_make_no_edition_and_move_all_the_same(room):
    room.begin(*[replace(told, sections=("world",)) for told in OLD])
    room.desk.section_pins = ("old30",)
    report = room.publish()
    assert room.quick
    assert not any(edition.new for edition in report.editions)
    pages = [
        data for path, data in room.files(room.carriers[0]).items() if path.startswith("en/") and b"Old 30" in data
    ]
    assert len([data for data in pages if 0 < data.find(b"Old 30") < data.find(b"Old 1<")]) == 1
    room.check()


# --- the same as a new publisher ---

IDS = st.sampled_from("abcdef")
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(["en", "ru"]), IDS, st.integers(0, 50), st.booleans()),
        st.tuples(st.just("drop"), st.sampled_from(["en", "ru"]), IDS),
        st.tuples(st.just("pin"), IDS),
        st.tuples(st.just("publish"), st.booleans()),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=12)
@given(CHANGES)
def test_any_changes_come_to_the_bytes_of_a_new_publisher(tmp_path_factory, changes):
    room = Room(tmp_path_factory.mktemp("warm") / "room", carriers=("one",))
    room.begin(*OLD[:3])
    for change in (*changes, ("publish", False)):
        match change:
            case "put", language, story_id, age, corrected:
                when = NOW - age * DAY
                corrections = (Correction(when, "It was otherwise."),) if corrected else ()
                fields = {"published": when, "topics": ("t", str(age % 3)), "corrections": corrections}
                room.desk.put(story(story_id, f"{story_id} {age}", language, **fields))
            case "drop", language, story_id:
                room.desk.drop(story_id, language)
            case "pin", story_id:
                room.desk.pins = (story_id,)
            case "publish", thorough:
                room.publish(thorough=thorough)
    room.check()
    room.same_as_new()


# --- when it does not count ---


def test_somebody_else_published_meanwhile(room):
    room.begin(*OLD, story("a", "Withdrawn"))
    room.new().withdraw("a", (), room.now)
    room.desk.put(story("b", "After that"))
    room.publish()
    assert not room.quick
    room.check()


def test_a_ledger_that_was_put_back_is_noticed(room):
    room.begin(*OLD)
    copy = room.folder / "copy"
    shutil.copy2(room.folder / "ledger.sqlite", copy)
    shutil.copy2(copy, room.folder / "ledger.sqlite")
    room.publish()
    assert not room.quick


def test_a_ledger_that_somebody_wrote_to_is_noticed(room):
    room.begin(*OLD)
    with sqlite3.connect(room.folder / "ledger.sqlite") as db:
        db.execute("DELETE FROM again")
        db.execute("INSERT INTO again VALUES ('x', 'y', 'z')")
    room.publish()
    assert not room.quick


def test_other_settings_and_another_day_look_at_everything(room):
    room.begin(*OLD)
    file = room.folder / "tamizdat.toml"
    file.write_text(file.read_text("utf-8").replace('name = "Test"', 'name = "Another"'), "utf-8")
    room.publish()
    assert not room.quick
    room.publish()
    assert room.quick
    room.publish(hours=25)
    assert not room.quick
    room.check()


@pytest.mark.parametrize(
    "broken", ["tamizdat.publisher.delivery.Delivery.deliver", "tamizdat.publisher.pipeline.sign_all"]
)
def test_a_publish_that_failed_is_not_gone_on_from(room, monkeypatch, broken):
    room.begin(*OLD)
    room.desk.put(story("new", "News of the day"))
    with monkeypatch.context() as patched:
        patched.setattr(broken, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            room.publish()
    room.publish()
    assert not room.quick
    room.check()


# --- carriers ---


def test_a_carrier_that_was_altered_by_somebody_gets_everything(room):
    room.begin(*OLD)
    shutil.rmtree(room.carriers[0])
    room.desk.put(story("new", "News of the day"))
    report = room.publish()
    assert room.quick
    assert [bool(place.fault) for place in report.pushed] == [False, False]
    assert report.pushed[0].files > 100 > report.pushed[1].files
    room.check()


def test_a_carrier_that_failed_gets_what_it_missed(room):
    room.begin(*OLD)
    aside = room.folder / "aside"
    room.carriers[0].rename(aside)
    room.carriers[0].write_text("no folder")
    for number in range(2):
        room.desk.put(story(f"new{number}", f"News {number}"))
        assert room.publish().pushed[0].fault
    room.carriers[0].unlink()
    aside.rename(room.carriers[0])
    report = room.publish()
    assert room.quick
    assert not report.failed
    assert report.pushed[0].files < 120
    assert "News 0" in (room.carriers[0] / "en" / "index.html").read_text("utf-8")
    audit = audit_mirrors([open_inbound(str(room.carriers[0]))], Anchor.parse(room.room.fingerprint), room.now)
    assert not audit.failed


def test_every_publish_looks_at_some_other_files(room, monkeypatch):
    room.begin(*OLD)
    monkeypatch.setattr(delivery, "_SAMPLE", 40)
    victims = [path for path in sorted(room.files(room.carriers[0])) if "old" in path]
    (room.carriers[0] / victims[0]).write_bytes(b"altered")
    (room.carriers[0] / victims[-1]).unlink()
    for _ in range(20):
        assert room.quick or not room.publish().failed
        room.publish()
    assert room.quick
    room.check()


def test_what_was_altered_at_home_is_sent_nowhere_and_mended_by_the_next(room, monkeypatch):
    room.begin(*OLD)
    monkeypatch.setattr(delivery, "_SAMPLE", 10_000)
    page = room.folder / "out" / "en" / "about.html"
    whole = page.read_bytes()
    page.write_bytes(b"altered")
    assert not room.publish().failed
    assert (room.carriers[0] / "en" / "about.html").read_bytes() == whole
    room.publish()
    assert not room.quick
    assert page.read_bytes() == whole
    room.check()


def test_without_the_newsroom_nothing_begins(room):
    with pytest.raises(UsageError):
        Publisher(room.folder, Keyring.open(room.folder, lambda _: PASSPHRASE))
