"""All carriers pushed to at once, each in a thread of its own and at its own pace, so that none delays another.

What fails is tried again, after pauses that grow. What stays silent, or takes much longer than the others, is left
behind: its thread is told to write nothing more, and nobody waits for it. The next push goes on from there. All is
decided, and noted, in the thread that called (docs/adr/0019).
"""

import contextlib
import errno
import resource
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import inf
from queue import SimpleQueue
from typing import Final

from tamizdat.carriers.port import Outbound
from tamizdat.errors import CarrierError
from tamizdat.publisher.known import Known
from tamizdat.publisher.progress import Progress, Standing
from tamizdat.publisher.push import AbandonedError, Push, StrangeError
from tamizdat.publisher.turns import Turns
from tamizdat.publisher.web_root import WebRoot
from tamizdat.roads.clock import Clock

_NOTE_SECONDS: Final = 10.0
"""How much of what was learnt a crash may make us forget: it is then compared, not sent again."""
_MOST_AT_ONCE: Final = 100
"""Files that one carrier writes before it waits for its disk. Fewer than folders take of themselves: so an end that
comes meanwhile comes before any of them has its name (``Outbound.put_many``)."""
_MOST_OPEN: Final = 65_536
_KEPT_OPEN: Final = 256
"""Open files that are not for carriers."""
_FOR_A_HAND: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ELOOP})
"""What no waiting mends."""
_THREAD: Final = "push to "


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a push bears with a carrier."""

    pauses: tuple[float, ...] = (1.0, 4.0, 15.0)
    """Seconds before each further attempt. One that got something done earns all of them anew."""
    silent_seconds: float = 120.0
    """Without a sign, it is left behind when nobody else is under way."""
    longer_seconds: float = 600.0
    """So much longer than the last of the others, it is left behind even if it moves."""


PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True)
class Pushed:
    """How one carrier fared. ``fault`` is empty when all went well."""

    carrier: str
    files: int
    bytes: int
    fault: str = ""
    attempts: int = 1
    seconds: float = 0.0
    strange: bool = False
    """Whether it was not as it was left, so that differences are not enough."""


@dataclass(slots=True, eq=False)
class _Run:
    """The push to one carrier, from its first attempt to its end."""

    push: Push
    begun: float
    moved_at: float
    thread: threading.Thread | None = None
    attempts: int = 0
    fruitless: int = 0
    """Attempts since one got something done."""
    left: float = inf
    """How much was left after the last attempt."""
    again_at: float | None = None
    """When the next attempt begins, if none is under way."""
    news: bool = False
    """Whether something was learnt that is not noted yet."""
    result: Pushed | None = field(default=None)


_Event = tuple[_Run, BaseException | bool]
"""A run, and: why an attempt ended, True if it went well, False if it has not ended."""


class Pushes:
    """Pushes to ``carriers``, each with what is known of it: ``root``, or what it needs of it by its name in ``roots``.

    ``note`` is given, by name of carrier, what is to be known of it next time: now and then, and at the end.
    """

    def __init__(
        self,
        root: WebRoot,
        carriers: Iterable[tuple[Outbound, Known]],
        note: Callable[[Mapping[str, bytes]], None],
        clock: Clock,
        patience: Patience = PATIENCE,
        roots: Mapping[str, WebRoot] | None = None,
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._note = note
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._turns = Turns()
        # Two tables for one place are one carrier: two threads would write the same files.
        places = {carrier.name: (carrier, known) for carrier, known in carriers}
        at_once = _files_at_once(len(places))
        roots = roots or {}
        self._runs = [self._run_of(roots.get(name, root), *place, at_once) for name, place in places.items()]
        self._open = dict.fromkeys(self._runs)
        self._noted_at = self._last_done = clock.now()
        self._any_done = False

    def _run_of(self, root: WebRoot, carrier: Outbound, known: Known, at_once: int) -> _Run:
        def moved() -> None:
            run.moved_at = self._clock.now()

        def learnt() -> None:
            moved()
            run.news = True
            self._events.put((run, False))

        now = self._clock.now()
        turn = partial(self._turns.turn, carrier.name)
        run = _Run(Push(root, carrier, known, at_once, moved, learnt, turn), now, now)
        return run

    def run(self, progress: Progress) -> tuple[Pushed, ...]:
        """Push to all; the results in the order of the carriers. Returns when each has ended or was left behind."""
        stuck = {thread.name for thread in threading.enumerate()}
        with progress.pushing([run.push.tally for run in self._runs]):
            try:
                for run in self._runs:
                    if _thread_name(run) in stuck:
                        # It was left behind, and could still give an older file its name.
                        self._end(run, Standing.LEFT, "an earlier push to it has not ended yet")
                    else:
                        self._begin(run)
                while self._open:
                    self._wait()
            finally:
                for run in self._open:
                    run.push.abandon()
                self._note_news()
        return tuple(run.result for run in self._runs if run.result)

    # --- one attempt, in a thread of its own ---

    def _begin(self, run: _Run) -> None:
        run.attempts += 1
        run.again_at = None
        run.moved_at = self._clock.now()
        # The last attempt begins with what must go: that must not wait, and may make room.
        gone_first = run.fruitless == len(self._patience.pauses)
        work = partial(self._attempt, run, gone_first=gone_first)
        thread = threading.Thread(target=work, name=_thread_name(run), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the machine has no more threads: there may be some in a while
            run.thread = None
            self._events.put((run, OSError(str(error))))
        else:
            run.thread = thread

    def _attempt(self, run: _Run, *, gone_first: bool) -> None:
        try:
            if gone_first:
                with contextlib.suppress(CarrierError):
                    run.push.take_down()
            run.push.go_on()
        except AbandonedError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this carrier's alone; the report names it
            if not _is_passing(error):
                # A takedown must not wait for whatever is wrong.
                with contextlib.suppress(AbandonedError, Exception):
                    run.push.take_down()
            self._events.put((run, error))
        else:
            self._events.put((run, True))

    # --- what comes of it ---

    def _wait(self) -> None:
        """Wait for one event, or for the next limit."""
        until = self._limit()
        event = self._clock.take(self._events, None if until == inf else until)
        if event is None:
            self._limit_came()
        elif event[0].result is None:
            self._heard(*event)
        if self._clock.now() - self._noted_at >= _NOTE_SECONDS:
            self._note_news()

    def _heard(self, run: _Run, outcome: BaseException | bool) -> None:
        if outcome is False:
            return
        if run.thread:
            run.thread.join()  # it has said its last word, and must not be taken for one that hangs
        if outcome is True:
            self._any_done, self._last_done = True, self._clock.now()
            self._end(run, Standing.DONE)
            return
        left = run.push.left if run.push.looked else inf
        run.fruitless = 1 if left < run.left else run.fruitless + 1
        run.left = left
        fault = _text(outcome)
        if isinstance(outcome, StrangeError):
            self._end(run, Standing.FAILED, fault, strange=True)
            return
        if run.fruitless > len(self._patience.pauses) or not _is_passing(outcome):
            self._end(run, Standing.FAILED, fault)
            return
        pause = self._patience.pauses[run.fruitless - 1]
        run.again_at = self._clock.now() + pause
        tally = run.push.tally
        tally.standing, tally.again_at, tally.fault = Standing.AGAIN, run.again_at, fault

    def _end(self, run: _Run, standing: Standing, fault: str = "", *, strange: bool = False) -> None:
        tally = run.push.tally
        tally.standing, tally.fault = standing, fault
        seconds = self._clock.now() - run.begun
        run.result = Pushed(tally.name, tally.files, tally.bytes, fault, run.attempts, seconds, strange)
        run.news = run.news or run.push.known.changed
        del self._open[run]

    # --- limits ---

    def _limit(self) -> float:
        """When something has to be done though nobody was heard."""
        again = min((run.again_at for run in self._open if run.again_at is not None), default=inf)
        return min(again, self._patience_ends())

    def _patience_ends(self) -> float:
        """When the last of those under way has been waited for long enough."""
        silent = (inf if run.again_at else run.moved_at + self._patience.silent_seconds for run in self._open)
        late = self._last_done + self._patience.longer_seconds if self._any_done else inf
        return min(max(silent, default=inf), late)

    def _limit_came(self) -> None:
        now = self._clock.now()
        for run in [run for run in self._open if run.again_at is not None and run.again_at <= now]:
            self._begin(run)
        if self._patience_ends() <= now:
            for run in list(self._open):
                run.push.abandon()
                self._end(run, Standing.LEFT, self._why_left(run, now))

    def _why_left(self, run: _Run, now: float) -> str:
        silent = now - run.moved_at
        if run.again_at:
            why = f"it failed again and again ({run.push.tally.fault})"
        elif silent >= self._patience.silent_seconds:
            why = f"no sign of it for {silent:.0f} s"
        else:
            why = f"the others are done for {now - self._last_done:.0f} s"
        return f"left behind: {why}; the next push goes on from there"

    # --- what is known ---

    def _note_news(self) -> None:
        news = [run for run in self._runs if run.news]
        for run in news:
            run.news = False
        if news:
            self._note({run.push.tally.name: run.push.known.to_bytes(whole=run.push.looked) for run in news})
        self._noted_at = self._clock.now()


def _thread_name(run: _Run) -> str:
    return _THREAD + run.push.tally.name


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _is_passing(error: BaseException) -> bool:
    """Whether it may go well a little later."""
    cause = error.__cause__ if isinstance(error, CarrierError) else error
    if isinstance(cause, OSError):
        return cause.errno not in _FOR_A_HAND
    return isinstance(error, CarrierError)


def _files_at_once(carriers: int) -> int:
    """How many files each of so many carriers may write at once: each takes one that is open, and one for its folder.

    The process's own limit is raised as far as the system lets it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, _MOST_OPEN)
    needed = _KEPT_OPEN + 2 * carriers * (_MOST_AT_ONCE + 1)
    if soft != resource.RLIM_INFINITY and soft < min(most, needed):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, needed), hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = needed if soft == resource.RLIM_INFINITY else soft
    return max(1, min(_MOST_AT_ONCE, (room - _KEPT_OPEN) // (2 * max(1, carriers)) - 1))
