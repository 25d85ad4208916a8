"""Carriers in memory that misbehave, behind our port, and a clock that goes on when nobody is at work."""

import errno
import hashlib
import threading
from queue import Empty
from threading import Event, Lock

from tamizdat.edition.listing import page_order
from tamizdat.errors import CarrierError
from tamizdat.publisher.known import Known
from tamizdat.publisher.progress import Silent
from tamizdat.publisher.pushes import PATIENCE, Pushes
from tamizdat.publisher.web_root import RootFile, Stage, WebRoot, metadata_file

TIMESTAMP = "metadata/timestamp.json"
CONTENT = ("en/aa.pack", "en/bb.index", "pictures/cc.jpg")
PAGES = (
    "en/2026/11/a.html",
    "en/2026/11/a.html.gz",
    "en/2026/11/b.html",
    "en/about.html",
    "en/index.html",
    "index.html",
)
GONE = "en/2026/11/withdrawn.html"


class WorkClock:
    """Time stands while a push's thread works. When all are held up or none is left, the next limit comes.

    A carrier that takes its time (``sleep``) is such a limit, too.
    """

    def __init__(self):
        self._now = 0.0
        self._lock = Lock()
        self._held = {}
        self._sleeping = {}

    def now(self):
        return self._now

    def go_on(self, seconds):
        self._now += seconds

    def take(self, queue, until):
        while True:
            working = self._working()
            try:
                return queue.get(block=working, timeout=0.005)
            except Empty:
                if working or not queue.empty():
                    continue
            with self._lock:
                first = min(self._sleeping, default=None)
                if first is not None and (until is None or first < until):
                    self._now = max(self._now, first)
                    self._sleeping.pop(first).set()
                    continue
            assert until is not None, "nothing will ever happen"
            self._now = max(self._now, until)
            return None

    def sleep(self, seconds):
        """The thread that calls goes on after so many seconds of this clock. No two end at one moment."""
        release = Event()
        with self._lock:
            self._sleeping[self._now + seconds] = release
        self.hold(release)

    def _working(self):
        with self._lock:
            threads = [thread for thread in threading.enumerate() if thread.name.startswith("push to ")]
            return any(thread not in self._held or self._held[thread].is_set() for thread in threads)

    def hold(self, release):
        """The thread that calls is held up by its carrier until it is released."""
        with self._lock:
            self._held[threading.current_thread()] = release
        assert release.wait(60)
        with self._lock:
            del self._held[threading.current_thread()]


class Shelf:
    """A carrier in memory. ``steps`` is all that was done to it, in order; ``journal`` is shared by several."""

    def __init__(self, name="shelf", journal=None):
        self.name = name
        self.files = {GONE: b"withdrawn"}
        self.steps = []
        self.compared = []
        self.journal = [] if journal is None else journal
        self._versions = {}
        self._counter = 0

    def _keep(self, path, data):
        self._counter += 1
        self.files[path] = data
        self._versions[path] = self._counter
        self.steps.append((path, data))
        self.journal.append((self.name, path))
        return self._mark(path)

    def _mark(self, path):
        return f"v{self._versions.get(path, 0)}"

    def alter(self, path, data, *, quietly=False):
        """Somebody else writes to a file; ``quietly`` if the mark does not tell."""
        self.files[path] = data
        self._versions[path] += not quietly

    def holds(self, path, data):
        self.compared.append(path)
        return self.files.get(path) == data

    def put(self, path, data):
        return self._keep(path, data)

    def put_many(self, files):
        return [self._keep(path, data) for path, data in files]

    def delete(self, path):
        self.steps.append((f"-{path}", b""))
        self.files.pop(path, None)

    def list(self):
        return [path for path, _ in self.marks()]

    def marks(self):
        return [(path, self._mark(path)) for path in list(self.files)]


class Blocking(Shelf):
    """Stays silent in every call of ``method`` until it is released; then it does what it was asked for."""

    def __init__(self, clock, method, name="blocking", journal=None):
        super().__init__(name, journal)
        self._clock = clock
        self.method = method
        self.release = Event()
        self.reached = Event()

    def _hold(self, method):
        if method == self.method:
            self.reached.set()
            self._clock.hold(self.release)

    def marks(self):
        self._hold("marks")
        return super().marks()

    def holds(self, path, data):
        self._hold("holds")
        return super().holds(path, data)

    def put_many(self, files):
        marks = []
        for path, data in files:
            marks.append(self._keep(path, data))
            self._hold("put_many")
        return marks

    def put(self, path, data):
        self._hold("put")
        return super().put(path, data)

    def delete(self, path):
        self._hold("delete")
        super().delete(path)


class EveryOther(Shelf):
    """Every other write fails."""

    def __init__(self, name="every other", journal=None):
        super().__init__(name, journal)
        self._at = 0

    def _keep(self, path, data):
        self._at += 1
        if self._at % 2 == 0:
            raise CarrierError("not now", carrier=self.name, path=path)
        return super()._keep(path, data)


class Small(Shelf):
    """Holds at most ``room`` bytes, and lets those who write know as disks do."""

    def __init__(self, room, code=errno.ENOSPC, name="small", journal=None):
        super().__init__(name, journal)
        self.room = room
        self.code = code

    def _keep(self, path, data):
        rest = sum(len(held) for at, held in self.files.items() if at != path)
        if rest + len(data) > self.room:
            raise CarrierError("refused", carrier=self.name, path=path) from OSError(self.code, "refused")
        return super()._keep(path, data)


def web_root(folder, edition=1, turn=300, gone=(GONE,)):
    """A small web root in ``folder`` in which every file changes with ``edition`` but what is named by its hash."""
    content = {path: f"{path}".encode() for path in CONTENT}
    if edition > 1:
        content[f"en/dd{edition}.pack"] = b"new stories"
    pages = {path: f"{path} in edition {edition if 'b.html' not in path else 1}".encode() for path in PAGES}
    for path, data in (content | pages).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    files = [
        RootFile(path, stage, hashlib.sha256(data).digest(), len(data))
        for stage, some in ((Stage.PAGE, pages), (Stage.CONTENT, content))
        for path, data in some.items()
    ]
    metadata = [metadata_file(f"{edition}.{role}.json", f"{role} {edition}".encode()) for role in ("en", "snapshot")]
    timestamp = metadata_file("timestamp.json", f"timestamp {edition}".encode())
    return WebRoot(folder, (*files, *metadata), timestamp, gone, turn)


def wanted(root):
    """Bytes by path of all that a carrier should hold."""
    return {file.path: root.read(file) for file in (*root.files, root.timestamp)}


def push_all(root, carriers, clock, known=None, patience=PATIENCE, progress=None):
    """Push; results by name, and what is known afterwards in ``known``."""
    known = {} if known is None else known
    places = [(carrier, Known(known.get(carrier.name, b""))) for carrier in carriers]
    results = Pushes(root, places, known.update, clock, patience).run(progress or Silent())
    return {result.carrier: result for result in results}


def check_order(steps, root, before=None):
    """Whatever was written came after all that it may name. ``before`` is what was there at first."""
    files = {file.path: file for file in (*root.files, root.timestamp)}
    there = dict.fromkeys(files, b"") | (before or {})
    for path, data in steps:
        if path.startswith("-"):
            continue
        file = files[path]
        for other in files.values():
            earlier = other.stage < file.stage or (
                other.stage is file.stage is Stage.PAGE and page_order(other.path) < page_order(path)
            )
            if earlier:
                digest = hashlib.sha256(there[other.path]).digest()
                assert digest == other.digest, f"{path} was written before {other.path}"
        there[path] = data


OTHERS = 5


def shelves(journal=None):
    """Carriers that behave, each a shelf."""
    return [Shelf(f"shelf {number}", journal) for number in range(OTHERS)]


def joined():
    """Wait for the threads of pushes that were left behind."""
    for thread in threading.enumerate():
        if thread.name.startswith("push to "):
            thread.join(60)


def puts(carrier):
    """What it was given, in order."""
    return [path for path, _ in carrier.steps if not path.startswith("-")]
