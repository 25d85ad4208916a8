"""Mirrors of the settings, from ``tamizdat.toml`` to what readers and browser extensions get."""

import json
from datetime import timedelta

import pytest

from publication_kit import NOW, item
from publisher.page_kit import SiteRoom
from tamizdat.carriers.registry import open_inbound
from tamizdat.errors import ConfigError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
ONE = '[[mirrors]]\nurl = "https://one.example/"\nsince = 2026-11-20\n'
TWO = '[[mirrors]]\nurl = "https://two.example/"\nlanguages = ["ru"]\n'
BASE = 'base_url = "https://www.far-shore.example/"'


@pytest.fixture
def room(tmp_path):
    made = SiteRoom(tmp_path / "room")
    made.set(ONE + TWO, BASE)
    made.write([item("a", "en"), item("a", "ru")])
    made.publish(NOW)
    return made


def named(room, now=LATER):
    """The web mirrors that a reader finds in each edition, and its number."""
    mirrors = [open_inbound(str(room.carriers[0]))]
    visit = sync(mirrors, Anchor.parse(room.fingerprint), [], MemoryLibrary(), now)
    return {name: (edition.head.number, edition.index.web_mirrors) for name, edition in visit.editions.items()}


def test_editions_name_the_mirrors_of_their_language(room):
    assert named(room) == {
        "en": (1, ("https://one.example/",)),
        "ru": (1, ("https://one.example/", "https://two.example/")),
    }


def test_a_change_of_the_list_makes_new_editions_where_it_shows_and_nowhere_else(room):
    room.set(ONE, BASE)
    room.publish(LATER)
    assert named(room) == {"en": (1, ("https://one.example/",)), "ru": (2, ("https://one.example/",))}
    room.publish(LATER)
    assert named(room)["ru"] == (2, ("https://one.example/",))
    room.set("", BASE)
    room.publish(LATER)
    assert named(room) == {"en": (2, ()), "ru": (3, ())}


def test_the_order_of_the_settings_changes_nothing_that_is_signed(room):
    room.set(TWO + ONE, BASE)
    room.publish(LATER)
    assert {number for number, _ in named(room).values()} == {1}


def test_extensions_get_a_signed_file_that_goes_with_the_last_mirror(room):
    for place in room.places:
        document = json.loads((place / "mirrors.json").read_text("utf-8"))
        assert document["sites"][0]["main_domain"] == "far-shore.example"
        assert [a["url"] for a in document["sites"][0]["available_alternatives"]] == [
            "https://one.example/",
            "https://two.example/",
        ]
    room.check(NOW)
    trees = [tree for tree in room.audit(NOW).mirrors[0].trees if not tree.tree.folder]
    assert [(tree.good, tree.pages) for tree in trees] == [(trees[0].pages, trees[0].pages)]
    (room.carriers[0] / "mirrors.json").write_text("{}")
    assert room.audit(NOW).lies
    room.set("", BASE)
    room.publish(LATER)
    assert not [place for place in room.places if (place / "mirrors.json").exists()]
    room.check(LATER)


def test_without_a_site_or_an_address_of_it_there_is_no_file_for_extensions(room):
    room.set(ONE)
    room.publish(LATER)
    assert not (room.out / "mirrors.json").exists()
    room.set(f"{ONE}[site]\nenabled = false\n", BASE)
    room.publish(LATER)
    assert not (room.out / "mirrors.json").exists()
    assert named(room)["en"][1] == ("https://one.example/",)


def test_a_publish_with_a_mirror_that_cannot_be_named_changes_nothing(room):
    before = {path: path.read_bytes() for path in room.out.rglob("*") if path.is_file()}
    room.set('[[mirrors]]\nurl = "http://10.0.0.1/"\n', BASE)
    with pytest.raises(ConfigError):
        room.publish(LATER)
    assert {path: path.read_bytes() for path in room.out.rglob("*") if path.is_file()} == before
