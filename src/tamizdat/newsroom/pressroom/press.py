"""The press worker: takes orders, makes editions, says what came of it. One at a time works on a folder.

It is kept warm: keys are open, templates compiled. Whatever kills it leaves the ledger whole, and the orders that it
did not finish are still orders.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any, Final

from django.db import close_old_connections
from django.db.models import Max

from tamizdat.config import NEWSROOM, Config
from tamizdat.errors import ConfigError, ItemNote, TamizdatError
from tamizdat.newsroom.pressroom.bell import Bell
from tamizdat.newsroom.pressroom.models import Order, Run
from tamizdat.newsroom.pressroom.newsroom import PressNewsroom
from tamizdat.newsroom.pressroom.scheduling import publish_due, seconds_to_next
from tamizdat.publisher.pipeline import Publisher, Report
from tamizdat.trust.keyring import Keyring

RENEWAL_SECONDS: Final = 3_600.0
"""However little happens: signatures are renewed, feeds are read, carriers that failed are tried again."""
THOROUGH_SECONDS: Final = 20 * 3_600.0
"""Everything is looked at so often, when nothing was ordered: before the publisher would have to."""
LEDGER_KEY: Final = "ledger"
_LOOK_SECONDS: Final = 1.0
_BUSY_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = (2.0, 5.0, 15.0, 60.0, 300.0)
_log: Final = logging.getLogger(__name__)


class Press:
    """The press of the publication in ``folder``, whose keys ``keyring`` opens."""

    def __init__(self, folder: Path, keyring: Keyring, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._keyring = keyring
        self._now = now
        self._failures = 0
        self._last_attempt: datetime | None = None
        self._last_thorough: datetime | None = None
        self._publisher: Publisher | None = None
        """Kept between runs for what it has in mind; let go after every failure."""

    def work(self, bell: Bell, stopped: Callable[[], bool]) -> None:
        """Work until ``stopped``: on every order, on every schedule that is due, and now and then without either."""
        while not stopped():
            close_old_connections()
            late = not self._keep_schedules()
            if self.is_due():
                busy = self.run().pk is None
                self._warm_up()
                if busy:
                    bell.wait(_BUSY_SECONDS)
                continue
            bell.wait(_LOOK_SECONDS if late else min(_LOOK_SECONDS, seconds_to_next(self._now())))

    def _keep_schedules(self) -> bool:
        """Publish what is due; whether that could be done. Why not is told once, as of a run that failed."""
        try:
            publish_due(self._now())
        except Exception as error:  # noqa: BLE001 - the press must outlive whatever a story raises; it is told on the desk
            last = Run.objects.order_by("-id").first()
            report = {"error": f"{type(error).__name__}: {error}", "kind": "schedule"}
            if last is None or last.report != report:
                _log.exception("what is due could not be published")
                now = self._now()
                Run.objects.create(upto=finished_upto(), started=now, ended=now, failed=True, report=report)
            return False
        return True

    def is_due(self) -> bool:
        """Whether there is an order that no finished run covers, or it is time for a renewal."""
        waited = _seconds(self._last_attempt, self._now())
        if self._failures:
            return waited >= _RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS)) - 1]
        return newest_order() > finished_upto() or waited >= RENEWAL_SECONDS

    def run(self) -> Run:
        """Publish everything that was ordered so far. A failure is written down and tried again, longer and longer."""
        upto, started = newest_order(), self._now()
        self._last_attempt = started
        run = Run.objects.create(upto=upto, started=started)
        try:
            report = self._publish(started)
            run.report, run.failed, self._failures = report_json(report), False, 0
        except ConfigError as error:
            if error.fields.get("key") == LEDGER_KEY:
                self._publisher = None
                # Another press is at it, on this machine or by hand: what it does not cover is for the next look.
                run.delete()
                return run
            run.report, run.failed = _failure(error), True
            self._failures += 1
        except TamizdatError as error:
            run.report, run.failed = _failure(error), True
            self._failures += 1
            _log.warning("publishing failed: %s", error)
        except Exception as error:  # noqa: BLE001 - the press must outlive whatever a publish raises; it is written down and retried
            run.report, run.failed = {"error": repr(error), "kind": "unexpected"}, True
            self._failures += 1
            _log.exception("publishing failed")
        if run.failed:
            self._publisher = None
        run.ended = self._now()
        run.save()
        return run

    def _publish(self, now: datetime) -> Report:
        """By difference where an order asks for it; everything once a day, and hourly where there are feeds."""
        if self._publisher is None:
            self._publisher = Publisher(self._folder, self._keyring, newsroom=PressNewsroom())
        thorough = self._is_time_for_everything(self._publisher.config, now)
        report = self._publisher.publish(now.replace(microsecond=0), thorough=thorough)
        if thorough:
            self._last_thorough = now
        return report

    def _is_time_for_everything(self, config: Config, now: datetime) -> bool:
        others = any(source.kind != NEWSROOM for source in config.sources)
        wait = RENEWAL_SECONDS if others else THOROUGH_SECONDS
        # What somebody has just published does not wait for a feed's server, nor for all files to be looked at.
        ordered = newest_order() > finished_upto()
        return self._last_thorough is None or (not ordered and _seconds(self._last_thorough, now) >= wait)

    def _warm_up(self) -> None:
        """After a run, when nothing waits: have in mind what the next story will need."""
        if self._publisher is None or newest_order() > finished_upto():
            return
        try:
            self._publisher.warm_up(self._now().replace(microsecond=0))
        except TamizdatError as error:
            _log.warning("warming up failed: %s", error)
            self._publisher = None


def _seconds(since: datetime | None, now: datetime) -> float:
    """How long ago it was. What was never, or at a moment that is yet to come, since a clock was wrong: for ever."""
    passed = (now - since).total_seconds() if since else -1.0
    return passed if passed >= 0 else inf


def _failure(error: Exception) -> dict[str, Any]:
    return {"error": str(error), "kind": type(error).__name__}


def newest_order() -> int:
    """The id of the newest order; 0 for none."""
    return Order.objects.aggregate(newest=Max("id"))["newest"] or 0


def finished_upto() -> int:
    """Up to which order editions have been published; 0 for none."""
    return Run.objects.filter(failed=False, ended__isnull=False).aggregate(upto=Max("upto"))["upto"] or 0


def report_json(report: Report) -> dict[str, Any]:
    """A publish's report as it is kept."""
    return {
        "editions": {
            edition.language: {"edition": edition.number, "stories": edition.stories, "new": edition.new}
            for edition in report.editions
        },
        "faults": [
            {"note": isinstance(fault, ItemNote), "text": str(fault)} for fault in report.gathering.faults[:100]
        ],
        "carriers": [
            {"carrier": place.carrier, "files": place.files, "bytes": place.bytes, "fault": place.fault or ""}
            for place in report.pushed
        ],
    }
