"""What was decided goes out: from the local web root to one carrier, in an order that a crash cannot turn into half a
publish (promise 8; spec/site.md, "Publishing").

Content that is named by its hash first, then metadata that names it (versioned, never changed), then pages, which are
overwritten in place, leaves before the pages that link to them; the timestamp last. Whoever reads a mirror at any
moment follows the old timestamp or the new one to the end.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice, takewhile
from threading import Event
from typing import Final

from tamizdat.carriers.port import Outbound
from tamizdat.errors import CarrierError
from tamizdat.publisher.known import NOTHING, Known
from tamizdat.publisher.progress import Standing, Tally
from tamizdat.publisher.web_root import RootFile, WebRoot, in_writing_order

_LOOKS: Final = 1_000
"""Marks that are looked at in one piece of work."""


class AbandonedError(BaseException):
    """Nobody waits for this push any more. No Exception: no carrier may take it for a fault of its own."""


class StrangeError(Exception):
    """The carrier is not as it was left: more has to be compared than what changed since."""


def _nothing() -> None:
    """Nobody wants to know."""


class _Doubts:
    """Files that are there, or may be, to be compared: where in the web root they are, and what their marks said.

    A hundred carriers may each have 200,000 of them, so they are kept small.
    """

    def __init__(self) -> None:
        self._files = array("L")
        self._said = array("Q")

    def __len__(self) -> int:
        return len(self._files)

    def add(self, at: int, said: int) -> None:
        self._files.append(at)
        self._said.append(said)

    def last(self, most: int) -> list[tuple[int, int]]:
        """Some of the last, the very last first."""
        return list(zip(self._files[-most:], self._said[-most:], strict=True))[::-1]

    def drop(self) -> None:
        """The last is settled."""
        self._files.pop()
        self._said.pop()


class Push:
    """One carrier, brought up to date in as many attempts as it takes. One thread at a time works on it.

    ``known`` is what pushes before this one knew of the carrier, and takes what this one learns. ``moved`` is called
    whenever something has happened, ``learnt`` whenever something more is known; ``turn`` is entered for each piece of
    work; at most ``at_once`` files are written at once.
    """

    def __init__(
        self,
        root: WebRoot,
        carrier: Outbound,
        known: Known,
        at_once: int,
        moved: Callable[[], None] = _nothing,
        learnt: Callable[[], None] = _nothing,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.carrier = carrier
        self.known = known
        self.tally = Tally(carrier.name)
        self.looked = False
        """Whether all that the carrier has was looked at; until then ``known`` is not whole."""
        self._root = root
        self._at_once = at_once
        self._moved = moved
        self._learnt = learnt
        self._turn = turn
        self._abandoned = Event()
        self._doubtful = _Doubts()
        self._todo: list[RootFile] = []
        self._timestamp = root.timestamp
        self._gone = list(root.gone)

    @property
    def left(self) -> int:
        """How much is still to be done, once the carrier was looked at."""
        return len(self._doubtful) + len(self._todo) + len(self._gone) + (self._timestamp is not None)

    def abandon(self) -> None:
        """Nobody waits any more: nothing that has not begun is written or deleted. Any thread may call this."""
        self._abandoned.set()

    def go_on(self) -> None:
        """Begin, or go on where the last attempt ended. Raises CarrierError for the carrier's faults.

        Files that the carrier already holds are not sent again. Raises UsageError if the local web root is not whole.
        """
        self._step(Standing.SENDING if self.looked else Standing.LOOKING)
        if not self.looked:
            self._look()
        self._compare()
        self._step(Standing.SENDING)
        while self._todo:
            self._send_batch()
        self._send_timestamp()
        # Not earlier, because the timestamp that the carrier held until now names these files.
        self.take_down()

    def take_down(self) -> None:
        """Delete what must not stay. Raises CarrierError at the end if some of it could not be deleted."""
        failed: list[str] = []
        fault: CarrierError | None = None
        for path in self._gone:
            self._check()
            try:
                self.carrier.delete(path)
            except CarrierError as error:
                failed.append(path)
                fault = error
            self._moved()
        self._gone = failed
        if fault:
            raise fault

    # --- what is there ---

    def _look(self) -> None:
        """Sort the wanted files into those that are there, those that may be, and those that are not."""
        if self._root.before is not None:
            self._look_at_timestamp(self._root.before)
            return
        settled = bytearray(len(self._root.files))
        doubtful = _Doubts()
        marks = iter(self.carrier.marks())
        more = True
        while more:
            with self._turn():
                more = self._look_at(islice(marks, _LOOKS), settled, doubtful)
        self._doubtful = doubtful
        self._todo = [file for file, known in zip(self._root.files, settled, strict=True) if not known]
        self.looked = True

    def _look_at_timestamp(self, before: RootFile) -> None:
        """Only what changed may be missing, if the carrier is as it was left. Raises StrangeError if it is not."""
        with self._turn():
            if not self.carrier.holds(before.path, self._root.read(before)):
                raise StrangeError("was altered by somebody else; all of it is compared")
        doubtful = _Doubts()
        for at in range(len(self._root.files)):
            doubtful.add(at, NOTHING)
        self._doubtful = doubtful
        self.looked = True

    def _look_at(self, marks: Iterable[tuple[str, str]], settled: bytearray, doubtful: "_Doubts") -> bool:
        """Look at some of the marks; whether there were any."""
        any_there = False
        for path, mark in marks:
            any_there = True
            self._check()
            self._moved()
            at = self._root.positions.get(path)
            if at is None:
                continue
            file = self._root.files[at]
            settled[at] = True
            said = self.known.look(path, file.digest, mark, again=file.digest[0] == self._root.turn)
            if said is not None:
                doubtful.add(at, said)
        return any_there

    def _compare(self) -> None:
        """What may be there is, or has to be sent."""
        while self._doubtful:
            with self._turn():
                for at, said in self._doubtful.last(self._at_once):
                    self._check()
                    file = self._root.files[at]
                    if self.carrier.holds(file.path, self._root.read(file)):
                        self.known.compared(said)
                    else:
                        self._todo.append(file)
                    self._doubtful.drop()
                    self._moved()
        self._todo = in_writing_order(self._todo)
        rest = [*self._todo, *([self._timestamp] if self._timestamp else [])]
        self.tally.all_files = self.tally.files + len(rest)
        self.tally.all_bytes = self.tally.bytes + sum(file.size for file in rest)

    # --- what is not ---

    def _send_batch(self) -> None:
        """Send the next files, which are of one stage."""
        stage = self._todo[0].stage
        batch = list(takewhile(lambda file: file.stage is stage, self._todo[: self._at_once]))
        before = self.tally.files, self.tally.bytes
        # Until this has gone well nobody knows how many of them have arrived.
        for file in batch:
            self._doubtful.add(self._root.positions[file.path], NOTHING)
        del self._todo[: len(batch)]
        try:
            with self._turn():
                marks = self.carrier.put_many(self._reading(batch))
        except BaseException:
            self.tally.files, self.tally.bytes = before
            raise
        self._doubtful = _Doubts()
        for file, mark in zip(batch, marks, strict=True):
            self.known.put(file.path, file.digest, mark)
        self._learnt()

    def _reading(self, batch: Sequence[RootFile]) -> Iterator[tuple[str, bytes]]:
        for file in batch:
            self._check()
            yield file.path, self._root.read(file)
            self._count(file)
        self._check()  # all are written, and none has its name yet

    def _send_timestamp(self) -> None:
        """Written whatever is there: its time on the disk says when the carrier was last reached."""
        if self._timestamp:
            with self._turn():
                self._check()
                self.carrier.put(self._timestamp.path, self._root.read(self._timestamp))
            self._count(self._timestamp)
            self._timestamp = None

    def _count(self, file: RootFile) -> None:
        self.tally.files += 1
        self.tally.bytes += file.size
        self._moved()

    def _step(self, standing: Standing) -> None:
        self._check()
        self.tally.standing = standing
        self._moved()

    def _check(self) -> None:
        if self._abandoned.is_set():
            raise AbandonedError
