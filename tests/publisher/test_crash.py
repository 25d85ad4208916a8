"""Promise 8: killed at any instant, a publish leaves every mirror on the old edition or the new one.

A child process (forked, so that it starts warm) publishes with a profiler that kills it with SIGKILL at the nth call of
any C function, in any thread: file operations, database calls, signatures. The points are spread at random over the
whole publish.
"""

import os
import random
import shutil
import signal
import sys
import threading
from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.edition.pack import Put, decode_pack
from tamizdat.errors import TamizdatError
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
AFTER = LATER + timedelta(minutes=1)
POINTS = int(os.environ.get("TAMIZDAT_KILL_POINTS", "300"))
PARTS = 4
"""Of one long test, so that two workers share it."""


@pytest.fixture
def prepared(tmp_path):
    """A publication with edition 1 out and a change waiting: one story corrected, one removed, one new."""
    room = Newsroom(tmp_path / "room", carriers=("one", "two"))
    room.write([item("a", "en"), item("b", "en"), item("a", "ru")])
    room.publish()
    room.write([item("a", "en", "Corrected"), item("c", "en"), item("a", "ru")])
    return room


def publish_in_child(room, kill_at):
    """Publish in a forked child; kill it at its ``kill_at``-th C call. The number of C calls if it lived."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        calls = 0

        def count(_frame, event, _function):
            nonlocal calls
            if event == "c_call":
                calls += 1
                if calls == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            publisher = room.publisher()
            threading.setprofile(count)
            sys.setprofile(count)
            publisher.publish(LATER)
            sys.setprofile(None)
            os.write(writing, str(calls).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return int(answer) if answer else None


def edition_on(room, carrier):
    """What a reader gets from one mirror: edition number and headlines, or None when it refuses."""
    try:
        visit = sync([open_inbound(str(carrier))], Anchor.parse(room.fingerprint), ["en"], MemoryLibrary(), AFTER)
    except TamizdatError:
        return None
    if visit.faults:
        return None
    edition = visit.editions["en"]
    return edition.head.number, {name: story_from_bytes(data).headline for name, data in edition.stories.items()}


def removed_text(carrier):
    """Packs of a mirror that still hold the removed story ``b``."""
    packs = [path.read_bytes() for path in carrier.glob("en/*.pack")]
    records = [record for data in packs for record in decode_pack(data, "en")]
    return [record for record in records if isinstance(record, Put) and record.story_id == "b"]


OLD = (1, {"a": "Headline of a", "b": "Headline of b"})
NEW = (2, {"a": "Corrected", "c": "Headline of c"})


def moved(room, folder):
    """The same publication at another place."""
    copy = Newsroom.__new__(Newsroom)
    copy.__dict__.update(room.__dict__)
    copy.folder = folder
    copy.carriers = tuple(folder / carrier.name for carrier in room.carriers)
    copy.settings()
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_anywhere_leaves_old_or_new(prepared, tmp_path, part):
    whole = moved(prepared, shutil.copytree(prepared.folder, tmp_path / "whole"))
    total = publish_in_child(whole, kill_at=0)
    assert total is not None
    assert total > POINTS
    assert edition_on(whole, whole.carriers[0]) == NEW
    points = sorted(random.Random(20261123).sample(range(1, total + 1), POINTS))
    outcomes = {"old": 0, "new": 0}
    for point in points[part::PARTS]:
        folder = tmp_path / "killed"
        room = moved(prepared, shutil.copytree(prepared.folder, folder))
        publish_in_child(room, kill_at=point)
        versions = {}
        for carrier in room.carriers:
            seen = edition_on(room, carrier)
            assert seen in (OLD, NEW), f"killed at call {point} of {total}: {carrier.name} shows {seen}"
            outcomes["old" if seen == OLD else "new"] += 1
            for path in (carrier / "metadata").glob("[0-9]*.json"):
                assert versions.setdefault(path.name, path.read_bytes()) == path.read_bytes()
        room.publish(AFTER)
        for carrier in room.carriers:
            assert edition_on(room, carrier) == NEW, f"killed at call {point}: the next publish did not finish it"
            for name, data in versions.items():
                assert (carrier / "metadata" / name).read_bytes() == data
            assert not removed_text(carrier), f"killed at call {point}: a removed story is still on {carrier.name}"
            leftovers = [path for path in carrier.rglob(".*") if path.is_file()]
            assert not leftovers
        audit = audit_mirrors([open_inbound(str(c)) for c in room.carriers], Anchor.parse(room.fingerprint), AFTER)
        assert not audit.lies
        assert not audit.failed
        shutil.rmtree(folder)
    assert min(outcomes.values()) > 0
