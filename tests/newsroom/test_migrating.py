"""Tables that are half made when the machine goes off: the next start begins from what was there before."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from newsroom_settings import ROOM

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


def _is_whole(environment: dict[str, str], database: Path) -> None:
    process = _set_up(environment)
    assert process.wait() == 0, process.stderr.read()
    process.stderr.close()
    own = database.parent
    assert not [file.name for file in own.iterdir() if file.name.startswith("database.")]
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT count(*) FROM stories_newspaper").fetchone()[0] == 5


@pytest.mark.parametrize("done", [-1, 0, 40, 120, 180])
def test_killed_while_tables_are_made_a_newsroom_is_made_anew(tmp_path, done):
    environment = _room(tmp_path / "room")
    database = tmp_path / "room" / "newsroom" / "newsroom.sqlite"
    _killed_at(environment, database, done)
    _is_whole(environment, database)


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
