"""Pushes to real folders: what is read, what is put right, a hundred at once, and ledgers of before."""

import json
import os
import shutil
import sqlite3
from datetime import timedelta

import pytest
from page_kit import SiteRoom, files

from publication_kit import NOW, Newsroom, item
from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.registry import open_inbound
from tamizdat.publisher.ledger_format import FORMAT
from tamizdat.publisher.web_root import WebRoot
from tamizdat.reader.audit import audit_mirrors
from tamizdat.trust.fingerprint import Anchor

STORY = "en/2026/11/a.html"
TIMES = [NOW + timedelta(hours=hours) for hours in range(8)]


@pytest.fixture
def room(tmp_path):
    made = SiteRoom(tmp_path / "room")
    made.write([item("a", "en"), item("b", "en"), item("a", "ru")])
    return made


@pytest.fixture
def compared(monkeypatch):
    """Paths of files of which the bytes were compared with those that lie on a carrier, and read here."""
    found = []
    real_holds, real_read = DirectoryOutbound.holds, WebRoot.read

    def holds(self, path, data):
        found.append(path)
        return real_holds(self, path, data)

    def read(self, file):
        if file.data is None:
            found.append(file.path)
        return real_read(self, file)

    monkeypatch.setattr(DirectoryOutbound, "holds", holds)
    monkeypatch.setattr(WebRoot, "read", read)
    return found


def swap(file, data):
    """Write other bytes of the same size into a file, and set its time back."""
    status = file.stat()
    assert len(data) == status.st_size
    with file.open("r+b") as content:
        content.write(data)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_mtime_ns == status.st_mtime_ns


def turn_of(room):
    return room.query("SELECT max(version) FROM signed WHERE role = 'timestamp'")[0][0] % 256


def test_what_is_known_is_not_read_again(room, compared):
    for now in TIMES[:3]:
        assert not room.publish(now).failed
    compared.clear()
    assert not room.publish(TIMES[3]).failed
    turn = turn_of(room)
    pages = [path for path, digest in room.ledger_pages().items() if digest[0] == turn]
    pages += [path for (path,) in room.query("SELECT path FROM file") if path.split("/")[-1].startswith(f"{turn:02x}")]
    # Metadata of the local web root is few and small: it is compared as ever, and so is what has its turn.
    assert {path for path in compared if not path.startswith("metadata/")} == set(pages)
    room.write([item("a", "en"), item("b", "en", "Corrected"), item("a", "ru")])
    compared.clear()
    room.publish(TIMES[4])
    assert "en/2026/11/b.html" in compared
    assert "ru/2026/11/a.html" not in compared or room.ledger_pages()["ru/2026/11/a.html"][0] == turn_of(room)
    room.check(TIMES[4])


@pytest.mark.parametrize("place", ["out", "one"])
@pytest.mark.parametrize("publishes", [1, 3])
@pytest.mark.parametrize("kind", ["page", "pack"])
def test_a_file_altered_with_its_size_and_time_kept_is_put_right(room, place, publishes, kind):
    for now in TIMES[:publishes]:
        room.publish(now)
    file = room.folder / place / STORY if kind == "page" else next((room.folder / place).glob("en/*.pack"))
    good = file.read_bytes()
    swap(file, bytes(len(good)))
    assert not room.publish(TIMES[4]).failed
    assert file.read_bytes() == good
    room.check(TIMES[4])


def test_files_put_back_from_another_day_are_put_right(room, tmp_path):
    room.publish()
    shutil.copytree(room.carriers[0], tmp_path / "kept", copy_function=shutil.copy2)
    room.write([item("a", "en", "Corrected"), item("b", "en"), item("a", "ru")])
    for now in TIMES[1:4]:
        room.publish(now)
    shutil.rmtree(room.carriers[0])
    shutil.copytree(tmp_path / "kept", room.carriers[0], copy_function=shutil.copy2)
    room.publish(TIMES[4])
    room.check(TIMES[4])


def test_a_carrier_that_leaves_the_settings_is_forgotten(room):
    room.publish()
    room.carriers = room.carriers[:1]
    room.set()
    room.publish(TIMES[1])
    assert {row[0] for row in room.query("SELECT carrier FROM carried")} == {"", str(room.carriers[0])}


def test_what_is_known_of_a_withdrawn_story_names_it_nowhere(room):
    room.write([item("a", "en"), item("a-name-nobody-may-know", "en"), item("a", "ru")])
    room.publish()
    room.publisher().withdraw("a-name-nobody-may-know", (), TIMES[1])
    for (known,) in room.query("SELECT known FROM carried"):
        assert b"nobody" not in known


def test_a_folder_that_is_none_fails_at_once_and_delays_nobody(room):
    (room.folder / "file").write_bytes(b"")
    room.carriers = (room.folder / "file", *room.carriers)
    room.set()
    report = room.publish()
    assert [bool(place.fault) for place in report.pushed] == [True, False, False]
    assert report.pushed[0].attempts == 1
    room.carriers = room.carriers[1:]
    room.check(NOW)


def test_a_ledger_of_format_4_compares_everything_once(room, compared):
    room.publish()
    before = [files(carrier) for carrier in room.carriers]
    db = sqlite3.connect(room.folder / "ledger.sqlite")
    db.execute("DROP TABLE carried")
    db.execute("CREATE TABLE carried (carrier TEXT, path TEXT, digest BLOB, PRIMARY KEY (carrier, path)) WITHOUT ROWID")
    db.execute("CREATE INDEX carried_path ON carried (path)")
    for carrier in room.carriers:
        rows = [(str(carrier), path, digest) for path, digest in room_pages(db)]
        db.executemany("INSERT INTO carried VALUES (?, ?, ?)", rows)
    db.execute("PRAGMA user_version = 4")
    db.commit()
    db.close()
    swap(room.carriers[0] / STORY, bytes(len(before[0][STORY])))
    compared.clear()
    report = room.publish(TIMES[1])
    assert not report.failed
    assert [place.files for place in report.pushed] == [2, 1]
    assert room.ledger_pages().keys() <= set(compared)
    assert room.query("PRAGMA user_version") == [(FORMAT,)]
    assert room.query("SELECT name FROM sqlite_master WHERE name = 'carried_path'") == []
    room.check(TIMES[1])


def room_pages(db):
    return db.execute("SELECT path, digest FROM page").fetchall()


@pytest.mark.slow
def test_a_hundred_folders_hold_the_same_after_each_publish(tmp_path):
    room = Newsroom(tmp_path / "room", ("en",), [f"places/{number:03}" for number in range(100)])
    for edition in (1, 2):
        room.write([item("a", "en", f"Edition {edition}"), item(f"only {edition}".replace(" ", "-"), "en")])
        report = room.publish(TIMES[edition])
        assert not report.failed
        first = files(room.carriers[0])
        assert all(files(carrier) == first for carrier in room.carriers)
        assert {path for path in first if "only" in path and path.endswith(".html")} == {
            f"en/2026/11/only-{edition}.html"
        }
    roads = [open_inbound(str(carrier)) for carrier in room.carriers[::25]]
    assert not audit_mirrors(roads, Anchor.parse(room.fingerprint), TIMES[2]).failed
    assert json.dumps([place.attempts for place in report.pushed]) == json.dumps([1] * 100)
