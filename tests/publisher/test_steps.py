"""The steps of a publish one by one: each begins where the one before left off, and together they are a publish."""

from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from tamizdat.carriers.registry import open_inbound
from tamizdat.errors import UsageError
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def room(tmp_path):
    made = Newsroom(tmp_path / "room")
    made.write([item("a", "en"), item("a", "ru")])
    return made


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read(room, language="en", now=LATER):
    visit = sync(
        [open_inbound(str(room.carriers[0]))], Anchor.parse(room.fingerprint), [language], MemoryLibrary(), now
    )
    return set(visit.editions[language].stories)


def steps(room, now):
    for step in ("gather", "press", "sign", "push"):
        report = getattr(room.publisher(), step)(now)
        assert not report.failed
    return report


def test_four_steps_are_a_publish(room, tmp_path):
    whole = Newsroom(tmp_path / "whole")
    whole.write([item("a", "en"), item("a", "ru")])
    report = steps(room, NOW)
    assert [(edition.language, edition.number) for edition in report.editions] == [("en", 1), ("ru", 1)]
    assert read(room) == {"a"}
    whole.publish()
    # keys differ, so names that are hashes do; but there are as many of each kind
    assert len(files(room.carriers[0])) == len(files(whole.carriers[0]))
    audit = audit_mirrors([open_inbound(str(room.carriers[0]))], Anchor.parse(room.fingerprint), LATER)
    assert not audit.failed


def test_nothing_goes_out_before_it_is_signed(room):
    room.publish()
    before = files(room.carriers[0])
    room.write([item("a", "en"), item("b", "en"), item("a", "ru")])
    publisher = room.publisher()
    assert publisher.gather(LATER).gathering.new == 1
    assert publisher.push(LATER).pushed[0].files == 1  # the timestamp
    report = publisher.press(LATER)
    assert {edition.language: edition.new for edition in report.editions} == {"en": True, "ru": False}
    with pytest.raises(UsageError, match="tamizdat sign"):
        publisher.push(LATER)
    assert {path: data for path, data in files(room.carriers[0]).items() if path != "metadata/timestamp.json"} == {
        path: data for path, data in before.items() if path != "metadata/timestamp.json"
    }
    assert read(room) == {"a"}
    publisher.sign(LATER)
    publisher.push(LATER)
    assert read(room) == {"a", "b"}


def test_a_removal_reaches_every_mirror_through_the_steps(room):
    room.write([item("a", "en"), item("b", "en", "", "Must go.")])
    room.publish()
    room.write([item("a", "en")])
    steps(room, LATER)
    assert read(room) == {"a"}
    assert not any(b"Must go" in data for path, data in files(room.carriers[0]).items() if path.endswith(".html"))
    audit = audit_mirrors([open_inbound(str(room.carriers[0]))], Anchor.parse(room.fingerprint), LATER)
    assert not audit.failed


def test_news_after_the_press_waits_for_the_next(room):
    publisher = room.publisher()
    publisher.gather(NOW)
    publisher.press(NOW)
    room.write([item("a", "en"), item("late", "en"), item("a", "ru")])
    publisher.gather(NOW)
    publisher.sign(NOW)
    publisher.push(NOW)
    assert read(room) == {"a"}
    room.publish(LATER)
    assert read(room) == {"a", "late"}


def test_pressed_twice_signed_once(room):
    publisher = room.publisher()
    publisher.gather(NOW)
    publisher.press(NOW)
    room.write([item("a", "en"), item("b", "en"), item("a", "ru")])
    publisher.gather(LATER)
    publisher.press(LATER)
    publisher.sign(LATER)
    publisher.push(LATER)
    assert read(room) == {"a", "b"}


def test_nothing_can_be_pushed_before_the_first_signature(room):
    with pytest.raises(UsageError, match="tamizdat sign"):
        room.publisher().push(NOW)
