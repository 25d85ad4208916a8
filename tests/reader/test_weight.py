"""What a holder of a language's key can make a reader take into memory, and what a newsroom may still write."""

from dataclasses import replace

import pytest

from publication_kit import NOW, Newsroom, item
from reader.mirrors import MemoryMirror
from tamizdat.edition import catchup, pack
from tamizdat.errors import UsageError
from tamizdat.limits import LIMITS
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path / "room", languages=("en",))
    room.settings("[site]\nenabled = false\n")
    return room


def test_a_story_that_says_the_same_again_and_again_is_published_and_read(newsroom):
    newsroom.write([item(f"s{number}", "en", "Same", *["All quiet."] * 3000) for number in range(3)])
    newsroom.publish()
    mirror = MemoryMirror.of("m", newsroom.carriers[0])
    visit = sync([mirror], Anchor.parse(newsroom.fingerprint), ["en"], MemoryLibrary(), NOW)
    stories = visit.editions["en"].stories
    assert len(stories) == 3
    packs = sum(len(data) for path, data in mirror.files.items() if path.endswith(".pack"))
    assert pack.weight_of_all(sum(map(len, stories.values())), len(stories), 0) <= LIMITS.max_pack_expansion * packs


@pytest.mark.parametrize(("module", "limit"), [(pack, "max_edition_bytes"), (catchup, "max_chain_bytes")])
def test_an_edition_that_readers_would_refuse_for_its_size_is_not_published(newsroom, monkeypatch, module, limit):
    newsroom.write([item("a", "en")])
    newsroom.publish()
    before = {path: path.read_bytes() for path in newsroom.carriers[0].rglob("*") if path.is_file()}
    monkeypatch.setattr(module, "LIMITS", replace(LIMITS, **{limit: 30}))
    newsroom.write([item("a", "en"), item("b", "en")])
    with pytest.raises(UsageError, match="more than readers take"):
        newsroom.publish()
    assert {path: path.read_bytes() for path in newsroom.carriers[0].rglob("*") if path.is_file()} == before
