"""Promises 1, 2 and 4, and the reader's part of the threat model, against mirrors that misbehave."""

import hashlib
import shutil
import tarfile
import zipfile
from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from reader.mirrors import MemoryMirror, flip
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import Failure, NoMirrorError, TrustError, UntrustedError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import Visit, sync
from tamizdat.roads.trail import Standing
from tamizdat.story import plain
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path / "room")
    room.write([item("a", "en"), item("b", "en"), item("a", "ru", "Заголовок", "Первый абзац.")])
    room.publish()
    return room


def mirror(room, name="honest", change=lambda _path, data: data):
    return MemoryMirror.of(name, room.carriers[0], change)


def read(room, *mirrors, languages=("en",), library=None, now=LATER) -> Visit:
    anchor = Anchor.parse(room.fingerprint)
    return sync(mirrors, anchor, languages, library or MemoryLibrary(), now)


def headlines(visit, language="en"):
    return {name: story_from_bytes(data).headline for name, data in visit.editions[language].stories.items()}


def standing(visit, name):
    return next(trail.standing(visit.newest) for trail in visit.trails if trail.name == name)


def refusals(visit, name):
    return {refusal.failure for trail in visit.trails if trail.name == name for refusal in trail.refusals}


def contents(library):
    return {name: library.get(name) for name in library.names()}


# --- promise 1: same bytes, any road ---


def test_same_edition_by_folder_archive_and_memory(newsroom, tmp_path):
    root = newsroom.carriers[0]
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        for path in root.rglob("*"):
            archive.write(path, path.relative_to(root))
    with tarfile.open(tmp_path / "e.tar.gz", "w:gz") as archive:
        archive.add(root, ".")
    roads = [mirror(newsroom), *(open_inbound(str(p)) for p in (root, tmp_path / "e.zip", tmp_path / "e.tar.gz"))]
    editions = [read(newsroom, road).editions["en"] for road in roads]
    assert all(edition.stories == editions[0].stories and edition.head == editions[0].head for edition in editions)
    assert headlines(read(newsroom, roads[0])) == {"a": "Headline of a", "b": "Headline of b"}


def test_every_paragraph_arrives(newsroom):
    visit = read(newsroom, mirror(newsroom), languages=("ru",))
    story = story_from_bytes(visit.editions["ru"].stories["a"])
    assert [plain(block.text) for block in story.body] == ["Первый абзац."]


def test_no_language_named_means_all(newsroom):
    visit = read(newsroom, mirror(newsroom), languages=())
    assert set(visit.editions) == {"en", "ru"}
    assert visit.languages == ("en", "ru")


# --- promise 2: cannot be fooled ---


@pytest.mark.parametrize("suffix", [".pack", ".index", "en.json", "snapshot.json", "targets.json", "timestamp.json"])
def test_one_flipped_bit_is_refused_and_the_next_mirror_serves(newsroom, suffix):
    bad = mirror(newsroom, "bad", lambda path, data: flip(data) if path.endswith(suffix) else data)
    visit = read(newsroom, bad, mirror(newsroom))
    assert headlines(visit) == {"a": "Headline of a", "b": "Headline of b"}
    assert standing(visit, "bad") is Standing.LIES
    assert standing(visit, "honest") is Standing.CURRENT


def test_a_lie_alone_shows_nothing_and_changes_nothing(newsroom):
    library = MemoryLibrary()
    read(newsroom, mirror(newsroom), library=library)
    before = contents(library)
    newsroom.write([item("a", "en", "New"), item("b", "en")])
    newsroom.publish(LATER)
    bad = mirror(newsroom, "bad", lambda path, data: flip(data) if path.endswith(".pack") else data)
    visit = read(newsroom, bad, library=library, now=LATER)
    assert headlines(visit)["a"] == "Headline of a"  # what was kept, and said so
    assert "kept" in visit.notes[0]
    assert "en" in read(newsroom, bad, now=LATER).faults
    after = contents(library)
    assert {name: after[name] for name in after if name.startswith(("held", "marks", "stories"))} == {
        name: before[name] for name in before if name.startswith(("held", "marks", "stories"))
    }


def test_another_publication_is_not_ours(newsroom, tmp_path):
    other = Newsroom(tmp_path / "other")
    other.write([item("x", "en")])
    other.publish()
    with pytest.raises(NoMirrorError, match=r"wrong-hash|fingerprint"):
        read(newsroom, mirror(other))
    visit = read(newsroom, mirror(other, "other"), mirror(newsroom))
    assert headlines(visit) == {"a": "Headline of a", "b": "Headline of b"}
    assert standing(visit, "other") is Standing.LIES


def test_another_language_in_place_of_ours_is_refused(newsroom):
    files = mirror(newsroom).files
    russian = next(data for path, data in files.items() if path.startswith("ru/") and path.endswith(".index"))

    def swap(path, data):
        return russian if path.startswith("en/") and path.endswith(".index") else data

    visit = read(newsroom, mirror(newsroom, "bad", swap), mirror(newsroom))
    assert Failure.WRONG_HASH in refusals(visit, "bad") or Failure.TOO_LARGE in refusals(visit, "bad")
    assert headlines(visit)["a"] == "Headline of a"


def test_rollback_below_what_was_seen_is_refused(newsroom):
    old = mirror(newsroom, "old")
    library = MemoryLibrary()
    newsroom.write([item("a", "en", "Corrected"), item("b", "en")])
    newsroom.publish(LATER)
    read(newsroom, mirror(newsroom), library=library)
    before = contents(library)
    visit = read(newsroom, old, library=library)
    assert headlines(visit)["a"] == "Corrected"
    assert standing(visit, "old") is Standing.LAGS
    assert Failure.ROLLBACK in refusals(visit, "old")
    assert contents(library) == before


def test_stale_mirror_is_named_and_its_date_shown(newsroom):
    old = mirror(newsroom, "old")
    newsroom.write([item("a", "en", "Newer"), item("b", "en")])
    newsroom.publish(LATER)
    visit = read(newsroom, old, mirror(newsroom))
    assert headlines(visit)["a"] == "Newer"
    assert standing(visit, "old") is Standing.LAGS
    assert visit.checked_as_of == LATER
    assert visit.trails[0].checked_as_of == NOW


def test_only_a_stale_mirror_is_read_with_its_date(newsroom):
    month = NOW + timedelta(days=30)
    visit = read(newsroom, mirror(newsroom), now=month)
    assert headlines(visit)
    assert visit.checked_as_of == NOW
    assert {role for role, _ in visit.expired} >= {"timestamp"}


def test_expired_offline_signatures_are_reported_loudly(newsroom):
    visit = read(newsroom, mirror(newsroom), now=NOW + timedelta(days=400))
    assert {"root", "targets"} <= {role for role, _ in visit.expired}


def test_withheld_files_are_fetched_elsewhere(newsroom):
    bad = mirror(newsroom, "bad", lambda path, data: None if path.endswith(".pack") else data)
    visit = read(newsroom, bad, mirror(newsroom))
    assert headlines(visit)
    assert standing(visit, "bad") is Standing.INCOMPLETE


@pytest.mark.parametrize("kind", [".snapshot.json", ".en.json", ".index", ".pack"])
def test_newest_timestamp_without_what_it_names_does_not_lock_readers_out(newsroom, kind):
    """One hostile mirror that is ahead and withholds everything else, one honest mirror that lags a little."""
    old = mirror(newsroom, "old")
    newsroom.write([item("a", "en", "Newer"), item("b", "en")])
    newsroom.publish(LATER)
    new_paths = mirror(newsroom).files.keys() - old.files.keys()

    def withhold(path, data):
        return None if path in new_paths and path.endswith(kind) else data

    visit = read(newsroom, mirror(newsroom, "ahead", withhold), old)
    assert headlines(visit)["a"] == "Headline of a"
    assert visit.checked_as_of == NOW
    assert standing(visit, "ahead") is Standing.INCOMPLETE
    assert standing(visit, "old") is Standing.LAGS


def test_revocation_holds_whatever_else_is_withheld(newsroom):
    """Promise 3: whoever has met the new keys once never goes back to what the old ones signed since."""
    library = MemoryLibrary()
    newsroom.write([item("a", "en", "Forged by a thief"), item("b", "en")])
    newsroom.publish(NOW + timedelta(minutes=30))
    thief = mirror(newsroom, "thief")
    assert headlines(read(newsroom, thief, library=library))["a"] == "Forged by a thief"
    newsroom.rotate("en", 1, LATER)
    newsroom.write([item("a", "en", "Put right"), item("b", "en")])
    newsroom.publish(LATER)
    blocked = mirror(newsroom, "blocked", lambda path, data: None if path.endswith(".pack") else data)
    visit = read(newsroom, blocked, thief, library=library)
    assert "en" not in visit.editions
    assert not [name for name in library.names() if name.startswith(("held/en", "stories/en", "index/en"))]
    with pytest.raises((NoMirrorError, TrustError)):
        read(newsroom, thief, library=library)
    with pytest.raises(NoMirrorError):
        read(newsroom, library=library)
    assert headlines(read(newsroom, mirror(newsroom), thief, library=library))["a"] == "Put right"


def test_malformed_claim_of_one_mirror_does_not_end_the_visit(newsroom):
    bad = mirror(newsroom, "bad", lambda path, data: b'{"signed":{"_type":"\\ud800"}}' if "timestamp" in path else data)
    visit = read(newsroom, bad, mirror(newsroom))
    assert headlines(visit)
    assert standing(visit, "bad") is Standing.LIES


def test_unreachable_mirror_is_passed_over(newsroom):
    down = mirror(newsroom, "down")
    down.down = True
    visit = read(newsroom, down, mirror(newsroom))
    assert headlines(visit)
    assert standing(visit, "down") is Standing.UNREACHABLE


def test_endless_file_is_cut_and_refused(newsroom):
    bad = mirror(newsroom, "bad", lambda path, data: data + b"\0" * 7_000_000 if path.endswith(".pack") else data)
    visit = read(newsroom, bad, mirror(newsroom))
    assert headlines(visit)
    assert Failure.TOO_LARGE in refusals(visit, "bad")


@pytest.mark.parametrize("kind", [".index", ".pack", ".en.json", ".snapshot.json"])
def test_files_of_two_editions_do_not_mix(newsroom, kind):
    """Mix and match: one file of the older edition, correctly signed or hashed in its day, in the newer one's place."""
    old = mirror(newsroom).files
    newsroom.write([item("a", "en", "Newer"), item("b", "en")])
    newsroom.publish(LATER)
    fresh = mirror(newsroom)
    inside = "en/" if kind in {".index", ".pack"} else "metadata/"
    older = next(data for path, data in old.items() if path.startswith(inside) and path.endswith(kind))
    new_paths = {path for path in fresh.files if path not in old}

    def mix(path, data):
        return older if path in new_paths and path.startswith(inside) and path.endswith(kind) else data

    visit = read(newsroom, mirror(newsroom, "mix", mix), fresh)
    assert standing(visit, "mix") is Standing.LIES
    assert headlines(visit)["a"] == "Newer"


# --- syncing ---


def test_nothing_new_costs_one_timestamp_and_a_question_for_the_next_root(newsroom):
    library = MemoryLibrary()
    read(newsroom, mirror(newsroom), library=library)
    again = mirror(newsroom)
    visit = read(newsroom, again, library=library)
    assert again.asked == ["metadata/2.root.json", "metadata/timestamp.json"]
    assert headlines(visit) == {"a": "Headline of a", "b": "Headline of b"}
    assert len(again.files["metadata/timestamp.json"]) <= 500


def test_next_visit_fetches_only_what_is_new(newsroom):
    library = MemoryLibrary()
    read(newsroom, mirror(newsroom), library=library)
    newsroom.write([item("a", "en"), item("b", "en"), item("c", "en"), item("a", "ru", "Заголовок", "Первый абзац.")])
    newsroom.publish(LATER)
    fresh = mirror(newsroom)
    visit = read(newsroom, fresh, library=library)
    assert set(headlines(visit)) == {"a", "b", "c"}
    packs = [path for path in fresh.asked if path.endswith(".pack")]
    assert len(packs) == 1
    assert len(fresh.files[packs[0]]) < 300


def test_kept_library_is_read_without_any_mirror(newsroom):
    library = MemoryLibrary()
    read(newsroom, mirror(newsroom), library=library)
    down = mirror(newsroom, "down")
    down.down = True
    for roads in ((), (down,)):
        visit = read(newsroom, *roads, library=library, now=NOW + timedelta(days=400))
        assert headlines(visit) == {"a": "Headline of a", "b": "Headline of b"}
        assert visit.checked_as_of == NOW
        assert visit.rehearsal
        assert {"root", "targets", "timestamp"} <= {role for role, _ in visit.expired}
        assert visit.notes
    with pytest.raises(NoMirrorError):
        read(newsroom, down, library=MemoryLibrary())
    with pytest.raises(NoMirrorError):
        sync([], Anchor.parse("0" * 64), ["en"], library, NOW)


def test_kept_library_is_read_where_all_mirrors_are_older(newsroom):
    old = mirror(newsroom, "old")
    library = MemoryLibrary()
    newsroom.write([item("a", "en", "Newer"), item("b", "en")])
    newsroom.publish(LATER)
    read(newsroom, mirror(newsroom), library=library)
    visit = read(newsroom, old, library=library)
    assert headlines(visit)["a"] == "Newer"
    assert visit.checked_as_of == LATER
    assert standing(visit, "old") is Standing.LAGS


def test_interrupted_visit_is_gone_on_with(newsroom):
    """What arrived before the power went is not fetched again, and is checked again all the same."""
    newsroom.write([item(f"{day}-{n}", "en") for day in range(4) for n in range(3)])
    for day in range(1, 4):
        newsroom.write([item(f"{d}-{n}", "en") for d in range(day + 1) for n in range(3)])
        newsroom.publish(NOW + timedelta(days=day))
    later = NOW + timedelta(days=4)

    class PowerCutError(Exception):
        pass

    def cut(path, data):
        if path.endswith(".pack"):
            raise PowerCutError
        return data

    library = MemoryLibrary()
    with pytest.raises(PowerCutError):
        read(newsroom, mirror(newsroom, "cut", cut), library=library, now=later)
    again = mirror(newsroom)
    visit = read(newsroom, again, library=library, now=later)
    assert len(headlines(visit)) == 12
    assert not [path for path in again.asked if path.endswith(".index")]
    assert not [name for name in library.names() if name.startswith("transit/")]


def test_removed_story_goes_from_every_reader_that_syncs(newsroom):
    library = MemoryLibrary()
    read(newsroom, mirror(newsroom), library=library)
    newsroom.write([item("b", "en"), item("a", "ru", "Заголовок", "Первый абзац.")])
    newsroom.publish(LATER)
    visit = read(newsroom, mirror(newsroom), library=library)
    assert set(headlines(visit)) == {"b"}
    stored = b"".join(library.get(name) or b"" for name in library.names())
    assert b"First of a." not in stored
    assert set(headlines(read(newsroom, mirror(newsroom)))) == {"b"}


def test_correction_replaces_everywhere(newsroom):
    library = MemoryLibrary()
    read(newsroom, mirror(newsroom), library=library)
    newsroom.write([item("a", "en", "Put right"), item("b", "en")])
    newsroom.publish(LATER)
    for held in (library, MemoryLibrary()):
        visit = read(newsroom, mirror(newsroom), library=held)
        assert headlines(visit)["a"] == "Put right"
        assert story_from_bytes(visit.editions["en"].stories["a"]).revision == 2


def test_every_reader_equally_long_away_asks_for_the_same_files(newsroom):
    """Promise 4: what is fetched depends on the mark alone, not on what is read."""
    first, second = mirror(newsroom), mirror(newsroom)
    read(newsroom, first)
    read(newsroom, second)
    assert sorted(first.asked) == sorted(second.asked)
    named = {path for path in first.asked if path.endswith(".pack")}
    assert all(hashlib.sha256(first.files[path]).hexdigest() in path for path in named)


def test_two_timestamps_of_one_version_are_reported(newsroom, tmp_path):
    """Equivocation: a thief of the timestamp key signs a second file under the same number."""
    copy = tmp_path / "thief"
    shutil.copytree(newsroom.folder, copy)
    newsroom.publish(LATER)
    thief = Newsroom.__new__(Newsroom)
    thief.__dict__.update(newsroom.__dict__)
    thief.folder = copy
    thief.carriers = (copy / "elsewhere",)
    thief.settings()
    thief.write([item("a", "en", "Forged")])
    thief.publish(LATER + timedelta(minutes=1))
    visit = read(newsroom, mirror(newsroom), MemoryMirror.of("thief", copy / "elsewhere"))
    assert visit.findings
    assert visit.findings[0].failure is Failure.EQUIVOCATION
    assert Failure.EQUIVOCATION in refusals(visit, "thief")
    assert headlines(visit)["a"] == "Headline of a"


def test_refusals_never_escape_as_anything_but_our_errors(newsroom):
    for path in mirror(newsroom).files:
        for garbage in (b"", b"\0" * 50, b"[" * 100_000, b'{"signed": {}}'):
            bad = mirror(newsroom, "bad", lambda p, data, path=path, garbage=garbage: garbage if p == path else data)
            try:
                read(newsroom, bad)
            except (UntrustedError, NoMirrorError):
                continue
