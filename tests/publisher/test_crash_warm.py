"""Promise 8 for a publisher that is kept: killed at any instant of a publish by difference, it leaves old or new."""

import os
import random
from datetime import timedelta

import pytest
from test_changes import story
from test_crash import publish_in_child, removed_text
from test_warm import OLD, Room

from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

POINTS = int(os.environ.get("TAMIZDAT_KILL_POINTS", "300")) // 20
AFTER = {"a": "Put right", "c": "New"}


class Kept:
    """The kept publisher of a room, as the child that is killed calls it."""

    def __init__(self, room):
        self._room = room

    def publisher(self):
        return self

    def publish(self, _now):
        self._room.publish()
        assert self._room.quick


def prepared(folder):
    """A publication that is kept in mind, with a change waiting: one story corrected, one removed, one new."""
    room = Room(folder)
    room.begin(*OLD[:3], story("a", "Wrong"), story("b", "Removed"))
    room.desk.put(story("a", "Put right"), story("c", "New"))
    room.desk.drop("b")
    return room


def headlines(room, carrier):
    """What a reader gets from one mirror; None when it refuses."""
    now = room.now + timedelta(hours=1)
    visit = sync([open_inbound(str(carrier))], Anchor.parse(room.room.fingerprint), ["en"], MemoryLibrary(), now)
    if visit.faults:
        return None
    stories = visit.editions["en"].stories.items()
    return {name: story_from_bytes(data).headline for name, data in stories if len(name) == 1}


@pytest.mark.slow
def test_killed_anywhere_a_publish_by_difference_leaves_old_or_new(tmp_path):
    calls = publish_in_child(Kept(prepared(tmp_path / "whole")), 0)
    drawn = random.Random(5)
    outcomes = set()
    for at in range(POINTS):
        room = prepared(tmp_path / f"room{at}")
        publish_in_child(Kept(room), drawn.randrange(1, calls))
        found = [headlines(room, carrier) for carrier in room.carriers]
        assert all(each in ({"a": "Wrong", "b": "Removed"}, AFTER) for each in found)
        outcomes.update(each["a"] for each in found)
        # What the parent has in mind is of before: the ledger tells, or nothing of the publish counted.
        room.publish()
        for carrier in room.carriers:
            assert headlines(room, carrier) == AFTER
            assert not removed_text(carrier)
        mirrors = [open_inbound(str(carrier)) for carrier in room.carriers]
        audit = audit_mirrors(mirrors, Anchor.parse(room.room.fingerprint), room.now)
        assert not audit.lies
        assert not audit.failed
    assert outcomes == {"Wrong", "Put right"}
