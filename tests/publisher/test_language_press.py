"""Each publish is a process of its own; still it presses what changed and nothing else, as if all were pressed anew."""

import random
from datetime import timedelta

import pytest
from page_kit import SiteRoom

from publication_kit import NOW, item
from tamizdat.press.site import LanguageSite

DRAWN = random.Random(1)
LONG = [f"{DRAWN.getrandbits(4_000):x}" for _ in range(40)]


@pytest.fixture
def room(tmp_path):
    return SiteRoom(tmp_path / "room")


def hours(number):
    return NOW + timedelta(hours=number)


def days_ago(number):
    return (NOW - timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


ARCHIVE = [item(f"old{number}", published=days_ago(number)) for number in range(1, 60)]
ROUNDS = {
    "a correction": [[item("a"), *ARCHIVE], [item("a", "en", "Put right"), *ARCHIVE]],
    "a translation that came and went": [
        [item("a"), item("b")],
        [item("a"), item("a", "ru"), item("b")],
        [item("a"), item("b")],
    ],
    "a translation that moved": [
        [item("a"), item("a", "ru", published=days_ago(1))],
        [item("a"), item("a", "ru", published=days_ago(40))],
    ],
    "a long story that became short": [
        [item("a", "en", "Long", *LONG), item("b")],
        [item("a", "en", "Long", *LONG[:1]), item("b")],
        [item("b")],
    ],
    "a story that moved to another month": [
        [item("a", published=days_ago(1)), *ARCHIVE],
        [item("a", published=days_ago(50)), *ARCHIVE],
    ],
    "news, removals, and what was removed again": [ARCHIVE, [item("a"), *ARCHIVE[5:]], ARCHIVE[2:], [], ARCHIVE],
}


@pytest.mark.parametrize("rounds", ROUNDS.values(), ids=ROUNDS)
def test_publishes_one_after_the_other_give_the_site_of_one(room, tmp_path, monkeypatch, rounds):
    for at, stories in enumerate(rounds):
        room.write(stories)
        with monkeypatch.context() as patched:
            if at:
                patched.setattr(LanguageSite, "build", lambda *_: pytest.fail("everything was pressed anew"))
            room.publish(hours(at))
        room.check(hours(at))
        assert (tmp_path / "room" / "out" / "en" / "2026" / "11.2").exists() == (LONG[1] in str(stories))
        assert room.site() == room.pressed_from_nothing(tmp_path / f"twin{at}", hours(at))


SECTIONS = '[[sections]]\nid = "world"\n[[sections]]\nid = "ports"\n'
PINNED = (
    '[[front]]\npins = ["old9"]\n[[front]]\nsection = "world"\npins = ["old40", "old7"]\n',
    '[[front]]\npins = ["old8"]\n[[front]]\nsection = "world"\nlanguage = "ru"\npins = ["old40"]\n',
    '[[front]]\nlanguage = "en"\npins = []\n[[front]]\nsection = "ports"\npins = ["old3"]\n',
    "",
)


def test_pins_press_their_own_pages_and_nothing_anew(room, tmp_path, monkeypatch):
    room.write([item(f"old{number}", published=days_ago(number), sections=["world"]) for number in range(1, 60)])
    room.set(SECTIONS)
    room.publish()
    unpinned = room.site()
    monkeypatch.setattr(LanguageSite, "build", lambda *_: pytest.fail("everything was pressed anew"))
    for at, pins in enumerate(PINNED, 1):
        before = room.site()
        room.set(SECTIONS + pins)
        room.publish(hours(at))
        changed = {path for path, page in room.site().items() if before[path] != page and path.endswith(".html")}
        assert {path[3:] for path in changed} <= {"index.html", "s/world.html", "s/ports.html", "archive.html"}
        room.check(hours(at))
        if at == 1:
            world = room.site()["en/s/world.html"].decode()
            assert world.index("old40.html") < world.index("old7.html") < world.index("old1.html")
            front = room.site()["en/index.html"].decode()
            assert front.index("old9.html") < front.index("old1.html")
    monkeypatch.undo()
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", hours(len(PINNED)))
    assert room.site()["en/s/world.html"] == unpinned["en/s/world.html"]


def test_a_site_that_was_switched_off_comes_back_whole(room):
    room.write(ARCHIVE)
    room.publish()
    site = room.site()
    room.set("[site]\nenabled = false\n")
    room.publish(hours(1))
    assert room.site() == {}
    assert room.query("SELECT * FROM shown") == []
    room.set()
    room.publish(hours(2))
    assert room.site().keys() == site.keys()
    room.check(hours(2))


def test_what_is_withdrawn_is_remembered_nowhere(room):
    room.write([item("a", "en", "A name nobody may know"), item("b")])
    room.publish()
    room.publisher().withdraw("a", (), hours(1))
    assert b"A name nobody may know" not in (room.folder / "ledger.sqlite").read_bytes()
    assert room.query("SELECT story_id FROM shown") == [("b",)]
