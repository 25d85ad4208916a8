"""kill -9 while machines draft: each translation gets its draft once, whole and marked."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from machine_kit import FakeService, libre
from test_killed import HERE, Room, _kill, _wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" in os.environ, reason="makes a newsroom of its own, on SQLite"),
]
COUNT = 12


class MachineRoom(Room):
    """One whose background drafts."""

    def background(self):
        """A process that works until it is killed."""
        process = self._run("-m", "tamizdat.newsroom", "background", stdin=subprocess.PIPE)
        self._processes.append(process)
        return process

    def ask(self, sql, *values):
        """Rows of the database."""
        with sqlite3.connect(self.folder / "newsroom" / "newsroom.sqlite", timeout=30) as db:
            return db.execute(sql, values).fetchall()

    def done(self):
        """How many drafts are done."""
        return self.ask("SELECT count(*) FROM suggesting_machinedraft WHERE state = 'done'")[0][0]

    def later(self):
        """Claims of the dead run out, as they do after some minutes."""
        past = "claimed_until = '2026-01-01', due = '2026-01-01'"
        self.ask(f"UPDATE suggesting_machinedraft SET {past} WHERE state = 'waiting'")
        self.ask("UPDATE desk_job SET claimed_until = NULL WHERE name = 'drafts by machine'")


@pytest.fixture
def machine_room(tmp_path):
    with FakeService(libre()) as service:
        (tmp_path / "room").mkdir()
        room = MachineRoom(tmp_path / "room")
        file = room.folder / "tamizdat.toml"
        lines = f'[newsroom]\ntranslate = "libretranslate"\ntranslate_url = "{service.address}"\n'
        file.write_text(file.read_text("utf-8") + lines, "utf-8")
        tool = [sys.executable, str(HERE / "suggesting_tool.py"), str(COUNT)]
        subprocess.run(tool, env=room._environment, check=True)
        yield room, service
        room.end()


def test_each_draft_is_made_once_whole_and_marked(machine_room):
    room, service = machine_room
    chance, asked = random.Random(7), threading.Semaphore(0)
    service.before = asked.release
    workers = [room.background(), room.background()]
    kills = 0
    while kills < 5 and room.done() < COUNT - 2:
        assert asked.acquire(timeout=60), "nobody asks"
        time.sleep(chance.random() * 0.05)  # somewhere between the request and the end of the transaction
        _kill(workers.pop(chance.randrange(2)))
        workers.append(room.background())
        kills += 1
        room.later()
    _wait_for(lambda: room.done() == COUNT)
    assert kills >= 3
    rows = room.ask("SELECT t.todo, t.target_id FROM translating_task t")
    assert len(rows) == COUNT
    for todo, page in rows:
        assert todo == 0
        revisions = room.ask("SELECT content FROM wagtailcore_revision WHERE object_id = ? ORDER BY id", str(page))
        drafted = [json.loads(content) for (content,) in revisions]
        assert [each["translation"] for each in drafted].count("machine") == 1, "one draft, and it is marked"
        assert drafted[-1]["translation"] == "machine"
        assert drafted[-1]["body"].count("PARAGRAPH") == 30
        assert room.ask("SELECT count(*) FROM suggesting_machinepiece WHERE page_id = ?", page) == [(31,)]
    assert room.ask("SELECT count(*) FROM wagtailcore_pagelogentry WHERE action = 'suggesting.machine'") == [(COUNT,)]
