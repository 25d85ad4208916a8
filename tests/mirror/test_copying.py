"""A mirror copies all of a publication, by difference, and is never at anything but a whole edition."""

import os
from datetime import timedelta

import pytest
from mirror_kit import Mirror, copy_of, files
from mirrors import flip
from stalling_server import StallingServer

from picture_kit import marked_jpeg, picture
from publication_kit import NOW, Newsroom, item
from tamizdat.errors import LibraryError, UsageError
from tamizdat.mirror.plan import EVERYTHING, GRACE_SECONDS, Selection
from tamizdat.mirror.upstream import open_upstream

LATER = NOW + timedelta(hours=1)
STORIES = [item(f"story-{number}", language) for language in ("en", "ru") for number in range(4)]


@pytest.fixture
def room(tmp_path):
    room = Newsroom(tmp_path / "news", carriers=())
    room.write(STORIES)
    room.publish()
    return room


@pytest.fixture
def mirror(room, tmp_path):
    with Mirror(tmp_path / "mirror", room.fingerprint, NOW) as mirror:
        yield mirror


def out(room):
    return room.folder / "out"


def named(folder):
    """What the newest signed files in ``folder`` name: its files but for older signed files and content."""
    numbers = {}
    for path in files(folder):
        head, _, rest = path.removeprefix("metadata/").partition(".")
        if path.startswith("metadata/") and head.isdigit() and rest != "root.json":
            numbers[rest] = max(int(head), numbers.get(rest, 0))
    return {
        path: data
        for path, data in files(folder).items()
        if not path.startswith("metadata/")
        or path == "metadata/timestamp.json"
        or path.endswith(".root.json")
        or path.removeprefix("metadata/") in {f"{number}.{rest}" for rest, number in numbers.items()}
    }


def test_a_first_look_copies_everything(room, mirror):
    looked = mirror.look(out(room))
    assert looked.fault == ""
    assert mirror.served() == files(mirror.www) == files(out(room))
    assert looked.planned.editions == {"en": 1, "ru": 1}
    assert looked.planned.faults == []
    assert list(mirror.folder.incoming.iterdir()) == []


def test_nothing_new_changes_nothing(room, mirror):
    mirror.look(out(room))
    before, changes = files(mirror.www), mirror.changes
    looked = mirror.look(out(room))
    assert (looked.fault, looked.files) == ("", 1)  # the timestamp alone was asked for
    assert files(mirror.www) == before
    assert mirror.changes == changes


def test_a_new_edition_comes_by_difference(room, mirror):
    mirror.look(out(room))
    before = files(mirror.www)
    room.write([*STORIES, item("breaking", "en")])
    room.publish(LATER)
    mirror.now = LATER
    upstream = copy_of(out(room))
    looked = mirror.look(upstream)
    assert looked.fault == ""
    after = named(out(room))
    assert after.items() <= mirror.served().items()
    new = {path for path, data in after.items() if before.get(path) != data}
    asked = [path for path in upstream.inbound.asked if not path.endswith(("timestamp.json", "root.json"))]
    assert len(asked) == len(set(asked))
    assert set(asked) <= new
    # Pages are unpacked from their copies, which have to come anyway.
    assert new - set(asked) >= {"en/index.html", "en/2026/11/breaking.html"} & new
    assert not [path for path in asked if path.endswith(".html")]


def test_what_only_older_editions_name_stays_for_a_while_and_pages_do_not(room, mirror):
    mirror.look(out(room))
    before = mirror.served()
    room.write(STORIES[1:])
    room.publisher().withdraw("story-0", (), LATER)
    mirror.now = LATER
    assert mirror.look(out(room)).fault == ""
    gone = before.keys() - named(out(room)).keys()
    pages = {path for path in gone if ".html" in path}
    assert pages
    assert not pages & mirror.served().keys()
    content = {path for path in gone if path.endswith(".pack")}
    assert content <= mirror.served().keys()
    mirror.now = LATER + timedelta(seconds=GRACE_SECONDS)
    assert mirror.look(out(room)).fault == ""
    assert not content & mirror.served().keys()
    assert mirror.served() == files(mirror.www)


def test_a_selection_is_copied_and_nothing_else(room, tmp_path):
    with Mirror(tmp_path / "part", room.fingerprint, NOW, Selection(frozenset({"ru"}), pages=False)) as mirror:
        assert mirror.look(out(room)).fault == ""
        served = mirror.served()
        assert {path.partition("/")[0] for path in served} == {"metadata", "ru"}
        assert not [path for path in served if path.endswith((".html", ".list"))]


@pytest.mark.parametrize("selection", [EVERYTHING, Selection(pages=False), Selection(pages=False, pictures=False)])
@pytest.mark.parametrize("with_pages", [True, False])
def test_pictures_come_with_the_stories_that_show_them(tmp_path, selection, with_pages):
    room = Newsroom(tmp_path / "news", carriers=())
    site = "" if with_pages else "[site]\nenabled = false\n"
    room.settings(f'[[sources]]\nkind = "folder"\npath = "stories"\n{site}')
    stories = room.folder / "stories"
    stories.mkdir()
    (stories / "boat.jpg").write_bytes(marked_jpeg(picture((1400, 1050))))
    story = stories / "with.en.md"
    front = "title: A boat\ndate: 2026-11-23T10:00:00Z\n"
    story.write_text(f"---\n{front}picture: {{file: boat.jpg, alt: a boat}}\n---\nText.\n", "utf-8")
    room.publish()
    shown = {path for path in files(out(room)) if path.startswith("pictures/") and path.endswith(".jpg")}
    with Mirror(tmp_path / "mirror", room.fingerprint, NOW, selection) as mirror:
        assert mirror.look(out(room)).fault == ""
        copied = {path for path in mirror.served() if path.startswith("pictures/") and path.endswith(".jpg")}
        if selection.pictures:
            assert copied
            # Other sizes than the story's own are for pages.
            assert copied == shown if selection.pages and with_pages else copied < shown
        else:
            assert copied == set()
        upstream = copy_of(out(room))
        assert mirror.look(upstream).fault == ""
        assert {path.rpartition("/")[2] for path in upstream.inbound.asked} <= {"timestamp.json", "2.root.json"}
        story.write_text(f"---\n{front}---\nText.\n", "utf-8")
        room.publish(LATER)
        mirror.now = LATER + timedelta(seconds=GRACE_SECONDS)
        assert mirror.look(out(room)).fault == ""
        mirror.now += timedelta(seconds=GRACE_SECONDS)
        assert mirror.look(out(room)).fault == ""
        assert not [path for path in mirror.served() if path.startswith("pictures/")]


def test_a_folder_of_another_publication_is_refused(room, mirror, tmp_path):
    mirror.look(out(room))
    mirror.__exit__()
    other = Newsroom(tmp_path / "other", carriers=())
    with pytest.raises(UsageError, match="another publication"), Mirror(tmp_path / "mirror", other.fingerprint, NOW):
        pass


def test_two_mirrors_do_not_share_a_folder(room, mirror, tmp_path):
    with pytest.raises(UsageError, match="another mirror"), Mirror(tmp_path / "mirror", room.fingerprint, NOW):
        pass


# --- Upstreams that are hostile ---


def nth_altered(kind):
    """What alters every file of one kind."""
    return lambda path, data: flip(data) if kind in path else data


@pytest.mark.parametrize(
    "kind",
    [".root.json", "timestamp", "snapshot", "targets", "en.json", ".index", ".pack", ".list", ".html.gz", ".xml"],
)
def test_altered_bytes_are_never_served(room, mirror, kind):
    looked = mirror.look(copy_of(out(room), nth_altered(kind)))
    assert looked.fault
    assert mirror.served() == {}
    assert files(mirror.www) == {}
    # With one honest upstream among them, the news come nevertheless.
    looked = mirror.look(copy_of(out(room), nth_altered(kind)), copy_of(out(room)))
    assert looked.fault == ""
    assert mirror.served() == files(out(room))


def test_the_last_good_edition_stays_whatever_upstreams_do(room, mirror, tmp_path):
    mirror.look(out(room))
    good = mirror.served()
    old = files(out(room))
    room.write([*STORIES, item("news", "en")])
    room.publish(LATER)
    mirror.now = LATER
    other = Newsroom(tmp_path / "other", carriers=())
    other.publish(LATER)
    for hostile in (
        copy_of(out(room), nth_altered(".pack")),
        copy_of(out(room), lambda path, data: None if ".pack" in path else data),
        copy_of(out(room), lambda path, data: data * 2),
        copy_of(out(room), lambda path, data: b""),
        copy_of(out(other)),
        tmp_path / "not there",
    ):
        assert mirror.look(hostile).fault
        assert good.items() <= mirror.served().items()
        assert mirror.served() == files(mirror.www)
    rolled_back = copy_of(out(room))
    assert mirror.look(out(room)).fault == ""
    new = mirror.served()
    rolled_back.inbound.files = old
    looked = mirror.look(rolled_back)
    assert "timestamp" in looked.fault
    assert mirror.served() == new


def test_an_expired_timestamp_is_not_taken(room, mirror):
    """A frozen upstream: everything rightly signed, and of a day long past."""
    mirror.now = NOW + timedelta(days=30)
    looked = mirror.look(out(room))
    assert "expired" in looked.fault
    assert mirror.served() == {}


@pytest.mark.slow
def test_an_upstream_that_hangs_delays_only_the_first_look(room, mirror):
    with StallingServer(out(room), lambda _: True) as hanging:
        upstreams = open_upstream(hanging.address), open_upstream(str(out(room)))
        assert mirror.look(*upstreams).fault == ""
        asked = len(hanging.asked)
        assert asked
        room.write([*STORIES, item("news", "en")])
        room.publish(LATER)
        mirror.now = LATER
        assert mirror.look(*upstreams).planned.editions["en"] == 2
        assert len(hanging.asked) == asked


def test_an_upstream_that_was_slow_is_asked_when_it_has_news_itself(room, mirror):
    with StallingServer(out(room)) as server:
        web, place = open_upstream(server.address), open_upstream(str(out(room)))
        mirror.copier._slowness._until[web.name] = float("inf")
        assert mirror.look(web, place).fault == ""
        assert not server.asked
        assert web.wait(0) == (True, False)
        mirror.look(web, place)
        assert [path for path in server.asked if path.endswith("root.json")]


# --- Disks ---


def test_damage_on_the_disk_is_never_served_and_mended_by_the_next_look(room, mirror):
    mirror.look(out(room))
    served = mirror.served()
    for path in ("en/index.html", "metadata/1.root.json", next(path for path in served if path.endswith(".pack"))):
        (mirror.www / path).write_bytes(flip(served[path]))
    (mirror.www / "ru/index.html").unlink()
    lost = 0
    holding = mirror.copier.holding
    for path, data in served.items():
        file = holding.find(path)
        try:
            assert holding.read(file) == data
        except LibraryError:
            lost += 1
            assert holding.find(path) is None
    assert lost == mirror.damages == 4
    assert mirror.look(out(room)).fault == ""
    assert mirror.served() == files(mirror.www) == files(out(room))


def test_damage_that_nobody_asked_for_is_found_by_and_by(room, mirror):
    """Another web server may be serving the folder."""
    mirror.look(out(room))
    whole = files(mirror.www)
    damaged = ["en/index.html", "ru/index.html", next(path for path in whole if path.endswith(".pack"))]
    for path in damaged:
        (mirror.www / path).write_bytes(flip(whole[path]))
    for _ in range(len(whole)):
        mirror.copier.scrub(1_000)
    assert mirror.damages == len(damaged)
    assert mirror.copier.register.lost == len(damaged)
    assert mirror.look(out(room)).fault == ""
    mirror.copier.scrub(10**9)
    assert mirror.damages == len(damaged)
    assert files(mirror.www) == whole


def test_a_large_file_is_checked_before_it_is_opened(room, mirror):
    mirror.look(out(room))
    holding = mirror.copier.holding
    path = next(path for path in mirror.served() if path.endswith(".pack"))
    file = holding.find(path)
    for _ in range(2):
        os.close(holding.open(file))
    whole = (mirror.www / path).read_bytes()
    (mirror.www / path).write_bytes(flip(whole))
    with pytest.raises(LibraryError, match="not served"):
        holding.open(file)
    assert holding.find(path) is None


@pytest.mark.parametrize("how", ["read", "open"])
def test_a_file_that_is_put_in_place_while_somebody_looks_for_it_is_served(monkeypatch, room, mirror, how):
    """It was not in the web root yet, and is not among what comes any more."""
    mirror.look(out(room))
    holding, path = mirror.copier.holding, "metadata/timestamp.json"
    file, there = holding.find(path), mirror.www / path
    aside = there.rename(mirror.www.parent / "aside")
    really = os.open

    def look(place, *more):
        if place != there and aside.exists():
            aside.rename(there)
        return really(place, *more)

    monkeypatch.setattr("tamizdat.mirror.holding.os.open", look)
    found = getattr(holding, how)(file)
    assert mirror.damages == 0
    if how == "open":
        os.close(found)


def test_more_than_may_be_used_of_the_disk_is_not_even_fetched(room, tmp_path):
    with Mirror(tmp_path / "small", room.fingerprint, NOW, max_disk=30_000) as mirror:
        upstream = copy_of(out(room))
        looked = mirror.look(upstream)
        assert "--max-disk allows 30000" in looked.fault
        assert not [path for path in upstream.inbound.asked if path.endswith(".pack")]
        assert mirror.served() == {}


def test_a_register_that_was_damaged_is_made_anew_and_what_lies_there_is_not_fetched_again(room, mirror, tmp_path):
    mirror.look(out(room))
    mirror.__exit__()
    mirror.folder.register.write_bytes(b"not a database, not even a small one" * 100)
    (mirror.www / "en/index.html").write_bytes(b"written by somebody else")
    with Mirror(tmp_path / "mirror", room.fingerprint, NOW) as again:
        assert again.served() == {}
        upstream = copy_of(out(room))
        assert again.look(upstream).fault == ""
        assert again.served() == files(out(room)) == files(again.www)
        fetched = [path for path in upstream.inbound.asked if not path.endswith((".json", ".list", ".index"))]
        assert fetched == ["en/index.html"]
