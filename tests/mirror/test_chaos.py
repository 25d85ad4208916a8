"""Mirrors killed, disks filled, upstreams that lie in every way: nothing unverified is served, and nobody has to help.

Real processes on loopback. What happens is drawn by lot; the seed is printed, and ``TAMIZDAT_CHAOS_SEED`` repeats it.
"""

import os
import random
import shutil
import subprocess
import threading
from datetime import timedelta

import pytest
from chaos_kit import WAYS, LiveRoom, Process, Watcher, Web, now
from mirror_kit import files
from mirrors import flip

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("TAMIZDAT_CHAOS_SEED", "0")) or random.randrange(1, 1 << 30)
ROUNDS = int(os.environ.get("TAMIZDAT_CHAOS_ROUNDS", "12"))


TRUE = {"honest", "beyond", "odd_head", "changing"}
"""Ways in which the right bytes may come, if in an odd manner."""


@pytest.fixture
def lot():
    print(f"TAMIZDAT_CHAOS_SEED={SEED}")
    return random.Random(SEED)


@pytest.fixture
def room(tmp_path):
    return LiveRoom(tmp_path / "news")


@pytest.fixture
def webs():
    """Makes upstreams that end with the test."""
    made = []

    def make(*arguments):
        made.append(Web(*arguments))
        return made[-1]

    yield make
    for web in made:
        web.close()


@pytest.fixture
def begin(tmp_path):
    """Starts mirrors that end with the test."""
    made = []

    def start(*arguments, folder="mirror", **more):
        made.append(Process(tmp_path / folder, *arguments, **more))
        return made[-1].start()

    yield start
    for process in made:
        process.kill()


def test_hostile_upstreams_beside_an_honest_one_keep_no_news_out(room, webs, begin, lot):
    honest, hostile = webs(room.editions[-1]), webs(room.editions[-1])
    process = begin(room.fingerprint, hostile.address, honest.address)
    process.await_version(room.version)
    took = {}
    with Watcher(process, room):
        for way in sorted(WAYS, key=lambda _: lot.random()):
            hostile.behave = way if lot.random() < 0.5 else lambda path, way=way: lot.choice([way, "honest"])
            edition = room.next()
            hostile.files = lot.choice([edition, *room.editions])
            honest.files = edition
            took[way] = round(process.await_version(room.version), 1)
    print("seconds until the news were served:", took)


def test_with_hostile_upstreams_alone_the_last_good_edition_stays(room, webs, begin, lot, tmp_path):
    other = LiveRoom(tmp_path / "other")
    old = room.editions[-1]
    upstream = webs(room.next())
    process = begin(room.fingerprint, upstream.address)
    process.await_version(room.version)
    held = room.version
    with Watcher(process, room) as watcher:
        for way in sorted(set(WAYS) - {*TRUE, "drip", "silent"}, key=lambda _: lot.random()):
            upstream.files = {**room.next(), **lot.choice([{}, old, other.editions[0]])}
            upstream.behave = way
            upstream.await_asked(4)
            assert process.version() == held
        for lie in (old, other.editions[0], {}):  # rolled back, another publication, emptied
            upstream.files, upstream.behave = lie, "honest"
            upstream.await_asked(4)
            assert process.version() == held
        visits = watcher.visits
        upstream.files = room.editions[-1]
        process.await_version(room.version)
        assert watcher.visits > visits


def test_a_frozen_upstream_is_not_taken_for_news(room, webs, begin, tmp_path):
    """Everything rightly signed, and long past its time: a mirror that begins with it serves nothing."""
    frozen = LiveRoom(tmp_path / "frozen", born=now() - timedelta(days=30))
    upstream = webs(frozen.editions[-1])
    process = begin(frozen.fingerprint, upstream.address)
    upstream.await_asked(6)
    assert process.version() == 0
    process.await_said("expired")
    upstream.files = frozen.next()
    process.await_version(frozen.version)


# --- Processes and disks ---


def kill(process, lot):
    process.kill()


def kill_in_the_middle(process, lot):
    """At whatever it is doing when some more files have come."""
    incoming = process.folder / "incoming"
    for _ in range(2_000):
        if not process.alive or any(incoming.iterdir()):
            break
        threading.Event().wait(0.001)
    threading.Event().wait(lot.random() / 50)
    process.kill()


def some_files(process, lot):
    inside = [file for file in process.folder.rglob("*") if file.is_file() and file.name != "lock"]
    return lot.sample(inside, min(len(inside), 1 + lot.randrange(12)))


def flip_bytes(process, lot):
    """In place for whatever we read whole, as a bad disk does it."""
    for file in some_files(process, lot):
        try:
            data = file.read_bytes()
            file.write_bytes(flip(data, lot.randrange(len(data))) if data else b"x")
        except FileNotFoundError:
            continue


def delete_files(process, lot):
    for file in some_files(process, lot):
        file.unlink(missing_ok=True)


def delete_folders(process, lot):
    shutil.rmtree(process.folder / lot.choice(["incoming", "trust", "www/en", "www/metadata"]), ignore_errors=True)


def delete_register(process, lot):
    for file in process.folder.glob("register.sqlite*"):
        file.unlink()


def down(act):
    """The same while the process is down."""

    def acted(process, lot):
        process.kill()
        act(process, lot)

    acted.__name__ = f"{act.__name__} while down"
    return acted


HARM = (flip_bytes, delete_files, delete_folders)
ACTS = (kill, kill_in_the_middle, *HARM, *map(down, (*HARM, delete_register)))


def test_whatever_happens_to_process_and_disk_the_newest_edition_is_served_in_the_end(room, webs, begin, lot):
    upstream = webs(room.editions[-1])
    process = begin(room.fingerprint, upstream.address)
    process.await_version(room.version)
    with Watcher(process, room, strict=False):
        for _ in range(ROUNDS):
            acts = lot.choices(ACTS, k=1 + lot.randrange(2))
            upstream.files = room.next()
            for act in acts:
                act(process, lot)
            took = process.await_version(room.version)
            print([act.__name__ for act in acts], f"{took:.1f} s")
        upstream.files = room.next()
        process.await_version(room.version)
    holds_all(process, room)


def holds_all(process, room):
    """In the end all that the newest edition names is served. Damage that nobody has come upon is found by asking."""
    newest = room.editions[-1]
    for _ in range(200):
        lacking = [path for path in room.pages if process.get(path)[0] != 200]
        if not lacking:
            break
        threading.Event().wait(0.05)
    assert lacking == [], process.said[-5:]
    for path in room.pages:
        status, _, body = process.get(path, Accept_Encoding="identity")
        assert (status, body) == (200, newest[path])


def test_kills_at_every_moment_of_copying_and_switching(room, webs, begin, lot):
    upstream = webs(room.editions[-1])
    process = begin(room.fingerprint, upstream.address)
    process.await_version(room.version)
    with Watcher(process, room):
        for _ in range(ROUNDS):
            held = room.version
            upstream.files = room.next()
            kill_in_the_middle(process, lot)
            process.start()
            assert process.version() >= held
            process.await_version(room.version)
    holds_all(process, room)
    lying = files(process.folder / "www").keys() - set(room.published)
    assert not lying


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], check=False).returncode
    ):
        pytest.skip("only root may mount a small disk here")
    yield place
    subprocess.run(["umount", "-l", place], check=False)


def test_a_full_disk_is_waited_for(room, webs, begin, small_disk):
    upstream = webs(room.editions[-1])
    process = begin(room.fingerprint, upstream.address, folder="disk/mirror")
    process.await_version(room.version)
    held = room.version
    with Watcher(process, room):
        fill(small_disk / "filler")
        upstream.files = room.next()
        upstream.await_asked(6)
        assert process.version() == held
        process.kill()
        process.start()  # a full disk is no reason not to serve
        upstream.await_asked(6)
        assert process.version() == held
        (small_disk / "filler").unlink()
        took = process.await_version(room.version)
        print(f"{took:.1f} s after there was room")
    holds_all(process, room)


def fill(file):
    with file.open("wb", buffering=0) as stream:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError:
                continue
