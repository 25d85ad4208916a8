"""All carriers at once: nobody delays anybody, what fails is resumed, and whatever is written is written in order."""

import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from push_kit import (
    CONTENT,
    GONE,
    TIMESTAMP,
    Blocking,
    Shelf,
    Small,
    WorkClock,
    check_order,
    joined,
    push_all,
    puts,
    shelves,
    wanted,
    web_root,
)

from tamizdat.errors import CarrierError
from tamizdat.publisher import pushes
from tamizdat.publisher.progress import Silent, Standing
from tamizdat.publisher.pushes import PATIENCE

# --- those who behave ---


def test_everybody_gets_everything_in_order(root, clock):
    carriers = shelves()
    results = push_all(root, carriers, clock)
    for carrier in carriers:
        assert carrier.files == wanted(root)
        check_order(carrier.steps, root)
        assert carrier.steps[-1] == (f"-{GONE}", b"")
        assert puts(carrier)[-1] == TIMESTAMP
        result = results[carrier.name]
        assert (result.files, result.fault, result.attempts) == (len(wanted(root)), "", 1)
        assert result.bytes == sum(map(len, wanted(root).values()))


def test_the_check_of_the_order_can_tell(root):
    steps = [(path, data) for path, data in wanted(root).items() if path != CONTENT[0]]
    with pytest.raises(AssertionError, match="was written before"):
        check_order(steps, root)


def test_the_next_push_sends_what_changed_and_reads_nothing_that_is_known(tmp_path, root, clock):
    carrier, known = Shelf(), {}
    push_all(root, [carrier], clock, known)
    push_all(root, [carrier], clock, known)
    assert sorted(carrier.compared) == sorted(wanted(root).keys() - {TIMESTAMP})  # once more after it was put
    carrier.compared.clear()
    carrier.steps.clear()
    push_all(root, [carrier], clock, known)
    assert (carrier.compared, puts(carrier)) == ([], [TIMESTAMP])
    new = web_root(tmp_path, edition=2)
    carrier.steps.clear()
    before = dict(carrier.files)
    push_all(new, [carrier], clock, known)
    assert set(puts(carrier)) == wanted(new).keys() - {*CONTENT, "en/2026/11/b.html"}
    assert "en/2026/11/b.html" not in carrier.compared
    assert {path: carrier.files[path] for path in wanted(new)} == wanted(new)
    check_order(carrier.steps, new, before)


def test_two_tables_for_one_place_are_one_carrier(root, clock):
    first, second = Shelf(), Shelf()
    assert len(push_all(root, [first, second], clock)) == 1
    assert sorted(len(each.steps) > 0 for each in (first, second)) == [False, True]


# --- one that stays silent ---


@pytest.mark.parametrize("method", ["marks", "put_many", "put", "delete"])
def test_one_that_blocks_for_ever_is_left_behind_and_named(root, clock, method):
    journal = []
    blocking = Blocking(clock, method, journal=journal)
    carriers = [blocking, *shelves(journal)]
    results = push_all(root, carriers, clock)
    for carrier in carriers[1:]:
        assert (carrier.files, results[carrier.name].fault) == (wanted(root), "")
    fault = results[blocking.name].fault
    assert fault == "left behind: no sign of it for 120 s; the next push goes on from there"
    assert results[blocking.name].seconds == clock.now() == PATIENCE.silent_seconds
    before = list(blocking.steps)
    blocking.release.set()
    joined()
    # What the carrier was in the middle of it ends; nothing else begins.
    assert len(blocking.steps) - len(before) == (0 if method in {"marks", "put_many"} else 1)
    check_order(blocking.steps, root)


@pytest.mark.parametrize("method", ["marks", "holds", "put_many"])
def test_a_push_that_was_left_behind_never_writes_the_timestamp(tmp_path, root, clock, method):
    blocking, known = Blocking(clock, "nothing"), {}
    push_all(root, [blocking], clock, known)
    blocking.method = method
    blocking.steps.clear()
    new = web_root(tmp_path, edition=2)
    assert "left behind" in push_all(new, [blocking, Shelf("other")], clock, known)[blocking.name].fault
    blocking.release.set()
    joined()
    assert blocking.files[TIMESTAMP] == b"timestamp 1"
    assert not any(path.startswith(("-", "metadata/", "index")) for path, _ in blocking.steps)


def test_a_carrier_in_which_an_older_push_still_hangs_is_not_pushed_to(tmp_path, root, clock):
    blocking, known = Blocking(clock, "put"), {}
    push_all(root, [blocking, Shelf("other")], clock, known)
    newer = web_root(tmp_path, edition=2)
    steps = list(blocking.steps)
    result = push_all(newer, [blocking, Shelf("other")], clock, known)[blocking.name]
    assert (result.fault, result.files) == ("an earlier push to it has not ended yet", 0)
    assert blocking.steps == steps
    blocking.release.set()
    joined()
    blocking.method = "nothing"
    assert not push_all(newer, [blocking], clock, known)[blocking.name].fault
    assert {path: blocking.files[path] for path in wanted(newer)} == wanted(newer)


class Dripping(Shelf):
    """A file every so many seconds; ``then`` is called before each."""

    def __init__(self, clock, seconds, then=lambda count: None):
        super().__init__("dripping")
        self._clock = clock
        self._seconds = seconds
        self._then = then

    def put_many(self, files):
        marks = []
        for path, data in files:
            self._then(len(self.steps))
            self._clock.sleep(self._seconds)
            marks.append(self._keep(path, data))
        return marks


def test_a_thread_that_has_only_to_end_is_no_hanging_push(root, clock, monkeypatch):
    """Its last word was heard, but the system has not put it away yet."""
    late, real = [], threading.Thread.run

    def run(self):
        real(self)
        if self.name.startswith("push to "):
            late.append(self)
            for _ in range(2_000):
                root.folder.stat()  # others may work meanwhile

    monkeypatch.setattr(threading.Thread, "run", run)
    carrier, known = Shelf(), {}
    for _ in range(5):
        assert not push_all(root, [carrier], clock, known)[carrier.name].fault
    assert len(late) == 5


def test_whoever_is_silent_is_waited_for_while_others_move(root, clock):
    blocking = Blocking(clock, "marks")
    dripping = Dripping(clock, 50, lambda count: blocking.release.set() if count == 5 else None)
    results = push_all(root, [blocking, dripping], clock)
    assert not any(result.fault for result in results.values())
    assert results[blocking.name].seconds == 250 > PATIENCE.silent_seconds


def test_the_only_carrier_may_be_slow(root, clock):
    carrier = Dripping(clock, 119)
    assert not push_all(root, [carrier], clock)[carrier.name].fault
    assert clock.now() > PATIENCE.longer_seconds


def test_one_that_drips_is_left_behind_some_time_after_the_others_are_done(root, clock):
    known = {}
    drip = Dripping(clock, 100)
    results = push_all(root, [drip, Shelf("quick")], clock, known)
    assert results[drip.name].fault.startswith("left behind: the others are done for 600 s")
    assert results[drip.name].seconds == 600
    assert results["quick"].seconds == 0
    for release in clock._sleeping.values():
        release.set()
    joined()
    assert len(drip.steps) == 5 + 1
    assert TIMESTAMP not in drip.files
    assert not push_all(root, [drip], clock, known)[drip.name].fault
    assert sorted(puts(drip)) == sorted(wanted(root))
    check_order(drip.steps, root)


class Renaming(Shelf):
    """Writes all of a batch, then gives all their names, as folders do. Blocks before or after that."""

    def __init__(self, clock, path, *, named):
        super().__init__("renaming")
        self._clock = clock
        self._path = path
        self._named = named
        self.release = threading.Event()

    def put_many(self, files):
        batch = []
        for path, data in files:
            batch.append((path, data))
            if path == self._path and not self._named:
                self._clock.hold(self.release)
        marks = [self._keep(path, data) for path, data in batch]
        if self._path in dict(batch) and self._named:
            self._clock.hold(self.release)
        return marks


@pytest.mark.parametrize("named", [False, True])
def test_left_behind_in_the_last_batch_it_gives_no_more_names(root, clock, named):
    last = Renaming(clock, "index.html", named=named)
    assert push_all(root, [last, Shelf("other")], clock)[last.name].fault.startswith("left behind")
    before = list(last.steps)
    last.release.set()
    joined()
    assert last.steps == before
    assert ("index.html" in last.files, TIMESTAMP in last.files) == (named, False)


def test_no_batch_is_of_two_kinds(root, clock):
    """Each batch is on the disk before the next one; within one, a disk may do as it likes."""
    kinds = []

    class Batches(Shelf):
        def put_many(self, files):
            files = list(files)
            kinds.append({kind(path) for path, _ in files})
            return super().put_many(files)

    def kind(path):
        return "content" if path in CONTENT else "metadata" if path.startswith("metadata/") else "page"

    push_all(root, [Batches()], clock)
    assert kinds == [{"content"}, {"metadata"}, {"page"}]


# --- what is noted ---


def test_what_a_carrier_was_given_is_noted_even_if_the_push_is_interrupted(root, clock):
    blocking, noted = Blocking(clock, "put"), {}

    class Interrupted(WorkClock):
        def take(self, queue, until):
            if blocking.reached.is_set():
                raise KeyboardInterrupt
            return super().take(queue, until)

    interrupted = Interrupted()
    blocking._clock = interrupted
    with pytest.raises(KeyboardInterrupt):
        push_all(root, [blocking], interrupted, noted)
    blocking.release.set()
    joined()
    assert puts(blocking)[-1] == TIMESTAMP  # it was in the middle of that
    assert not any(path.startswith("-") for path, _ in blocking.steps)
    again = Shelf(blocking.name)
    again.__dict__.update(files=blocking.files, _versions=blocking._versions)
    push_all(root, [again], clock, noted)
    assert puts(again) == [TIMESTAMP]


def test_what_was_known_stays_known_if_a_carrier_cannot_be_looked_at(root, clock):
    carrier, known = Shelf(), {}
    for _ in range(3):
        push_all(root, [carrier], clock, known)

    class Broken(Shelf):
        def marks(self):
            yield from list(super().marks())[:4]
            raise CarrierError("unreachable", carrier=self.name, path=".")

    broken = Broken()
    broken.__dict__.update(files=carrier.files, _versions=carrier._versions)
    assert push_all(root, [broken], clock, known)[broken.name].fault
    carrier.compared.clear()
    push_all(root, [carrier], clock, known)
    assert carrier.compared == []


def test_news_is_noted_while_the_push_lasts(root, clock, monkeypatch):
    monkeypatch.setattr(pushes, "_MOST_AT_ONCE", 2)
    sizes, noted = [], threading.Semaphore(1)

    def note(known):
        sizes.append(len(known["shelf"]))
        noted.release()

    class Slow(Shelf):
        def put_many(self, files):
            assert noted.acquire(timeout=60)
            clock.go_on(11)
            return super().put_many(files)

    pushes.Pushes(root, [(Slow(), pushes.Known())], note, clock).run(Silent())
    assert len(sizes) > 3
    assert sizes == sorted(sizes)
    assert sizes[-1] == 16 + 8 * len(root.files)


# --- what is shown ---


class Watching:
    """Keeps the tallies."""

    def __init__(self):
        self.tallies = []

    def pushing(self, tallies):
        self.tallies = tallies
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_tallies_say_how_each_carrier_stands(root, clock):
    watching, blocking = Watching(), Blocking(clock, "put_many")
    push_all(root, [blocking, Small(0), Shelf("good")], clock, progress=watching)
    blocking.release.set()
    joined()
    said = {tally.name: (tally.standing, tally.files, tally.all_files) for tally in watching.tallies}
    all_files = len(wanted(root))
    assert said == {
        "blocking": (Standing.LEFT, 0, all_files),
        "small": (Standing.FAILED, 0, all_files),
        "good": (Standing.DONE, all_files, all_files),
    }


# --- hundreds ---


@pytest.mark.parametrize(
    ("soft", "hard", "carriers", "expected"),
    [(1_024, 1_048_576, 100, 100), (1_024, 1_024, 1, 100), (1_024, 1_024, 100, 2), (256, 256, 400, 1)],
)
def test_open_files_are_shared_out(monkeypatch, soft, hard, carriers, expected):
    limits = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limits.append(new))
    assert pushes._files_at_once(carriers) == expected
    assert limits[-1][0] <= hard


MANY = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (450, 450))
sys.path.insert(0, sys.argv[1])
from push_kit import push_all, wanted, web_root
from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.roads.clock import CLOCK
folder = Path(sys.argv[2])
root = web_root(folder / "out")
carriers = [DirectoryOutbound(folder / f"{number:03}") for number in range(100)]
results = push_all(root, carriers, CLOCK)
assert not any(result.fault for result in results.values()), results
for number in range(100):
    for path, data in wanted(root).items():
        assert (folder / f"{number:03}" / path).read_bytes() == data
"""


def test_a_hundred_folders_and_few_open_files(tmp_path):
    arguments = [sys.executable, "-c", MANY, str(Path(__file__).parent), str(tmp_path)]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
