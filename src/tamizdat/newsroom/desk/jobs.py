"""Jobs that come round: each by one worker at a time, however many there are and wherever they run.

Whoever works renews the claim. A worker that is killed leaves one behind that runs out in a minute; the job is then
somebody else's.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import close_old_connections
from django.db.models import Q, QuerySet

from tamizdat.newsroom.clock import LITTLE, shared_now
from tamizdat.newsroom.desk.beating import beating, silence
from tamizdat.newsroom.desk.models import Job

LOOK_SECONDS: Final = 1.0
_AT_ONCE: Final = 4
_MOST_FAULT_CHARS: Final = 2_000
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """A job: its name, how often it comes round, how long it may take until it counts as stuck, and what it does."""

    name: str
    every: timedelta
    at_most: timedelta
    work: Callable[[], object]


class Claim:
    """A job that is ours as long as its row says so. A worker that is killed renews it no more."""

    def __init__(self, round_: Round, now: datetime) -> None:
        self.round = round_
        self._ends = now + round_.at_most
        self._until = min(now + silence(), self._ends)

    @classmethod
    def take(cls, round_: Round, now: datetime) -> "Claim | None":
        """The claim, if the job is due and nobody has it. Of two that ask at once, one gets it.

        It counts as due and free if it began later than now, or is claimed for longer than anybody claims anything.
        """
        Job.objects.get_or_create(name=round_.name)
        due = Q(started=None) | Q(started__lte=now - round_.every) | Q(started__gt=now + LITTLE)
        free = Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_until__gt=now + silence() + LITTLE)
        made = cls(round_, now)
        rows = Job.objects.filter(due, free, name=round_.name)
        return made if rows.update(started=now, claimed_until=made._until) == 1 else None

    def renew(self) -> None:
        """Keep it for longer, if it is still ours, and for as long as the job may take."""
        until = min(shared_now() + silence(), self._ends)
        if self._ours().update(claimed_until=until):
            self._until = until

    def end(self, fault: str) -> None:
        """Free it, if it is still ours, and write down what came of it."""
        self._ours().update(ended=shared_now(), claimed_until=None, fault=fault[:_MOST_FAULT_CHARS])

    def _ours(self) -> QuerySet[Job]:
        return Job.objects.filter(name=self.round.name, claimed_until=self._until)


def run(claim: Claim) -> None:
    """Do the job and write down what came of it. A fault of one job is none of the others."""
    fault = ""
    with beating(claim.renew):
        try:
            claim.round.work()
        except Exception as error:  # noqa: BLE001 - jobs speak to the world; whatever they raise is told on the desk
            fault = f"{type(error).__name__}: {error}"
            _log.exception("the job %s failed", claim.round.name)
    claim.end(fault)


def work(rounds: Iterable[Round], stopped: threading.Event) -> None:
    """Run what is due until ``stopped``. What does not end by then is killed, and goes on when its claim runs out."""
    all_rounds = tuple(rounds)
    active: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="job") as pool:
        while not stopped.wait(LOOK_SECONDS):
            now = shared_now()
            active = {name: future for name, future in active.items() if not future.done()}
            for round_ in all_rounds:
                # Whatever no thread is free for is left to other workers.
                if round_.name in active or len(active) >= _AT_ONCE:
                    continue
                if claim := Claim.take(round_, now):
                    active[round_.name] = pool.submit(_run_alone, claim)


def _run_alone(claim: Claim) -> None:
    try:
        run(claim)
    finally:
        close_old_connections()
