"""What a reader keeps of an edition: opened when looked at, written where it changed, believed where it adds up."""

import json
from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from reader.mirrors import MemoryMirror
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import LibraryError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.stories import bucket_of, removal
from tamizdat.reader.sync import Visit, sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path / "room", languages=("en",))
    room.write([item("a", "en"), item("b", "en")])
    room.publish()
    return room


def read(room, library) -> Visit:
    mirror = MemoryMirror.of("honest", room.carriers[0])
    return sync([mirror], Anchor.parse(room.fingerprint), ["en"], library, LATER)


def headlines(visit):
    return {name: story_from_bytes(data).headline for name, data in visit.editions["en"].stories.items()}


def test_a_log_begun_anew_is_recovered_from(newsroom):
    """A newsroom that lost its ledger keeps its readers: their marks no longer fit, so they begin again."""
    library = MemoryLibrary()
    newsroom.write([item(name, "en") for name in "abcdef"])
    newsroom.publish(NOW + timedelta(minutes=5))
    read(newsroom, library)
    marks = json.loads(library.get("held/en"))
    marks["log_mark"] = 10_000
    library.put_many({"held/en": json.dumps(marks).encode()})
    assert set(headlines(read(newsroom, library))) == set("abcdef")
    marks["log_mark"] = 3
    library.put_many({"held/en": json.dumps(marks).encode(), **removal("en")})
    assert set(headlines(read(newsroom, library))) == set("abcdef")


def test_where_nothing_is_new_no_story_is_opened(newsroom):
    """Ten years of news lie in a library; whoever looks every minute should not have to read all of them."""
    looked = []

    class Watched(MemoryLibrary):
        def get(self, name):
            looked.append(name)
            return super().get(name)

    library = Watched()
    read(newsroom, library)
    looked.clear()
    before = {name: MemoryLibrary.get(library, name) for name in library.names()}
    visit = read(newsroom, library)
    assert not [name for name in looked if name.startswith("stories/")]
    assert {name: MemoryLibrary.get(library, name) for name in library.names()} == before
    assert headlines(visit)
    assert [name for name in looked if name.startswith("stories/")]


def test_stories_that_cannot_be_opened_are_told_with_what_to_do(newsroom):
    library = MemoryLibrary()
    read(newsroom, library)
    library.put_many({name: b"damaged" for name in library.names() if name.startswith("stories/")})
    with pytest.raises(LibraryError, match="delete the library and sync again"):
        headlines(read(newsroom, library))


def test_a_library_that_cannot_be_read_is_filled_anew_when_there_is_news(newsroom):
    library = MemoryLibrary()
    names = [f"story-{at}" for at in range(100)]
    newsroom.write([item(name, "en") for name in names])
    newsroom.publish(NOW + timedelta(minutes=5))
    read(newsroom, library)
    library.put_many({name: b"damaged" for name in library.names() if name.startswith(("stories/", "leaves/"))})
    newsroom.write([item("another", "en")])
    newsroom.publish(LATER)
    for _again in range(2):
        assert set(headlines(read(newsroom, library))) == {"another"}


def test_one_new_story_opens_and_writes_one_bucket(newsroom):
    names = [f"story-{at}" for at in range(100)]
    newsroom.write([item(name, "en") for name in names])
    newsroom.publish(NOW + timedelta(minutes=5))
    library = MemoryLibrary()
    read(newsroom, library)
    before = {name: library.get(name) for name in library.names() if "/en/" in name}
    newsroom.write([item(name, "en") for name in names[1:]] + [item("another", "en")])
    newsroom.publish(LATER)
    assert set(headlines(read(newsroom, library))) == {*names[1:], "another"}
    after = {name: library.get(name) for name in library.names() if "/en/" in name}
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    buckets = {bucket_of("another"), bucket_of(names[0])}
    assert changed <= {f"{kind}/en/{bucket}" for kind in ("stories", "leaves") for bucket in buckets}
    assert f"stories/en/{bucket_of('another')}" in changed


def test_a_library_from_before_there_were_leaves_is_read_on(newsroom):
    library = MemoryLibrary()
    read(newsroom, library)
    library.put_many({name: None for name in library.names() if name.startswith("leaves/")})
    assert set(headlines(read(newsroom, library))) == set("ab")
    newsroom.write([item("a", "en", "Put right"), item("b", "en"), item("c", "en")])
    newsroom.publish(LATER)
    assert set(headlines(read(newsroom, library))) == set("abc")


def test_leaves_that_do_not_add_up_are_not_believed(newsroom):
    """A library that somebody else wrote: the root that was signed says what counts."""
    library = MemoryLibrary()
    read(newsroom, library)
    name = next(name for name in library.names() if name.startswith("leaves/"))
    leaves = {key: [size, "00" * 32] for key, (size, _digest) in json.loads(library.get(name)).items()}
    library.put_many({name: json.dumps(leaves).encode()})
    newsroom.write([item("a", "en"), item("b", "en"), item("c", "en")])
    newsroom.publish(LATER)
    assert set(headlines(read(newsroom, library))) == set("abc")
    assert "00" * 32 not in library.get(name).decode()


def test_whoever_signs_an_edition_anew_is_noted_also_where_no_story_changed(newsroom):
    """A head may bear several signatures: when one key is retired, another one answers for what is held."""
    library = MemoryLibrary()
    read(newsroom, library)
    held, marks = json.loads(library.get("held/en")), library.get("marks/en")
    before = {"held/en": json.dumps({**held, "key": "00" * 32}).encode(), "marks/en": b"{}"}
    library.put_many(before)
    read(newsroom, library)
    assert json.loads(library.get("held/en")) == held
    assert library.get("marks/en") == marks
