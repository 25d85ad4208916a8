"""Tables that are half made when the machine goes off: the next start begins from what was there before."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from newsroom_settings import ROOM
from tables_kit import SCRIPT, migrated
from tables_kit import script as tables_script

from tamizdat.newsroom import first_tables
from tamizdat.newsroom.first_tables import make_first_tables
from tamizdat.newsroom.place import VARIABLE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" in os.environ, reason="about SQLite, which is copied before"),
]


def _room(folder: Path) -> dict[str, str]:
    folder.mkdir()
    for name in ("keys", "trust"):
        shutil.copytree(ROOM / name, folder / name)
    shutil.copy(ROOM / "tamizdat.toml", folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    return {**kept, VARIABLE: str(folder)}


def _set_up(environment: dict[str, str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "tamizdat.newsroom", "set-up"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _migrations(database: Path) -> int:
    """How many are done; -1 before there is a table of them."""
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM django_migrations").fetchone()[0])
    except sqlite3.OperationalError:
        return -1


def _killed_at(environment: dict[str, str], database: Path, done: int) -> None:
    process = _set_up(environment)
    while process.poll() is None:
        if _migrations(database) >= done:
            process.send_signal(signal.SIGKILL)
            break
    process.stderr.close()
    assert process.wait() == -signal.SIGKILL


def _is_whole(environment: dict[str, str], database: Path) -> str:
    """What the terminal was told."""
    process = _set_up(environment)
    _out, said = process.communicate()
    assert process.returncode == 0, said
    own = database.parent
    assert not [file.name for file in own.iterdir() if file.name.startswith("database.")]
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT count(*) FROM stories_newspaper").fetchone()[0] == 5
    return said


@pytest.mark.parametrize("done", [-1, 1])
def test_killed_while_it_is_made_a_newsroom_is_made_anew(tmp_path, done):
    environment = _room(tmp_path / "room")
    database = tmp_path / "room" / "newsroom" / "newsroom.sqlite"
    _killed_at(environment, database, done)
    _is_whole(environment, database)


def test_all_first_tables_are_there_or_none(tmp_path, monkeypatch):
    database, script = tmp_path / "first.sqlite", tmp_path / "tables.sql"
    script.write_text(SCRIPT.read_text("utf-8") + "INSERT INTO nowhere VALUES (1);\n", "utf-8")
    monkeypatch.setattr(first_tables, "_SCRIPT", script)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        make_first_tables(database, "fa")
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    make_first_tables(database, "fa")
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT * FROM wagtailcore_locale").fetchall() == [(1, "fa")]


def test_the_first_tables_are_those_that_the_migrations_make(tmp_path):
    """If this fails, a model or a package changed: `make tables`."""
    assert SCRIPT.read_text("utf-8") == tables_script(migrated(tmp_path))
    made = tmp_path / "made.sqlite"
    make_first_tables(made, "en")
    assert tables_script(made) == SCRIPT.read_text("utf-8")
    with sqlite3.connect(made) as db:
        keys = [key for (key,) in db.execute("SELECT translation_key FROM wagtailcore_page")]
        assert len({UUID(key) for key in keys}) == len(keys) > 1
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_tables_that_somebody_else_made_meanwhile_are_taken(tmp_path):
    database = tmp_path / "first.sqlite"
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(make_first_tables, [database] * 4, ["en"] * 4))
    assert tables_script(database) == SCRIPT.read_text("utf-8")


def test_a_sign_without_a_copy_means_that_there_was_nothing(tmp_path):
    environment = _room(tmp_path / "room")
    own = tmp_path / "room" / "newsroom"
    own.mkdir()
    (own / "newsroom.sqlite").write_bytes(b"half of it")
    (own / "database.changing").write_bytes(b"there was nothing before\n")
    _is_whole(environment, own / "newsroom.sqlite")


def test_what_the_first_tables_do_not_know_yet_the_migrations_add(tmp_path):
    environment = _room(tmp_path / "room")
    database = tmp_path / "room" / "newsroom" / "newsroom.sqlite"
    database.parent.mkdir()
    make_first_tables(database, "en")
    with sqlite3.connect(database) as db:  # as an older version made them
        db.execute("DELETE FROM django_migrations WHERE app = 'breaking'")
        for (name,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'breaking_%'"
        ).fetchall():
            db.execute(f"DROP TABLE {name}")
    assert "tables to this version" in _is_whole(environment, database)
    assert not _is_whole(environment, database)
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'breaking_%'").fetchone()[0] > 0


def test_killed_while_an_upgrade_changes_tables_nothing_that_was_written_is_lost(tmp_path):
    environment = _room(tmp_path / "room")
    database = tmp_path / "room" / "newsroom" / "newsroom.sqlite"
    _is_whole(environment, database)
    own = database.parent
    with sqlite3.connect(database) as db:
        db.execute("INSERT INTO stories_topic (key, label, labels) VALUES ('ferries', '', '{}')")
    # As after a kill in the middle of an upgrade: the copy, the sign, and a database that cannot be opened any more.
    with sqlite3.connect(database) as db, sqlite3.connect(own / "database.before") as copy:
        db.backup(copy)
    (own / "database.changing").write_bytes(b"a copy lies beside\n")
    with sqlite3.connect(database) as db:
        db.execute("DROP TABLE stories_topic")
    _is_whole(environment, database)
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT key FROM stories_topic").fetchall() == [("ferries",)]
