"""Fetching from several mirrors at once: whichever works, checked on arrival, with a trail of who did what."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tamizdat.carriers.port import Inbound
from tamizdat.errors import MissingFileError, TamizdatError
from tamizdat.limits import LIMITS, Limits
from tamizdat.roads.attempts import Attempts
from tamizdat.roads.clock import CLOCK, Clock
from tamizdat.roads.errands import Errands, Job
from tamizdat.roads.trail import MirrorTrail, Standing

T = TypeVar("T")


class Roads:
    """The mirrors of one visit, in the reader's order of preference.

    No mirror can hold up a visit in which another one serves: see :meth:`ask_all` and :mod:`~tamizdat.roads.errands`.
    """

    def __init__(self, mirrors: Sequence[Inbound], clock: Clock = CLOCK, limits: Limits = LIMITS) -> None:
        self._mirrors = tuple(mirrors)
        self._clock = clock
        self._limits = limits
        self.trails = tuple(MirrorTrail(mirror.name) for mirror in mirrors)

    @property
    def newest(self) -> int | None:
        """The highest timestamp version that any mirror served."""
        return max(
            (trail.timestamp_version for trail in self.trails if trail.timestamp_version is not None), default=None
        )

    def ask_all(
        self, path: str, max_bytes: int, is_good: Callable[[bytes | None], bool], *, optional: bool = False
    ) -> list[tuple[MirrorTrail, bytes]]:
        """What each mirror has at ``path``, good or not, in the order of preference.

        Once one gave what ``is_good`` (None: it says that it has no such file), the others have ``grace_seconds``, or
        twice as long as that one took; then they are left behind. Those that were left behind before are asked only
        if nobody else has a good answer. Mirrors without the file are noted unless it is ``optional``.
        """
        answers: dict[int, bytes] = {}
        prompt = [at for at, trail in enumerate(self.trails) if not trail.slow]
        for group in (prompt, [at for at in range(len(self.trails)) if at not in prompt]):
            if group and self._ask_group(group, path, max_bytes, is_good, answers, optional=optional):
                break
        return [(self.trails[position], answers[position]) for position in sorted(answers)]

    def _ask_group(
        self,
        group: Sequence[int],
        path: str,
        max_bytes: int,
        is_good: Callable[[bytes | None], bool],
        answers: dict[int, bytes],
        *,
        optional: bool,
    ) -> bool:
        """Collect the ``answers`` of some mirrors. Whether there was a good one."""
        attempts = Attempts(self._mirrors, self._clock)
        began = self._clock.now()
        until: float | None = None
        try:
            for position in group:
                attempts.begin(0, position, path, max_bytes)
            while attempts.waiting_for(0) and (answer := attempts.next(until)) is not None:
                if isinstance(answer.outcome, bytes):
                    answers[answer.position] = answer.outcome
                elif not optional:
                    self.trails[answer.position].failed(path, answer.outcome)
                if until is None and self._is_good(answer.outcome, is_good):
                    until = answer.at + max(self._limits.grace_seconds, 2 * (answer.at - began))
            for position in attempts.waiting_for(0):
                self.trails[position].left_behind(path)
        finally:
            attempts.abandon()
        return until is not None

    @staticmethod
    def _is_good(outcome: bytes | TamizdatError, is_good: Callable[[bytes | None], bool]) -> bool:
        if isinstance(outcome, MissingFileError):
            return is_good(None)
        return isinstance(outcome, bytes) and is_good(outcome)

    def first_good(self, path: str, max_bytes: int, check: Callable[[bytes], T]) -> T:
        """What ``check`` makes of the first copy that it does not refuse.

        Raises NoMirrorError, listing what was wrong with each, when no mirror has a good copy.
        """
        (result,) = self.many([(path, max_bytes, check)])
        if isinstance(result, TamizdatError):
            raise result
        return result

    def many(self, jobs: Iterable[Job[T]]) -> Iterator[T | TamizdatError]:
        """:meth:`first_good` for many files at once, spread over the mirrors; faults in the places of results."""
        errands: Errands[T] = Errands(self._mirrors, self.trails, self._order, self._clock, self._limits.hedge_seconds)
        return errands.run(jobs)

    def _order(self, start: int) -> list[int]:
        """Mirrors that are up to date, beginning with the ``start``-th of them; then the others, slow ones last."""
        newest = self.newest
        standings = [trail.standing(newest) for trail in self.trails]
        good = [at for at, standing in enumerate(standings) if standing in {Standing.CURRENT, Standing.UNKNOWN}]
        rest = [at for at in range(len(standings)) if at not in good]
        turn = start % len(good) if good else 0
        return good[turn:] + good[:turn] + sorted(rest, key=lambda at: bool(self.trails[at].slow))
