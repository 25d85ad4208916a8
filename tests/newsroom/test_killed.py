"""kill -9 while editors publish and presses work: nothing is lost, and no mirror ever has half an edition."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from newsroom_settings import PASSPHRASE, ROOM

from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import NoMirrorError, UsageError
from tamizdat.newsroom.place import VARIABLE
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import load_state

HERE = Path(__file__).parent
DEADLINE_SECONDS = 90
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" in os.environ, reason="makes a newsroom of its own, on SQLite"),
]


class Room:
    """A publication of its own, with processes that are real."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("keys", "trust"):
            shutil.copytree(ROOM / name, folder / name)
        carrier = '[[carriers]]\nkind = "directory"\npath = "mirror"\n'
        (folder / "tamizdat.toml").write_text((ROOM / "tamizdat.toml").read_text("utf-8") + carrier, "utf-8")
        self._environment = {
            **os.environ,
            VARIABLE: str(folder),
            "DJANGO_SETTINGS_MODULE": "tamizdat.newsroom.settings",
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
        }
        subprocess.run([sys.executable, "-m", "tamizdat.newsroom", "set-up"], env=self._environment, check=True)
        self._processes: list[subprocess.Popen] = []

    def _run(self, *arguments: str, stdin: int | None = None) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=self._environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def press(self) -> subprocess.Popen:
        """A press that works until it is killed or its standard input ends."""
        process = self._run("-m", "tamizdat.newsroom", "press", stdin=subprocess.PIPE)
        process.stdin.write(f"{PASSPHRASE}\n")
        process.stdin.flush()
        self._processes.append(process)
        return process

    def editor(self, count: int, prefix: str) -> subprocess.Popen:
        """Somebody who publishes ``count`` stories and says so of each."""
        process = self._run(str(HERE / "room_tool.py"), str(count), prefix)
        self._processes.append(process)
        return process

    def released(self) -> set[str]:
        """Ids of the stories that the database says readers should have."""
        with sqlite3.connect(self.folder / "newsroom" / "newsroom.sqlite", timeout=30) as db:
            rows = db.execute("SELECT story_id FROM pressroom_release WHERE current AND story IS NOT NULL")
            return {row[0] for row in rows}

    def read(self) -> dict[str, str] | None:
        """What a reader finds at the mirror, checked; None before the first edition."""
        anchor = Anchor.parse(load_state(self.folder).fingerprint)
        try:
            visit = sync(
                [open_inbound(str(self.folder / "mirror"))], anchor, ["en"], MemoryLibrary(), datetime.now(UTC)
            )
        except (NoMirrorError, UsageError):  # nothing there yet
            return None
        stories = visit.editions["en"].stories
        return {name: story_from_bytes(data).headline for name, data in stories.items()}

    def end(self) -> None:
        """Kill what still runs."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()


@pytest.fixture
def killed_room(tmp_path):
    (tmp_path / "room").mkdir()
    room = Room(tmp_path / "room")
    yield room
    room.end()


def _wait_for(condition):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return found


def _kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_nothing_is_lost_and_nothing_is_half_published(killed_room):
    room, chance = killed_room, random.Random(5)
    presses = [room.press(), room.press()]
    certain: set[str] = set()
    _wait_for(lambda: room.read() is not None)
    for turn in range(2):
        editor = room.editor(40, f"turn-{turn}")
        certain.add(editor.stdout.readline().strip())
        for _ in range(2):
            # Each look in between must find a whole edition, old or new.
            for _look in range(chance.randrange(1, 6)):
                assert room.read() is not None
            _kill(presses.pop(chance.randrange(len(presses))))
            presses.append(room.press())
        _kill(editor)
        certain |= set(filter(None, editor.stdout.read().split("\n")))
    released = room.released()
    assert certain <= released
    _wait_for(lambda: set(room.read()) == released)
    assert {name.rpartition("-")[0] for name in released} == {"turn-0", "turn-1"}
