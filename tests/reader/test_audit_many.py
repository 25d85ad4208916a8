"""Audits of many mirrors: side by side, none held up by another, in a table and as JSON."""

import json
import shutil
import threading
from datetime import timedelta

import pytest

from reader.mirrors import MemoryMirror, flip
from reader.site_kit import LATER, STORY, audit, standing
from reader.stalling_server import HOW, StallingServer
from tamizdat.carriers.http import HttpInbound
from tamizdat.errors import CarrierError
from tamizdat.reader.audit_report import audit_json, audit_lines, behind, differing
from tamizdat.reader.audit_table import age_in_words, short_names, table_lines
from tamizdat.reader.patience import MIRRORS_AT_ONCE, Patience, timed
from tamizdat.roads.clock import CLOCK
from tamizdat.roads.trail import Standing

ONION = "http://" + "abcdefgh" + "i" * 44 + "wxyd.onion/"


# --- Side by side -------------------------------------------------------------------------------------------------


def test_mirrors_are_asked_side_by_side_and_named_in_order(room):
    """Each waits for all others at its first file: one after the other, nobody would ever get it."""
    everybody = threading.Barrier(MIRRORS_AT_ONCE)

    def meet(path, data):
        if path == "metadata/1.root.json":
            everybody.wait(30)
        return data

    mirrors = [MemoryMirror.of(f"m{at}", room.mirror, meet) for at in range(MIRRORS_AT_ONCE)]
    result = audit(room, *mirrors)
    assert [mirror.trail.name for mirror in result.mirrors] == [mirror.name for mirror in mirrors]
    assert {standing(result, at) for at in range(MIRRORS_AT_ONCE)} == {Standing.CURRENT}


def test_no_more_than_so_many_mirrors_are_asked_at_once(room):
    """Those that are begun wait for one another, and leave at the file that none of them has."""
    lock, inside, most = threading.Lock(), set(), []
    begun = threading.Barrier(MIRRORS_AT_ONCE)

    class Counted(MemoryMirror):
        def fetch(self, path, max_bytes):
            if path == "metadata/1.root.json":
                with lock:
                    inside.add(self.name)
                    most.append(len(inside))
                begun.wait(30)
            if path == "metadata/timestamp.json":
                with lock:
                    inside.discard(self.name)
            return super().fetch(path, max_bytes)

    mirrors = [Counted.of(f"m{at}", room.mirror) for at in range(2 * MIRRORS_AT_ONCE)]
    for mirror in mirrors:
        del mirror.files["metadata/timestamp.json"]
    assert len(audit(room, *mirrors).mirrors) == 2 * MIRRORS_AT_ONCE
    assert max(most) == MIRRORS_AT_ONCE


def test_pages_of_several_mirrors_are_asked_for_side_by_side(room):
    both = threading.Barrier(2)

    def meet(path, data):
        if path == STORY:
            both.wait(30)
        return data

    result = audit(room, *(MemoryMirror.of(name, room.mirror, meet) for name in ("one", "two")))
    assert [standing(result, 0), standing(result, 1)] == [Standing.CURRENT] * 2


def test_a_list_that_nobody_has_is_asked_for_once_for_all(room):
    """Otherwise a hundred mirrors would each be asked for it a hundred times."""
    mirrors = [MemoryMirror.of(f"m{at}", room.mirror) for at in range(5)]
    for mirror in mirrors:
        mirror.files = {path: data for path, data in mirror.files.items() if not path.endswith(".list")}
    audit(room, *mirrors)
    lists = [path for mirror in mirrors for path in mirror.asked if path.endswith(".list")]
    assert lists
    # Every mirror for its own, and all of them but one once more for whoever comes first.
    assert max(lists.count(path) for path in lists) <= 2 * len(mirrors) - 1


@pytest.mark.parametrize("how", HOW)
def test_a_mirror_that_stalls_is_given_up_and_holds_no_other(room, how):
    """Its signed files come; what they name does not. Others are whole in the same audit."""
    with StallingServer(room.mirror, lambda path: path.endswith(".pack"), how) as slow:
        road = HttpInbound(slow.address)
        result = audit(room, road, room.mirror, patience=Patience(seconds=1.5))
        road.close()
        assert slow.delivered == 0
    assert standing(result, 0) is Standing.UNREACHABLE
    assert "it had 1.5 seconds and is not done" in "\n".join(result.mirrors[0].trail.faults)
    assert result.mirrors[0].reachable
    assert standing(result, 1) is Standing.CURRENT


def test_a_fetch_that_is_under_way_when_the_time_is_over_is_cut(room):
    class Hanging(MemoryMirror):
        """Waits for ever, unless it is told that nobody waits for it."""

        told = threading.Event()

        def fetch(self, path, max_bytes):
            if path.endswith(".pack"):
                assert self.told.wait(60)
                raise CarrierError("others were faster; given up", carrier=self.name, path=path)
            return super().fetch(path, max_bytes)

        def abandon(self, path):
            if path.endswith(".pack"):
                self.told.set()

    result = audit(room, Hanging.of("hanging", room.mirror), patience=Patience(seconds=0.5))
    assert Hanging.told.is_set()
    assert standing(result) is Standing.UNREACHABLE


def test_a_mirror_whose_files_do_not_come_is_asked_for_no_more(room):
    class Broken(MemoryMirror):
        def fetch(self, path, max_bytes):
            if path.endswith((".pack", ".html")):
                self.asked.append(path)
                raise CarrierError("hangs", carrier=self.name, path=path)
            return super().fetch(path, max_bytes)

    broken = Broken.of("broken", room.mirror)
    result = audit(room, broken, patience=Patience(faults=2))
    assert standing(result) is Standing.UNREACHABLE
    assert len([path for path in broken.asked if path.endswith((".pack", ".html"))]) == 2
    assert "not asked for: too many files did not come" in "\n".join(result.mirrors[0].trail.faults)


def test_only_time_with_a_fetch_under_way_counts():
    class Clock:
        at = 0.0

        def now(self):
            return self.at

    clock = Clock()

    def late(path, data):
        clock.at += 4
        return data

    with timed([MemoryMirror("m", {"a": b"a", "b": b"b"}, late)], Patience(seconds=10), clock) as (road,):
        assert road.fetch("a", 1) == b"a"
        clock.at += 1_000
        assert road.fetch("b", 1) == b"b"
        assert road.given_up == ""
        assert road.fetch("a", 1) == b"a"
        with pytest.raises(CarrierError, match="not asked for: it had 10 seconds"):
            road.fetch("b", 1)


def test_what_a_mirror_can_be_asked_for_besides_stays(room):
    """A folder says what it has, so that extra pages are found; a mirror on the web does not."""
    (room.mirror / "ru" / "more.html").write_bytes(b"extra")
    assert [f.state.value for tree in audit(room, room.mirror).mirrors[0].trees for f in tree.findings] == ["extra"]
    with timed([MemoryMirror("m", {})], Patience(), CLOCK) as (road,):
        assert not hasattr(road, "list")


# --- The table ----------------------------------------------------------------------------------------------------


def columns(line, header):
    """The cells of a table's line by the header's words."""
    names = header.split()
    starts = [header.index(name) for name in names]
    ends = [*starts[1:], len(line) + 1]
    if len(line) < len(header):
        line = line.ljust(len(header))
    cells = {}
    for name, start, end in zip(names, starts, ends, strict=True):
        cells[name] = line[start:end].strip()
    return cells


@pytest.fixture
def three(room, tmp_path):
    """A mirror that lags by an edition, one that is not there, one that lies and lacks a page."""
    stale = shutil.copytree(room.mirror, tmp_path / "stale")
    room.edition(3)
    liar = shutil.copytree(room.mirror, tmp_path / "liar")
    (liar / "ru" / "index.html").write_bytes(b"forged")
    (liar / "en" / "index.html").unlink()
    down = MemoryMirror("https://down.example/", {})
    down.down = True
    return [stale, down, liar, room.mirror]


def test_the_table_has_a_line_for_each_mirror_that_says_how_it_is(room, three):
    result = audit(room, *three)
    header, *lines = table_lines(result, LATER + timedelta(days=2, hours=5))
    stale, down, liar, good = (line.split("  ") for line in lines)
    cells = [[cell.strip() for cell in line if cell.strip()] for line in (stale, down, liar, good)]
    assert header.split() == ["mirror", "standing", "answers", "editions", "checked", "good", "bad", "missing"]
    assert [row[1] for row in cells] == ["LAGS", "UNREACHABLE", "LIES", "CURRENT"]
    assert [row[2] for row in cells] == ["yes", "no", "yes", "yes"]
    assert [row[3] for row in cells] == ["en 1, ru 2 (-1)", "none", "en 1, ru 3", "en 1, ru 3"]
    assert [row[4] for row in cells] == ["2 days", "-", "2 days", "2 days"]
    assert [row[6:] for row in cells] == [["0", "0"], ["0", "0"], ["1", "1"], ["0", "0"]]
    assert cells[1][0] == "down.example"
    assert {len(line) for line in lines} == {len(header)}


def test_machines_are_told_the_same(room, three):
    result = audit(room, *three)
    told = json.loads(json.dumps(audit_json(result, LATER + timedelta(hours=2), {2: "evidence/liar"})))
    stale, down, liar, good = told["mirrors"]
    assert told["newest_editions"] == {"en": 1, "ru": 3}
    assert [m["reachable"] for m in (stale, down, liar, good)] == [True, False, True, True]
    assert [m["age_seconds"] for m in (stale, down, liar, good)] == [7_200, None, 7_200, 7_200]
    assert stale["behind"] == told["newest"] - stale["timestamp_version"] > 0
    assert [down["behind"], liar["behind"], good["behind"]] == [None, 0, 0]
    assert [m["editions_behind"] for m in (stale, down, liar, good)] == [{"ru": 1}, {}, {}, {}]
    assert liar["differs"] == ["ru/index.html"]
    assert [m["evidence"] for m in (stale, down, liar, good)] == [None, None, "evidence/liar", None]


def test_many_languages_are_counted_and_not_named(room, three):
    result = audit(room, *three)
    for at, mirror in enumerate(result.mirrors):
        if mirror.editions:
            mirror.editions |= {"ka": 7 - 3 * (at == 0), "fa": 1}
    result.mirrors[2].editions.pop("fa")
    _, stale, _, liar, good = table_lines(result, LATER)
    assert "2 of 4 behind, by up to 3" in stale
    assert "3, all newest, lacks 1" in liar
    assert "4, all newest" in good
    assert behind(result, result.mirrors[0]) == {"ka": 3, "ru": 1}


def test_a_mirrors_own_words_make_no_lines_and_steer_no_terminal(room):
    """Its name is an address that somebody gave; what it answers stands in details."""
    evil = MemoryMirror.of("https://a\x1b[2J\n\u202eb.example/", room.mirror, lambda path, data: flip(data))
    result = audit(room, evil)
    for line in (*table_lines(result, LATER), *audit_lines(result)):
        assert line.isprintable()
    assert standing(result) is Standing.LIES
    assert differing(result.mirrors[0])


def test_no_mirrors_no_table(room):
    assert list(table_lines(audit(room), LATER)) == []


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "now"),
        (timedelta(seconds=-30), "now"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=400), "400 days"),
        (timedelta(hours=-3), "in 3 hours"),
    ],
)
def test_ages_are_told_in_words(age, words):
    assert age_in_words(age) == words


def test_names_are_short_and_no_two_alike():
    long = "https://" + "a" * 40 + ".example/news/"
    other = long.replace("a.example", "b.example")
    twin = "https://" + "a" * 41 + ".example/news/"
    assert short_names(["https://one.example/", "http://one.example:8080/", "edition/out", "/"]) == [
        "one.example",
        "one.example:8080",
        "edition/out",
        "/",
    ]
    assert short_names([ONION, ONION.replace("//", "//www.")]) == ["abcdefgh…wxyd.onion", "www.abcdefgh…wxyd.onion"]
    assert short_names([long, other]) == ["aaaaaaaaaaaaaaa…aa.example/news", "aaaaaaaaaaaaaaa…ab.example/news"]
    assert short_names([long, twin]) == [long, twin]
