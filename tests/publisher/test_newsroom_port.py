"""A newsroom is brought along by whoever makes the publisher, and decides what stands where."""

from dataclasses import replace
from datetime import timedelta

import pytest

from publication_kit import NOW, PASSPHRASE, Newsroom
from tamizdat.errors import ConfigError, UsageError
from tamizdat.publication import SectionLabel
from tamizdat.publisher.pipeline import Publisher
from tamizdat.sources.port import Gathered
from tamizdat.story import Paragraph, Story, rich
from tamizdat.trust.keyring import Keyring


class Desk:
    """A newsroom in memory: what it lists, and what sections are called."""

    name = "newsroom"
    complete = True

    def __init__(self):
        self.listed = []
        self.sections = {}

    def source(self, now):
        self.now = now
        return self

    def settle(self, config):
        labels = (SectionLabel(section, {"en": text}) for section, text in self.sections.items())
        return replace(config, sections=tuple(labels))

    def stories(self, report):
        for at, (story_id, headline) in enumerate(self.listed, 1):
            told = Story(story_id, "en", headline, NOW, sections=("world",), body=(Paragraph(rich("Text.")),))
            yield Gathered(told, True, f"release {at}")

    def open_picture(self, origin):
        raise AssertionError(origin)


@pytest.fixture
def room(tmp_path):
    room = Newsroom(tmp_path / "room", ["en"])
    settings = room.folder / "tamizdat.toml"
    text = settings.read_text("utf-8").replace('kind = "jsonl"\npath = "stories.jsonl"', 'kind = "newsroom"')
    settings.write_text(text, "utf-8")
    return room


def publisher(room, desk=None):
    return Publisher(room.folder, Keyring.open(room.folder, lambda _: PASSPHRASE), newsroom=desk)


def front(room):
    return (room.carriers[0] / "en" / "index.html").read_text("utf-8")


def test_what_a_newsroom_lists_and_decides_is_published_at_once(room):
    desk = Desk()
    desk.listed, desk.sections = [("a", "First of all")], {"world": "World"}
    warm = publisher(room, desk)
    warm.publish(NOW)
    assert "First of all" in front(room)
    assert "World" in front(room)
    assert desk.now == NOW
    desk.listed, desk.sections = [("b", "Second of all")], {"world": "Abroad"}
    warm.publish(NOW + timedelta(hours=1))
    assert "Second of all" in front(room)
    assert "First of all" not in front(room)
    assert "Abroad" in front(room)


def test_settings_that_changed_between_publishes_count(room):
    desk = Desk()
    desk.listed = [("a", "First of all")]
    warm = publisher(room, desk)
    warm.publish(NOW)
    settings = room.folder / "tamizdat.toml"
    settings.write_text(settings.read_text("utf-8").replace('name = "Test"', 'name = "Another"'), "utf-8")
    warm.publish(NOW + timedelta(hours=1))
    assert "Another" in front(room)
    settings.write_text("[publication", "utf-8")
    with pytest.raises(ConfigError):
        warm.publish(NOW + timedelta(hours=2))


def test_without_a_newsroom_its_source_cannot_be_read(room):
    with pytest.raises(UsageError, match="newsroom"):
        publisher(room)
