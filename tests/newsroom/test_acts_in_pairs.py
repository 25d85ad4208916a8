"""Any two acts on a story, one after the other: how that ends stands in ``acts.txt``, and somebody decided each line.

A pair that is new, or that ends in another way, fails here with the line as it would stand there. Read it as whoever
edits the story, and as whoever reads it, before you write it down.
"""

from collections import Counter
from pathlib import Path

import pytest
from acts_kit import ACTS, BEFORE, BEFORE_FIRST, PAIRED, STARTS
from acts_room_kit import Absent, Locked, Room, clock, later, people, tried
from acts_seen_kit import before, ending, faults, is_anything_due, of_readers
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from tamizdat.errors import TamizdatError
from tamizdat.newsroom.stories.whose import in_name_of

pytestmark = pytest.mark.slow
LINES = Path(__file__).with_name("acts.txt").read_text("utf-8").splitlines()
DECIDED = dict(line.partition(" # ")[0].split(" -> ", 1) for line in LINES)
"""What becomes of a pair. Behind ``#`` stands why, where it is not plain."""
TIME = "time comes"
REFUSALS = (Absent, Locked, PermissionDenied, ValidationError, TamizdatError)


@pytest.fixture(scope="module")
def room(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """A story as it is before the first act; what is done to it is undone."""
    with django_db_blocker.unblock(), clock(), tried():
        room = people(request.param, tmp_path_factory.mktemp("acts"))
        STARTS[request.param](room)
        yield room


def done(room: Room, name: str) -> str:
    """Do it; what was said to whoever did."""
    try:
        with transaction.atomic(), in_name_of(None if name == TIME else room.desk):
            return ACTS[name](room) or ""
    except REFUSALS as error:
        return type(error).__name__


def endings(room: Room, first: str) -> dict[str, str]:
    """How each pair ends that begins with ``first``; and what must never be so."""
    found = {}
    for needed in dict.fromkeys(BEFORE.get(name) for name in PAIRED[room.start]):
        with tried():
            for act in dict.fromkeys(BEFORE.values()):
                if act in {needed, BEFORE_FIRST.get(first)}:
                    _prepared(room, act)
            later(0.1)
            was = before()
            said = done(room, first)
            wrong = list(faults(was))
            later(0.1)
            for second in (name for name in PAIRED[room.start] if BEFORE.get(name) is needed):
                with tried():
                    found[second] = _second(room, was, second, [f"first {said}"] if said else [], wrong)
    return found


def _prepared(room: Room, act) -> None:
    try:
        with transaction.atomic(), in_name_of(room.desk):
            act(room)
    except REFUSALS:
        pass  # what the other one needs is in its way, as in a newsroom


def _second(room, was, name, refused, wrong):
    between = before()
    said = done(room, name)
    wrong = [*wrong, *faults(between)]
    refused = [*refused, *([said] if said else [])]
    line = ending(was) + (f"; refused={', '.join(refused)}" if refused else "")
    if is_anything_due():
        between = before()
        done(room, TIME)
        wrong += [f"later {each}" for each in faults(between)]
        then = [f"{tag}={of_readers(tag, between.release)}" for tag in ("en", "fa")]
        if not all(each.endswith(" 0") for each in then):
            line += "; later " + "; ".join(then)
    return line + "".join(f" !!! {each}" for each in wrong)


def test_somebody_decided_about_every_pair():
    there = {f"{start}: {first}, {second}" for start, acts in PAIRED.items() for first in acts for second in acts}
    assert sorted(there - DECIDED.keys()) == []
    assert sorted(DECIDED.keys() - there) == []
    assert [line for line, n in Counter(line.split(" -> ")[0] for line in LINES).items() if n > 1] == []


@pytest.mark.parametrize(
    ("room", "first"),
    [(start, first) for start, acts in PAIRED.items() for first in acts],
    indirect=["room"],
    scope="module",
)
def test_what_becomes_of_a_pair(room, first):
    wrong = []
    for second, line in endings(room, first).items():
        pair = f"{room.start}: {first}, {second}"
        if DECIDED.get(pair) != line:
            wrong.append(f"{pair} -> {line}")
    assert not wrong, "\n".join(wrong)
