"""News are served as soon as an upstream has them: by events, not by the clock.

Where an upstream can wait or lies on this disk, mirrors are told here to look once in an hour: that the news come at
all shows that nobody waited for that. How long it took is printed; a figure for it stands in the benchmarks.
"""

import subprocess
import sys
import time
from contextlib import closing

import pytest
from chaos_kit import PATIENCE, LiveRoom, Process, version_of
from mirror_kit import files

pytestmark = pytest.mark.slow

HOURLY = ("--check-every", "3600")
EDITIONS = 4


@pytest.fixture
def room(tmp_path):
    return LiveRoom(tmp_path / "news")


@pytest.fixture
def begin(tmp_path):
    """Starts mirrors that end with the test."""
    made = []

    def start(*arguments, **more):
        made.append(Process(tmp_path / f"mirror {len(made)}", *arguments, **more))
        return made[-1].start()

    yield start
    for process in made:
        process.kill()


class Place:
    """A web root that is written as publishers do: content, then signed files, then pages, then the timestamp."""

    def __init__(self, folder):
        self.folder = folder

    def put(self, edition):
        there = files(self.folder) if self.folder.exists() else {}
        for path in sorted(edition, key=self._turn):
            if there.get(path) != edition[path]:
                file = self.folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                (self.folder / "unfinished").write_bytes(edition[path])
                (self.folder / "unfinished").replace(file)

    @staticmethod
    def _turn(path):
        return path == "metadata/timestamp.json", path.endswith((".html", ".gz", ".xml")), path.startswith("metadata/")


def spread(room, place, *chain):
    """Publish, and say how long after that the last of the chain served it."""
    took = []
    for _ in range(EDITIONS):
        edition = room.next()
        place.put(edition)
        began = time.monotonic()
        chain[-1].await_version(version_of(edition))
        took.append(round(time.monotonic() - began, 2))
    print("seconds:", took)
    return took


def first(room, tmp_path):
    place = Place(tmp_path / "web")
    place.put(room.editions[-1])
    return place


def test_from_a_folder(room, begin, tmp_path):
    place = first(room, tmp_path)
    process = begin(room.fingerprint, place.folder, options=HOURLY)
    process.await_version(room.version)
    spread(room, place, process)


def test_along_a_chain_of_three_mirrors(room, begin, tmp_path):
    place = first(room, tmp_path)
    one = begin(room.fingerprint, place.folder, options=HOURLY)
    one.await_version(room.version)
    two = begin(room.fingerprint, one.address, options=HOURLY)
    two.await_version(room.version)
    three = begin(room.fingerprint, two.address, options=HOURLY)
    three.await_version(room.version)
    spread(room, place, one, two, three)
    # By difference: the last edition is a part of what is served.
    fetched = int(three.said[-1].split(" files, ")[1].split(" ")[0])
    assert fetched < sum(len(data) for data in room.editions[-1].values()) / 2


def test_from_any_static_web_server(room, begin, tmp_path):
    """It cannot wait, so it is asked: each second here."""
    place = first(room, tmp_path)
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(place.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            with closing(server.stdout):
                port = server.stdout.readline().split(" port ")[1].split()[0]
                process = begin(room.fingerprint, f"http://127.0.0.1:{port}/")
                process.await_version(room.version)
                took = spread(room, place, process)
        finally:
            server.kill()
    assert max(took) < PATIENCE
