"""A retraction through a publish: what readers hold afterwards, what lies on mirrors, and who leads the front page."""

from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
SECRET = "The letter says that the port closes."
RETRACTION = "corrections:\n  - {at: 2026-11-23T12:30:00Z, text: Forged., kind: retraction}\n"


class Room(Newsroom):
    """A newsroom with a folder of stories and a pinned one."""

    def __init__(self, folder):
        super().__init__(folder)
        pins = '[[front]]\npins = ["letter", "other"]\n'
        self.settings(f'[[sources]]\nkind = "folder"\npath = "stories"\n{pins}')
        (folder / "stories").mkdir()

    def story(self, name, text=SECRET, more=""):
        head = f"title: {name}\nlead: {text}\ndate: 2026-11-23T10:00:00Z\n{more}"
        (self.folder / "stories" / f"{name}.en.md").write_text(f"---\n{head}---\n{text}\n", "utf-8")

    def edition(self, now=LATER):
        mirror = open_inbound(str(self.carriers[0]))
        return sync([mirror], Anchor.parse(self.fingerprint), ["en"], MemoryLibrary(), now).editions["en"]


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path / "room")
    made.story("letter")
    made.story("other", "Other text.")
    made.publish()
    made.story("letter", more=RETRACTION)
    return made


def test_a_retracted_text_is_nowhere_any_more(room):
    assert SECRET.encode() in b"".join(path.read_bytes() for path in room.carriers[0].rglob("*.html"))
    old = {path.name for path in room.carriers[0].glob("en/*.pack")}
    report = room.publish(LATER)
    assert (report.gathering.changed, report.gathering.removed) == (1, 0)
    story = story_from_bytes(room.edition().stories["letter"])
    assert (story.headline, story.corrections[0].text, story.body) == ("letter", "Forged.", ())
    for path in room.carriers[0].rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    # Packs are compressed: the ones that held the text are gone at once, without the grace of two days.
    assert not old & {path.name for path in room.carriers[0].glob("en/*.pack")}


def test_a_retracted_story_is_not_among_the_front_page_of_an_edition(room):
    assert [entry.story_id for entry in room.edition(NOW).index.front] == ["letter", "other"]
    room.publish(LATER)
    assert [entry.story_id for entry in room.edition().index.front] == ["other"]


def test_a_retraction_can_be_taken_back(room):
    room.publish(LATER)
    room.story("letter")
    room.publish(LATER + timedelta(hours=1))
    story = story_from_bytes(room.edition(LATER + timedelta(hours=1)).stories["letter"])
    assert not story.retracted
    assert story.lead == SECRET
    assert story.revision == 3
