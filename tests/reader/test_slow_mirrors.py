"""Mirrors on the web that hang or drip: a visit ends while they still do, and names them; a lone one still serves."""

import subprocess
import sys
import textwrap
import threading
from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from reader.held_clock import HeldClock
from reader.mirrors import MemoryMirror
from reader.stalling_server import HOW, StallingServer
from tamizdat.carriers.http import HttpInbound
from tamizdat.errors import CarrierError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.report import mirror_lines, visit_json
from tamizdat.reader.sync import sync
from tamizdat.roads.trail import Standing
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
EVERYTHING = pytest.param(lambda path: True, id="everything")
STAGES = [
    EVERYTHING,
    pytest.param(lambda path: path.endswith("timestamp.json"), id="timestamp"),
    pytest.param(lambda path: path.endswith("snapshot.json"), id="snapshot"),
    pytest.param(lambda path: path.endswith("en.json"), id="role"),
    pytest.param(lambda path: path.endswith(".index"), id="index"),
    pytest.param(lambda path: path.endswith(".pack"), id="packs"),
]


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    room = Newsroom(tmp_path_factory.mktemp("slow") / "room")
    for day in range(3):
        room.write([item(f"{number}-{n}", "en") for number in range(day + 1) for n in range(3)])
        room.publish(NOW + timedelta(days=day - 3))
    return room


def visit(room, mirrors, clock):
    return sync(mirrors, Anchor.parse(room.fingerprint), ["en"], MemoryLibrary(), LATER, clock=clock)


def inbound(server):
    return HttpInbound(server.address, proxies={})


def standings(visit):
    return [trail.standing(visit.newest) for trail in visit.trails]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("stalls", STAGES)
def test_a_visit_ends_while_one_mirror_stalls(newsroom, stalls, how):
    clock, folder = HeldClock(), newsroom.carriers[0]
    passing = clock.let_one_limit_come
    with StallingServer(folder, stalls, how, passing) as hostile, StallingServer(folder) as honest:
        result = visit(newsroom, [inbound(hostile), inbound(honest)], clock)
        assert len(result.editions["en"].stories) == 9
        assert hostile.stalled
        assert not hostile.delivered
        assert standings(result) == [Standing.SLOW, Standing.CURRENT]
        (line,) = mirror_lines(result)
        assert line.startswith(f"mirror {hostile.address}: slow")
        assert visit_json(result)["mirrors"][0]["slow"]
        # Promise 4: asking twice adds no path that a reader of one mirror would not have asked for.
        alone = MemoryMirror.of("alone", folder)
        visit(newsroom, [alone], HeldClock())
        assert {*hostile.asked, *honest.asked} == set(alone.asked)


@pytest.mark.parametrize("how", HOW)
def test_a_lone_mirror_that_is_late_with_everything_still_serves(newsroom, how):
    """Every limit of the reader's own has run out at every file; only the carrier's patience counts."""
    clock = HeldClock()
    clock.run_out()
    with StallingServer(newsroom.carriers[0], lambda path: True, how) as only:
        only.on_stall = only.release
        result = visit(newsroom, [inbound(only)], clock)
        assert len(result.editions["en"].stories) == 9
        assert standings(result) == [Standing.CURRENT]
        assert list(mirror_lines(result)) == []


def test_mirrors_that_are_all_slow_still_serve(newsroom):
    clock = HeldClock()
    clock.run_out()
    folder = newsroom.carriers[0]
    with StallingServer(folder, lambda path: True) as one, StallingServer(folder, lambda path: True) as two:
        one.on_stall, two.on_stall = one.release, two.release
        result = visit(newsroom, [inbound(one), inbound(two)], clock)
        assert len(result.editions["en"].stories) == 9


def test_a_slow_mirror_serves_what_the_quick_one_withholds(newsroom):
    clock = HeldClock()
    withholding = MemoryMirror.of("ahead", newsroom.carriers[0], lambda path, data: None if "pack" in path else data)
    with StallingServer(newsroom.carriers[0], lambda path: path == "metadata/timestamp.json") as slow:
        slow.on_stall = clock.let_one_limit_come
        result = visit(newsroom, [withholding, inbound(slow)], clock)
        assert len(result.editions["en"].stories) == 9
        assert standings(result) == [Standing.INCOMPLETE, Standing.SLOW]


def test_a_slow_mirror_with_an_older_edition_serves_where_the_quick_one_withholds_the_newer(newsroom, tmp_path):
    """Being left behind hides that a mirror lags; it must not keep readers from the older news that it has whole."""
    room = Newsroom(tmp_path / "room", carriers=("old",))
    room.write([item("a", "en")])
    room.publish(NOW - timedelta(days=1))
    old = room.carriers[0]
    known = {path.relative_to(old).as_posix() for path in old.rglob("*")}
    room.carriers = (tmp_path / "room" / "new",)
    room.settings()
    room.write([item("a", "en"), item("b", "en")])
    room.publish(NOW)
    ahead = MemoryMirror.of(
        "ahead", room.carriers[0], lambda path, data: None if path.endswith(".pack") and path not in known else data
    )
    clock = HeldClock()
    with StallingServer(old, lambda path: path == "metadata/timestamp.json" and slow.asked.count(path) == 1) as slow:
        slow.on_stall = clock.let_one_limit_come
        result = visit(room, [ahead, inbound(slow)], clock)
        assert list(result.editions["en"].stories) == ["a"]
        assert standings(result) == [Standing.INCOMPLETE, Standing.LAGS]


@pytest.mark.parametrize("how", HOW)
def test_the_process_ends_while_a_web_mirror_stalls(newsroom, how):
    script = """
        import sys
        from dataclasses import replace
        from tamizdat.carriers.http import HttpInbound
        from tamizdat.limits import LIMITS
        from tamizdat.roads.roads import Roads

        mirrors = [HttpInbound(address, proxies={}) for address in sys.argv[1:]]
        roads = Roads(mirrors, limits=replace(LIMITS, grace_seconds=0.0, hedge_seconds=0.0))
        roads.first_good("metadata/timestamp.json", 16384, bytes.decode)
        print(*(trail.standing(None).value for trail in roads.trails))
    """
    folder = newsroom.carriers[0]
    with StallingServer(folder, lambda path: True, how) as hostile, StallingServer(folder) as honest:
        command = [sys.executable, "-c", textwrap.dedent(script), hostile.address, honest.address]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "slow unknown\n", "")


@pytest.mark.parametrize("how", ["dripping"])
def test_a_web_mirror_that_is_abandoned_is_hung_up_on(newsroom, how):
    stalled = threading.Event()
    caught = []
    with StallingServer(newsroom.carriers[0], lambda path: True, how, stalled.set) as server:
        carrier = inbound(server)

        def fetch():
            try:
                carrier.fetch("metadata/1.root.json", 512_000)
            except CarrierError as error:
                caught.append(error)

        thread = threading.Thread(target=fetch)
        thread.start()
        assert stalled.wait(60)
        carrier.abandon("metadata/another")
        carrier.abandon("metadata/1.root.json")
        thread.join(60)
        assert server.hung_up.acquire(timeout=60)
    assert [error.detail for error in caught] == ["others were faster; given up"]
