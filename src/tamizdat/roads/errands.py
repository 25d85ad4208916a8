"""Files of which one good copy is enough, fetched from whichever mirror has it first.

A file is asked of one mirror. If that has not delivered within the hedge time, the next is asked as well, and so on;
the first good copy wins. A mirror that another overtook is slow, and sinks in the order.

Where the reader's own network is slow, every file is late and asking twice would only make it later. So one file at a
time is hedged: if the second mirror wins, the first is known to be slow, and all that it still owes is asked of
others at once; if not, it cost one transfer in nine. A lone mirror is waited for as long as its carrier does.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from tamizdat.carriers.port import Inbound
from tamizdat.errors import NoMirrorError, TamizdatError
from tamizdat.roads.attempts import Answer, Attempts
from tamizdat.roads.clock import Clock
from tamizdat.roads.harmless import harmless
from tamizdat.roads.trail import MirrorTrail

T = TypeVar("T")
Job = tuple[str, int, Callable[[bytes], T]]
"""Path, the most bytes it may have, and what checks it (and raises one of our errors) and makes something of it."""
_AT_ONCE: Final = 8


@dataclass(slots=True)
class _Errand(Generic[T]):
    """One file: whom it was asked of, and when the next mirror's turn comes."""

    number: int
    path: str
    max_bytes: int
    check: Callable[[bytes], T]
    asked: list[int] = field(default_factory=list)
    overdue: float = 0.0
    reasons: list[str] = field(default_factory=list)


class Errands(Generic[T]):
    """Many files at once. ``order`` gives, for a file's number, the mirrors' positions in the order to ask them."""

    def __init__(
        self,
        mirrors: Sequence[Inbound],
        trails: Sequence[MirrorTrail],
        order: Callable[[int], list[int]],
        clock: Clock,
        hedge_seconds: float,
    ) -> None:
        self._mirrors = mirrors
        self._trails = trails
        self._order = order
        self._clock = clock
        self._hedge_seconds = hedge_seconds
        self._attempts = Attempts(mirrors, clock)
        self._running: dict[int, _Errand[T]] = {}
        self._done: dict[int, T | TamizdatError] = {}
        self._hedged: int | None = None
        """The file that several mirrors were asked for because the first was late."""

    def run(self, jobs: Iterable[Job[T]]) -> Iterator[T | TamizdatError]:
        """Results in the order of the jobs, each as soon as it and those before it are there; faults in their places.

        A fault is NoMirrorError, which lists what was wrong with each mirror.
        """
        waiting = enumerate(jobs)
        number = 0
        try:
            while True:
                while len(self._running) < _AT_ONCE and (job := next(waiting, None)) is not None:
                    self._start(_Errand(job[0], *job[1]))
                if not self._running and number not in self._done:
                    return
                if number in self._done:
                    yield self._done.pop(number)
                    number += 1
                else:
                    self._step()
        finally:
            self._attempts.abandon()

    def _start(self, errand: _Errand[T]) -> None:
        self._running[errand.number] = errand
        self._ask_next(errand)

    def _step(self) -> None:
        """Take one answer, or hedge the file that is overdue."""
        due = self._next_due()
        if (answer := self._attempts.next(due[0] if due else None)) is not None:
            self._settle(answer)
        elif due:
            errand = due[1]
            if not self._is_stuck(errand):
                self._hedged = errand.number
            self._ask_next(errand)

    def _next_due(self) -> tuple[float, _Errand[T]] | None:
        """The file whose next mirror is to be asked first, and when."""
        found: list[tuple[float, int]] = []
        for errand in self._running.values():
            if self._next_mirror(errand) is None:
                continue
            if self._is_stuck(errand):
                found.append((self._clock.now(), errand.number))
            elif self._hedged in {None, errand.number}:
                found.append((errand.overdue, errand.number))
        if not found:
            return None
        when, number = min(found)
        return when, self._running[number]

    def _is_stuck(self, errand: _Errand[T]) -> bool:
        """Whether only mirrors that are known to be slow were asked."""
        return all(self._trails[position].slow for position in self._attempts.waiting_for(errand.number))

    def _next_mirror(self, errand: _Errand[T]) -> int | None:
        return next((position for position in self._order(errand.number) if position not in errand.asked), None)

    def _ask_next(self, errand: _Errand[T]) -> None:
        """Ask one more mirror; with none left and nothing under way, the file is not to be had."""
        position = self._next_mirror(errand)
        if position is not None:
            errand.asked.append(position)
            errand.overdue = self._clock.now() + self._hedge_seconds
            self._attempts.begin(errand.number, position, errand.path, errand.max_bytes)
        elif not self._attempts.waiting_for(errand.number):
            reasons = "\n  ".join(errand.reasons)
            self._finish(errand, NoMirrorError(f"no mirror gave a good copy of {errand.path}:\n  {reasons}"))

    def _settle(self, answer: Answer) -> None:
        errand, trail = self._running[answer.number], self._trails[answer.position]
        try:
            if isinstance(answer.outcome, TamizdatError):
                raise answer.outcome
            result = errand.check(answer.outcome)
        except TamizdatError as error:
            trail.failed(errand.path, error, answer.outcome if isinstance(answer.outcome, bytes) else None)
            errand.reasons.append(f"{self._mirrors[answer.position].name}: {harmless(str(error))}")
            self._miss(errand, answer.position)
            return
        trail.served(errand.path, answer.outcome)
        for position in errand.asked[: errand.asked.index(answer.position)]:
            if position in self._attempts.waiting_for(errand.number):
                self._trails[position].left_behind(errand.path)
        self._attempts.abandon(errand.number)
        self._finish(errand, result)

    def _miss(self, errand: _Errand[T], position: int) -> None:
        """One mirror has no good copy: the next one's turn, unless one was asked after it and still may deliver."""
        later = errand.asked[errand.asked.index(position) + 1 :]
        waiting = self._attempts.waiting_for(errand.number)
        if not any(other in waiting for other in later):
            self._ask_next(errand)
        if self._hedged == errand.number and len(self._attempts.waiting_for(errand.number)) < 2:
            self._hedged = None

    def _finish(self, errand: _Errand[T], result: T | TamizdatError) -> None:
        self._done[errand.number] = result
        del self._running[errand.number]
        if self._hedged == errand.number:
            self._hedged = None
