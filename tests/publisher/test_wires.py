"""Wires through real publishes: listed, signed, by difference, and gone when nobody wants them any more."""

import json
from datetime import timedelta

import pytest
from page_kit import SiteRoom

from publication_kit import NOW, item

LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(hours=2)
WIRES = '[site]\nwires = ["ninjs", "newsml"]\n'


@pytest.fixture
def room(tmp_path):
    made = SiteRoom(tmp_path / "room")
    made.write([item("a", "en"), item("b", "en"), item("a", "ru")])
    return made


def wires(site):
    return {path for path in site if "/wire/" in path and not path.endswith((".gz", ".br", ".zst"))}


def test_the_setting_brings_them_and_takes_them(room, tmp_path):
    room.publish()
    before = room.site()
    assert not wires(before)
    room.set(WIRES)
    room.publish(LATER)
    of_a = {f"{language}/wire/{name}" for language in ("en", "ru") for name in ("ninjs.json", "newsml.xml")}
    assert of_a <= wires(room.site())
    assert {"ru/wire/ninjs/2026/11/a.json", "en/wire/newsml/2026/11/b.xml"} <= wires(room.site())
    room.check(LATER)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", LATER)
    room.set("")
    room.publish(MUCH_LATER)
    assert not wires(room.site())


def test_a_change_goes_by_difference(room, tmp_path):
    room.set(WIRES)
    room.publish()
    before = room.site()
    room.write([item("a", "en", paragraphs=["Put right."]), item("b", "en"), item("a", "ru")])
    room.publish(LATER)
    after = room.site()
    changed = {path for path in wires(after) if before.get(path) != after[path]}
    assert changed == {
        "en/wire/ninjs.json",
        "en/wire/newsml.xml",
        "en/wire/ninjs/2026/11/a.json",
        "en/wire/newsml/2026/11/a.xml",
    }
    (first, *_) = json.loads(after["en/wire/ninjs.json"])["items"]
    assert "Put right." in first["bodies"][0]["value"]
    room.check(LATER)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", LATER)
