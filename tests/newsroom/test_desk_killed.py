"""kill -9 while the background works: another worker goes on as soon as the dead one was silent for long enough."""

import os
import sqlite3
import subprocess
import sys
import time

import pytest
from moving_kit import line, write_lines
from test_killed import HERE, Room, _kill, _wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" in os.environ, reason="makes a newsroom of its own, on SQLite"),
]
COUNT = 400
SILENCE_SECONDS = 3


class WorkersRoom(Room):
    """One whose background is killed."""

    def ask(self, file):
        subprocess.run(
            [sys.executable, str(HERE / "jobs_tool.py"), "ask", str(file)], env=self._environment, check=True
        )

    def worker(self):
        process = self._run(str(HERE / "jobs_tool.py"), "work", str(SILENCE_SECONDS), stdin=subprocess.PIPE)
        self._processes.append(process)
        return process

    def one(self, sql):
        with sqlite3.connect(self.folder / "newsroom" / "newsroom.sqlite", timeout=30) as db:
            return db.execute(sql).fetchone()[0]

    def moved(self):
        return self.one("SELECT count(*) FROM moving_in_moveditem")


@pytest.fixture
def workers_room(tmp_path):
    (tmp_path / "room").mkdir()
    room = WorkersRoom(tmp_path / "room")
    yield room
    room.end()


def test_an_import_goes_on_soon_after_its_worker_is_killed(workers_room, tmp_path):
    room, words = workers_room, ["word " * 60] * 12
    room.ask(write_lines(tmp_path / "site.jsonl", (line(f"story-{n}", paragraphs=words) for n in range(COUNT))))
    first = room.worker()
    _wait_for(lambda: room.moved() > 0)
    _kill(first)
    killed, before = time.monotonic(), room.moved()
    assert 0 < before < COUNT
    room.worker()
    _wait_for(lambda: room.moved() > before)
    assert time.monotonic() - killed < SILENCE_SECONDS * 2 + 20, "most of it is a process that starts"
    _wait_for(lambda: room.one("SELECT state FROM moving_in_move") == "done")
    assert room.moved() == COUNT
    assert room.one("SELECT count(*) FROM stories_storypage") == COUNT
