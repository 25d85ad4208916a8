"""Promise 8 for mirrors: killed, or out of disk, at any single operation, a mirror serves whole editions, and goes on.

The whole copying half runs here with a counter in everything that writes. For every operation there is one run in
which it is the last (the process dies), and one in which the disk refuses it (the process lives on).
"""

import gzip
import os
import random
import shutil
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from crash_kit import Killed, Steps
from mirror_kit import Mirror, copy_of, files
from mirrors import MemoryMirror, flip
from site_kit import SiteRoom, page

from publication_kit import NOW
from tamizdat.errors import LibraryError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
POINTS = int(os.environ.get("TAMIZDAT_CRASH_POINTS", "24"))
"""Of all operations, as many are tried, evenly spread; a number above a thousand tries every one."""

BATCH = 3
"""Files that are entered at once: few, so that a wrong order shows."""


def with_copies(pages):
    """Each page with the compressed copy that lies beside it."""
    return pages | {f"{path}.gz": gzip.compress(data, mtime=0) for path, data in pages.items() if ".html" in path}


OLD = with_copies(
    {
        "en/index.html": page("en", 1, "Front."),
        "en/2026/kept.html": page("en", 1, "Kept."),
        "en/2026/gone.html": page("en", 1, "Gone."),
        "en/twin.txt": b"the same bytes",
        "en/a": b"a file that becomes a folder",
        "en/b/c": b"a folder that becomes a file",
        "ru/index.html": page("ru", 1, "Front."),
        "index.html": b"languages",
    }
)
NEW = with_copies(
    {
        "en/index.html": page("en", 2, "Front."),
        "en/2026/kept.html": page("en", 1, "Kept."),
        "en/2026/new.html": page("en", 2, "New."),
        "en/twin.txt": b"the new same bytes",
        "en/other-twin.txt": b"the new same bytes",
        "en/a/x": b"in the folder",
        "en/b": b"the file",
        "ru/index.html": page("ru", 1, "Front."),
        "index.html": b"languages!",
    }
)


class Case:
    """A publication before and after a publish, and a mirror's folder that holds the one before."""

    def __init__(self, folder):
        room = SiteRoom(folder / "news")
        room.put(OLD)
        self.fingerprint, self.folder, self.numbers = room.fingerprint, folder, count()
        self.old_upstream = files(room.mirror)
        with Mirror(folder / "old", room.fingerprint, NOW) as mirror:
            assert mirror.look(copy_of(room.mirror)).fault == ""
            self.old = mirror.served()
        room.pages = OLD
        room.edition(2, "en")
        (room.mirror / "en/b").rmdir()
        room.put(NEW, LATER)
        self.new_upstream = files(room.mirror)
        twin = shutil.copytree(folder / "old", folder / "clean")
        with self.mirror(twin) as mirror:
            assert mirror.look(self.upstream()).fault == ""
            self.new = mirror.served()
        with self.mirror(folder / "from nothing") as mirror:
            assert mirror.look(self.upstream()).fault == ""
            self.new_alone = mirror.served()
        assert self.old["metadata/timestamp.json"] != self.new["metadata/timestamp.json"]
        # No two of these may change for anybody at once, or a mixture could not be told.
        assert len({*self.old.values(), *self.new.values()}) > 40

    def mirror(self, folder):
        return Mirror(folder, self.fingerprint, LATER)

    def upstream(self):
        upstream = copy_of(self.folder / "nothing", name="newsroom")
        upstream.inbound.files = dict(self.new_upstream)
        return upstream

    def fresh(self, start="old"):
        """A mirror's folder that holds the old edition, or nothing."""
        target = self.folder / f"{start} {next(self.numbers)}"
        return shutil.copytree(self.folder / "old", target) if start == "old" else target

    def check(self, served, start="old"):
        """That this is the old edition, the new one, or pages on their way from one to the other."""
        old, new = (self.old, self.new) if start == "old" else ({}, self.new_alone)
        strange = [path for path, data in served.items() if data not in {old.get(path), new.get(path)}]
        assert strange == []
        timestamp = served.get("metadata/timestamp.json")
        if timestamp is None:
            assert start == "nothing"
            return
        whole = new if timestamp == new["metadata/timestamp.json"] else old
        # What becomes a folder, or a file in the place of one, is neither for a moment.
        moving = {"en/a", "en/b/c"} if whole is old else set()
        assert not whole.keys() - served.keys() - moving
        visit = sync([MemoryMirror("it", served)], Anchor.parse(self.fingerprint), (), MemoryLibrary(), LATER)
        assert not visit.faults


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return Case(tmp_path_factory.mktemp("case"))


def served(mirror):
    """Bytes by path of all that can be had, as the server would ask for it."""
    found = {}
    for file in mirror.copier.register.held():
        with suppress(LibraryError):
            found[file.path] = mirror.copier.holding.read(file)
    return found


def points(total):
    """The operations to try: all, or some that are different ones each time that their number changes."""
    every = range(1, total + 1)
    return every if total <= POINTS else sorted(random.Random(total).sample(every, POINTS))


def run(case, folder, steps):
    """Look once with ``steps`` counting. The mirror, which may be dead."""
    with pytest.MonkeyPatch.context() as patch:
        steps.install(patch)
        patch.setattr("tamizdat.mirror.switching._BATCH", BATCH)
        mirror = None
        try:
            steps.calm = not steps.dies  # a mirror that cannot even begin says so, and ends
            mirror = case.mirror(folder)
            steps.calm = False
            mirror.look(case.upstream())
        except Killed:
            pass
        finally:
            steps.calm = True
    return mirror


def total_of(case, start):
    steps = Steps()
    folder = case.fresh(start)
    run(case, folder, steps).__exit__()
    shutil.rmtree(folder)
    return steps.count


def finishes(case, mirror, start="old"):
    """One more look brings all of the new edition, and nothing else is left anywhere."""
    looked = mirror.look(case.upstream())
    assert looked.fault == ""
    there, expected = mirror.served(), case.new if start == "old" else case.new_alone
    assert {path for path, data in there.items() if expected.get(path) != data} == set()
    assert expected.keys() <= there.keys()
    assert files(mirror.www).keys() - there.keys() == set()
    assert files(mirror.www) == there
    if mirror.tidy:
        assert list(mirror.folder.incoming.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("start", ["old", "nothing"])
def test_killed_at_any_operation_a_mirror_has_the_old_edition_or_the_new_one(case, start):
    outcomes = set()
    for at in points(total_of(case, start)):
        folder = case.fresh(start)
        dead = run(case, folder, Steps(at))
        if dead is not None:
            dead.__exit__()
        with case.mirror(folder) as mirror:
            there = served(mirror)
            case.check(there, start)
            outcomes.add(there.get("metadata/timestamp.json"))
            # Upstreams that are gone change nothing about that.
            mirror.look(case.folder / "nowhere")
            case.check(served(mirror), start)
            finishes(case, mirror, start)
        shutil.rmtree(folder)
    assert len(outcomes) == 2


@pytest.mark.slow
@pytest.mark.parametrize("start", ["old", "nothing"])
@pytest.mark.parametrize("lasting", [1, 1_000_000])
def test_a_disk_that_fails_at_any_operation_is_waited_for(case, start, lasting):
    for at in points(total_of(case, start)):
        folder = case.fresh(start)
        steps = Steps(at, dies=False, lasting=lasting)
        try:
            mirror = run(case, folder, steps)
        except Exception as error:
            raise AssertionError(f"operation {at} failed, and the mirror died of it") from error
        with mirror:
            mirror.tidy = False  # a file that could not be deleted waits for the next edition
            case.check(served(mirror), start)
            finishes(case, mirror, start)
        shutil.rmtree(folder)


@pytest.mark.slow
def test_while_an_edition_is_put_in_place_all_that_is_served_is_whole(case):
    """Between any two operations, in the process that carries them out."""
    seen = []

    def look():
        if mirror and not mirror.copier.register._db.in_transaction:  # others wait for the end of a transaction
            steps.calm = True
            seen.append(served(mirror))
            case.check(files(mirror.www))  # another web server may serve what lies there
            steps.calm = False
            case.check(seen[-1])

    mirror = None
    steps = Steps(between=look)
    with pytest.MonkeyPatch.context() as patch:
        steps.install(patch)
        patch.setattr("tamizdat.mirror.switching._BATCH", BATCH)
        mirror = case.mirror(case.fresh())
        assert mirror.look(case.upstream()).fault == ""
    mirror.__exit__()
    assert case.old in seen
    assert case.new in seen


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: flip(data, 0), lambda data: data[: len(data) // 2]])
def test_after_a_power_cut_what_the_disk_had_not_taken_is_not_served_and_comes_again(case, spoil):
    """Files whose bytes never reached the disk are empty, short or garbage under their right names."""
    for at in points(total_of(case, "old"))[:: 1 if POINTS > 1000 else 2]:
        folder = case.fresh()
        before = files(folder)
        dead = run(case, folder, Steps(at))
        if dead is not None:
            dead.__exit__()
        for path, data in files(folder).items():
            if before.get(path) != data and data and path.startswith(("www/", "incoming/")):
                (folder / path).write_bytes(spoil(data))
        with case.mirror(folder) as mirror:
            for path, data in served(mirror).items():
                assert data in {case.old.get(path), case.new.get(path)}
            finishes(case, mirror)
        shutil.rmtree(folder)
