"""The site through real publishes: what changes it, what must not, and that it is whole after whatever happened."""

import hashlib
import os
import shutil
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from page_kit import SiteRoom, files

from publication_kit import NOW, item
from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.publisher.delivery import GRACE
from tamizdat.publisher.known import Known
from tamizdat.publisher.push import Push
from tamizdat.publisher.web_root import RootFile, Stage, WebRoot, metadata_file

LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(hours=2)
STORY = "en/2026/11/a.html"
NOTICE = """[[notices]]
country = "TM"
who = ["residents"]
acts = ["reading"]
penalty = { en = "Prison" }
law = { en = "A law" }
reviewer = "Somebody"
reviewed = 2026-01-01
expires = 2026-11-23
"""
BREAKING = "2026-11-23T12:30:00Z"


@pytest.fixture
def room(tmp_path):
    made = SiteRoom(tmp_path / "room")
    made.write(
        [
            item("a", "en", sections=["world"], topics=["harbour"]),
            item("b", "en", sections=["world"], topics=["harbour"]),
            item("a", "ru"),
        ]
    )
    return made


def changed(before, after):
    """Paths that came, went, or have other bytes."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def times(folder):
    """When each file was last written, and which file it is."""
    statuses = ((path, path.stat()) for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (status.st_mtime_ns, status.st_ino) for path, status in statuses}


def with_one_bit_changed(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


# --- What changes pages ---


@pytest.mark.parametrize(
    ("extra", "publication", "touched", "untouched"),
    [
        ('[site]\ncolour = "#0b3d91"\n', "", {STORY, "ru/index.html", "404.html"}, {"en/feed.json"}),
        ('[site]\ntagline = { en = "News from abroad" }\n', "", {STORY, "en/index.html"}, {"ru/index.html"}),
        ("[site]\nstories_in_feed = 1\n", "", {"en/feed.json"}, {STORY, "ru/index.html"}),
        (NOTICE, "", {STORY, "ru/safety.html", "en/feed.atom.xml"}, {"robots.txt"}),
        (
            '[[sections]]\nid = "world"\nlabels = { en = "World" }\n',
            "",
            {STORY, "en/s/world.html", "en/index.html"},
            {"robots.txt"},
        ),
        ("", 'interface = { ru = "en" }', {"ru/2026/11/a.html", "ru/archive.html"}, {"en/index.html"}),
        ("", 'about = { en = "Who we are." }', {"en/about.html"}, {"en/archive.html"}),
        ("", 'names = { ru = "Другое имя" }', {"ru/2026/11/a.html", "index.html"}, {"en/2026/11/b.html"}),
        ("", 'base_url = "https://news.example"', {STORY, "en/sitemap.xml", "robots.txt"}, {"server/nginx.conf"}),
        ('[[front]]\nlanguage = "en"\npins = ["b"]\n', "", {"en/index.html"}, {STORY, "ru/index.html"}),
    ],
    ids=["colour", "tagline", "feeds", "notice", "section", "interface", "about", "name", "address", "pins"],
)
def test_a_changed_setting_presses_what_it_touches(room, tmp_path, extra, publication, touched, untouched):
    room.publish()
    before = room.site()
    room.set(extra, publication)
    room.publish(LATER)
    found = changed(before, room.site())
    assert touched <= found
    assert not untouched & found
    assert untouched <= before.keys()
    room.check(LATER)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", LATER)


def test_a_section_that_gets_another_label(room, tmp_path):
    room.set('[[sections]]\nid = "world"\nlabels = { en = "World" }\n')
    room.publish()
    before = room.site()
    room.set('[[sections]]\nid = "world"\nlabels = { en = "Abroad" }\n')
    room.publish(LATER)
    assert {STORY, "en/s/world.html", "en/index.html", "en/archive.html"} <= changed(before, room.site())
    assert b"World" not in b"".join(data for path, data in room.site().items() if path.endswith(".html"))
    room.check(LATER)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", LATER)


def test_a_notice_that_expires_changes_pages_though_no_story_did(room, tmp_path):
    room.set(NOTICE)
    room.publish()
    before = room.site()
    midnight = NOW + timedelta(hours=12)
    report = room.publish(midnight)
    assert [edition.new for edition in report.editions] == [False, False]
    assert {STORY, "en/safety.html", "en/feed.atom.xml", "ru/index.html"} <= changed(before, room.site())
    room.check(midnight)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", midnight)


def test_breaking_news_ends_by_itself(room, tmp_path):
    room.set('[[sections]]\nid = "world"\nlabels = { en = "World" }\n')
    stories = [item("a", "en", sections=["world"]), item("b", "en", "Breaking!", breaking_until=BREAKING)]
    room.write([*stories, item("a", "ru")])
    room.publish()
    during = room.site()
    for path in (STORY, "en/index.html", "en/s/world.html"):
        assert b"Breaking!" in during[path]
    report = room.publish(LATER)
    assert [edition.new for edition in report.editions] == [False, False]
    found = changed(during, room.site())
    assert {STORY, "en/index.html", "en/s/world.html"} <= found
    assert all(path.startswith("en/") for path in found)
    room.check(LATER)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", LATER)


def test_all_that_the_reference_names_lies_at_the_web_root(room):
    room.set(publication='base_url = "https://news.example"')
    room.publish()
    top = {"index.html", "404.html", "robots.txt", "sitemap.xml", "server/nginx.conf", "server/Caddyfile"}
    for place in room.places:
        assert top <= files(place).keys()


# --- What takes pages away ---


def test_without_a_site_there_are_no_pages_anywhere(room):
    room.publish()
    room.set("[site]\nenabled = false\n")
    room.publish(LATER)
    room.check(LATER)
    assert room.ledger_pages() == {}
    assert [tree for mirror in room.audit(LATER).mirrors for tree in mirror.trees] == []
    for place in room.places:
        assert not list(place.rglob("*.html*"))
        assert not list(place.rglob("*.xml*"))
    after_all = LATER + GRACE + timedelta(hours=1)
    room.publish(after_all)
    room.check(after_all)
    for place in room.places:
        assert not list(place.rglob("*.list"))
    room.set()
    again = after_all + timedelta(hours=1)
    room.publish(again)
    room.check(again)
    assert STORY in room.site()


def test_without_a_site_no_page_is_pressed(room):
    room.set("[site]\nenabled = false\n")
    room.publisher().gather(NOW)
    room.publisher().press(NOW)
    assert not list(room.out.rglob("*.html*"))


def test_a_language_that_leaves_takes_its_pages_along(room):
    room.publish()
    assert "ru/2026/11/a.html" in room.site()
    room.languages = ("en",)
    room.set()
    room.write([item("a", "en"), item("b", "en")])
    room.publish(LATER)
    room.check(LATER)
    assert not any(path.startswith("ru/") for path in room.ledger_pages())
    assert {tree.tree.folder for tree in room.audit(LATER).mirrors[0].trees} == {"en", ""}
    for place in room.places:
        assert not list(place.glob("ru/**/*.html*"))
        assert b"ru/index.html" not in (place / "index.html").read_bytes()
        assert b"ru/" not in (place / STORY).read_bytes()
    after_all = LATER + GRACE + timedelta(hours=1)
    room.publish(after_all)
    room.check(after_all)
    for place in room.places:
        assert not list(place.glob("ru/**/*.list"))


# --- What puts pages right ---

PAGES = (STORY, "en/index.html", "ru/feed.atom.xml", "index.html", "404.html", "robots.txt", f"{STORY}.br")


def lose(file):
    file.unlink()


def alter(file):
    file.write_bytes(with_one_bit_changed(file.read_bytes()))


def cut(file):
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [lose, alter, cut])
@pytest.mark.parametrize("place", ["out", "one"])
def test_pages_that_were_lost_or_altered_are_put_right(room, place, harm):
    room.publish()
    good = room.site()
    for path in PAGES:
        harm(room.folder / place / path)
    report = room.publish(LATER)
    assert not report.failed
    assert room.site() == good
    room.check(LATER)


def test_only_the_altered_page_is_sent_again(room):
    room.publish()
    alter(room.carriers[0] / STORY)
    assert [place.files for place in room.publish(LATER).pushed] == [2, 1]  # the page, and the timestamps


@pytest.mark.parametrize("place", ["out", "one"])
def test_a_web_root_that_was_wiped_is_made_again(room, tmp_path, place):
    room.publish()
    shutil.rmtree(room.folder / place)
    assert not room.publish(LATER).failed
    room.check(LATER)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", LATER)


def test_a_new_carrier_gets_everything(room):
    room.publish()
    room.carriers = (*room.carriers, room.folder / "three")
    room.set()
    assert [place.files > 50 for place in room.publish(LATER).pushed] == [False, False, True]
    room.check(LATER)


def test_pages_altered_here_after_the_press_go_nowhere(room):
    publisher = room.publisher()
    publisher.gather(NOW)
    publisher.press(NOW)
    publisher.sign(NOW)
    alter(room.out / STORY)
    report = publisher.push(NOW)
    assert all("is not the page that was pressed" in place.fault for place in report.pushed)
    assert not any((carrier / STORY).exists() for carrier in room.carriers)
    assert not room.publish(LATER).failed
    room.check(LATER)


def publish_and_die(room, now, renames):
    """Publish in a child that is killed when it has given so many files their names. Whether it was."""
    child = os.fork()
    if child == 0:
        done = 0

        def count(_frame, event, function):
            nonlocal done
            if event == "c_return" and function is os.rename:
                done += 1
                if done == renames:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            publisher = room.publisher()
            threading.setprofile(count)
            sys.setprofile(count)
            publisher.publish(now)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_while_pages_were_written_and_then_the_news_was_taken_back(room, tmp_path):
    """Nothing is new any more for the next publish, yet pages of the news that never was lie in the web root."""
    room.publish()
    good, old = room.site(), (room.folder / "stories.jsonl").read_text("utf-8")
    room.write([item("a", "en", "Corrected"), item("b", "en"), item("c", "en"), item("a", "ru")])
    assert publish_and_die(room, LATER, 12)
    assert any(b"Corrected" in data for path, data in files(room.out).items() if path.endswith(".html"))
    assert changed(good, files(room.out)) > {STORY}
    (room.folder / "stories.jsonl").write_text(old, "utf-8")
    assert not room.publish(MUCH_LATER).failed
    assert room.site() == good
    room.check(MUCH_LATER)


@pytest.mark.parametrize("renames", [1, 5, 20, 50, 80])
def test_killed_while_pages_were_written_the_next_publish_ends_it(room, tmp_path, renames):
    room.publish()
    room.write([item("a", "en", "Corrected"), item("c", "en"), item("a", "ru", "Исправлено")])
    assert publish_and_die(room, LATER, renames)
    room.publish(MUCH_LATER)
    room.check(MUCH_LATER)
    assert room.site() == room.pressed_from_nothing(tmp_path / "twin", MUCH_LATER)
    assert not any(path.name.startswith(".") for place in room.places for path in place.rglob("*"))


def test_what_a_killed_push_left_half_written_goes(room):
    room.publish()
    leavings = [place / "en/2026/11/.tamizdat-0123456789abcdef" for place in room.places]
    for file in leavings:
        file.write_bytes(b"a page that was withdrawn since")
    room.publish(LATER)
    assert not any(file.exists() for file in leavings)


# --- What goes out, and when ---


class Diary(DirectoryOutbound):
    """A folder that notes what is done to it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.steps = []

    def put(self, path, data):
        self.steps.append(path)
        return super().put(path, data)

    def put_many(self, given):
        given = list(given)
        self.steps += [path for path, _ in given]
        return super().put_many(given)

    def delete(self, path):
        super().delete(path)
        self.steps.append(f"-{path}")


def test_a_push_goes_from_what_is_named_to_what_names_it(room, tmp_path):
    room.publish()
    there = files(room.out)
    names = [path.removeprefix("metadata/") for path in there if path.startswith("metadata/")]
    metadata = [metadata_file(name, there[f"metadata/{name}"]) for name in names if name != "timestamp.json"]
    pages = room.ledger_pages()
    stages = {path: Stage.PAGE if path in pages else Stage.CONTENT for path in there if path[:9] != "metadata/"}
    rest = [
        RootFile(path, stage, hashlib.sha256(there[path]).digest(), len(there[path])) for path, stage in stages.items()
    ]
    timestamp = metadata_file("timestamp.json", there["metadata/timestamp.json"])
    diary = Diary(tmp_path / "diary")
    diary.put("en/2026/11/gone.html", b"")
    diary.steps.clear()
    root = WebRoot(room.out, (*reversed(rest), *metadata), timestamp, ("en/2026/11/gone.html",))
    Push(root, diary, Known(), 7).go_on()
    steps = diary.steps
    kinds = [
        "deletion" if path.startswith("-")
        else "timestamp" if path == "metadata/timestamp.json"
        else "metadata" if path.startswith("metadata/")
        else "page" if path in pages
        else "content"
        for path in steps
    ]  # fmt: skip
    assert list(dict.fromkeys(kinds)) == ["content", "metadata", "page", "timestamp", "deletion"]
    assert [kind for kind, last in zip(kinds, [*kinds[1:], ""], strict=True) if kind != last] == list(
        dict.fromkeys(kinds)
    )
    assert kinds.count("page") == len(pages)
    at = {path: steps.index(path) for path in pages}
    leaves = [path for path in pages if "index.html" not in path]
    assert max(at[path] for path in leaves) < at["en/index.html"] < at["en/index.html.br"] < at["index.html"]
    assert at[STORY] < at["en/archive.html"]
    assert at["index.html.zst"] == max(at.values())


def test_with_nothing_new_nothing_is_written(room):
    room.publish()
    before = [times(place) for place in room.places]
    assert not room.publish(LATER).failed
    after = [times(place) for place in room.places]
    assert [changed(old, new) for old, new in zip(before, after, strict=True)] == [{"metadata/timestamp.json"}] * 3


def test_one_changed_story_leaves_the_other_pages_alone(room):
    room.publish()
    before = [times(place) for place in room.places]
    room.write([item("a", "en"), item("b", "en", "Corrected"), item("a", "ru")])
    room.publish(LATER)
    for old, place in zip(before, room.places, strict=True):
        written = changed(old, times(place))
        assert {"en/2026/11/b.html", "en/2026/11/b.html.gz", "en/index.html"} <= written
        assert not {"en/about.html", "en/about.html.gz", "ru/index.html", "ru/index.html.br", "404.html"} & written
    room.check(LATER)
