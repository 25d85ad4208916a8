"""Jobs that come round: each by one worker at a time, however many there are and wherever they run.

A worker that is killed leaves a claim behind that runs out; the job is then somebody else's.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import close_old_connections
from django.db.models import Q

from tamizdat.newsroom.desk.models import Job

LOOK_SECONDS: Final = 1.0
_AT_ONCE: Final = 4
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """A job: its name, how often it comes round, how long it may take, and what it does."""

    name: str
    every: timedelta
    at_most: timedelta
    work: Callable[[], object]


def claim(round_: Round, now: datetime) -> bool:
    """Whether the job is due and now ours. Of two that ask at once, one gets it."""
    Job.objects.get_or_create(name=round_.name)
    due = Q(started=None) | Q(started__lte=now - round_.every)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    taken = Job.objects.filter(due, free, name=round_.name).update(started=now, claimed_until=now + round_.at_most)
    return taken == 1


def run(round_: Round) -> None:
    """Do the job and write down what came of it. A fault of one job is none of the others."""
    fault = ""
    try:
        round_.work()
    except Exception as error:  # noqa: BLE001 - jobs speak to the world; whatever they raise is told on the desk
        fault = f"{type(error).__name__}: {error}"
        _log.exception("the job %s failed", round_.name)
    Job.objects.filter(name=round_.name).update(ended=datetime.now(UTC), claimed_until=None, fault=fault[:2_000])


def work(rounds: Iterable[Round], stopped: threading.Event) -> None:
    """Run what is due until ``stopped``."""
    all_rounds = tuple(rounds)

    def run_alone(round_: Round) -> None:
        try:
            run(round_)
        finally:
            close_old_connections()

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="job") as pool:
        while not stopped.wait(LOOK_SECONDS):
            for round_ in all_rounds:
                if claim(round_, datetime.now(UTC)):
                    pool.submit(run_alone, round_)
