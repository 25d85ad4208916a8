"""Whether the news gets out: everything that the desk shows, worked out from orders, runs and looks at mirrors."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Sum
from django.utils.translation import gettext as _
from wagtail.models import PageLogEntry

from tamizdat.config import Config
from tamizdat.locales import endonym
from tamizdat.newsroom.desk.advice import advice
from tamizdat.newsroom.desk.keys import Expiry, expiries
from tamizdat.newsroom.desk.models import Job, MirrorCheck, MirrorReach
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.newsroom.pressroom.models import Order, Run
from tamizdat.newsroom.pressroom.press import finished_upto
from tamizdat.newsroom.pressroom.scheduling import FAILED
from tamizdat.publisher.pipeline import OUT_DIR
from tamizdat.roads.trail import Standing

DAYS: Final = 30
_SLOW_SECONDS: Final = 30
_REPORTS_READ: Final = 200
_GRADES: Final[dict[str, str]] = {
    Standing.CURRENT: "good",
    Standing.SLOW: "good",
    Standing.LIES: "bad",
    Standing.UNREACHABLE: "bad",
}


@dataclass(frozen=True, slots=True)
class State:
    """How it is, in a word for machines (``well``, ``waiting``, ``stuck``), in one for people, and what to do."""

    kind: str
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class EditionRow:
    """The newest edition of a language."""

    language: str
    name: str
    number: int
    stories: int
    since: datetime


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """Where editions go, and what went wrong there last time."""

    name: str
    fault: str
    advice: str


@dataclass(frozen=True, slots=True)
class MirrorRow:
    """A mirror of the settings and the last look at it; ``check`` is None if nobody has looked yet."""

    url: str
    since: date | None
    check: MirrorCheck | None
    advice: str
    strip: tuple[str, ...]
    """For each of the last days ``good``, ``poor``, ``bad`` or empty for no look."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; ``share`` of the highest, in per cent. ``x`` and ``y`` place it in a field of 300 x 110."""

    label: str
    value: int
    share: int
    x: int = 0

    @property
    def y(self) -> int:
        """Where it begins, from the top."""
        return 105 - self.share


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A signed file in force, and whether somebody should see to it."""

    expiry: Expiry
    urgent: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """The whole page."""

    state: State
    waiting: int
    editions: tuple[EditionRow, ...]
    carriers: tuple[CarrierRow, ...]
    mirrors: tuple[MirrorRow, ...]
    keys: tuple[KeyRow, ...]
    faults: tuple[tuple[str, str], ...]
    jobs: tuple[Job, ...]
    editions_a_day: tuple[Bar, ...]
    reach: tuple[Bar, ...]


def outlook(now: datetime) -> Outlook:
    """How things are at ``now`` (UTC)."""
    config = publication_settings()
    runs = list(Run.objects.order_by("-id")[:_REPORTS_READ])
    last = next((run for run in runs if run.ended and not run.failed), None)
    return Outlook(
        state=state_now(now, runs),
        waiting=Order.objects.filter(pk__gt=finished_upto()).count(),
        editions=tuple(_editions(config, runs)),
        carriers=tuple(_carriers(last)),
        mirrors=tuple(_mirrors(config, now)),
        keys=tuple(KeyRow(each, each.is_urgent(now)) for each in expiries(here().folder, here().folder / OUT_DIR)),
        faults=(*_faults(last), *_schedules(now)),
        jobs=tuple(Job.objects.exclude(fault="").order_by("name")),
        editions_a_day=bars(_editions_a_day(now)),
        reach=bars(_reach(now)),
    )


def state_now(now: datetime, runs: Iterable[Run] | None = None) -> State:
    """Whether what editors published is with readers; costs three queries, for the home page."""
    newest = next(iter(runs if runs is not None else Run.objects.order_by("-id")[:1]), None)
    waiting = Order.objects.filter(pk__gt=finished_upto()).order_by("pk").first()
    if newest and newest.ended and newest.failed:
        error = str(newest.report.get("error", ""))
        return State("stuck", _("Publishing fails: %(error)s") % {"error": error}, advice(error))
    if waiting and (now - waiting.at).total_seconds() > _SLOW_SECONDS:
        hint = _("Is the press running? Ask whoever started the newsroom to look at its terminal.")
        since = _("Something has been waiting for the press since %(at)s UTC.") % {"at": f"{waiting.at:%H:%M}"}
        return State("stuck", since, hint)
    if waiting:
        return State("waiting", _("The press is making an edition."))
    if newest and any(place["fault"] for place in newest.report.get("carriers", ())):
        return State("waiting", _("The news is out, but not everywhere: see the carriers below."))
    return State("well", _("Everything that was published is out."))


def _editions(config: Config, runs: list[Run]) -> Iterable[EditionRow]:
    for language in config.publication.languages:
        reports = ((run, run.report.get("editions", {}).get(language)) for run in runs if not run.failed)
        found = [(run, report) for run, report in reports if report]
        if found:
            made = next((run for run, report in found if report["new"]), found[-1][0])
            number, stories = found[0][1]["edition"], found[0][1]["stories"]
            yield EditionRow(language, endonym(language), number, stories, made.started)


def _carriers(last: Run | None) -> Iterable[CarrierRow]:
    for place in last.report.get("carriers", ()) if last else ():
        yield CarrierRow(place["carrier"], place["fault"], advice(place["fault"]) if place["fault"] else "")


def _faults(last: Run | None) -> Iterable[tuple[str, str]]:
    for fault in last.report.get("faults", ()) if last else ():
        if not fault["note"]:
            yield fault["text"], advice(fault["text"])


def _schedules(now: datetime) -> Iterable[tuple[str, str]]:
    """Schedules of the last week that could not be kept."""
    found = PageLogEntry.objects.filter(action=FAILED, timestamp__gte=now - timedelta(days=7)).order_by("-timestamp")
    for entry in found[:20]:
        hint = _("It is no longer scheduled: see to it in the story, and publish or schedule it anew.")
        yield f"{entry.label}: {entry.data.get('reason', '')}", hint


def _mirrors(config: Config, now: datetime) -> Iterable[MirrorRow]:
    urls = [mirror.url for mirror in config.mirrors]
    newest = (
        MirrorCheck.objects.filter(url__in=urls)
        .values("url")
        .annotate(newest=Max("pk"))
        .values_list("newest", flat=True)
    )
    checks = {check.url: check for check in MirrorCheck.objects.filter(pk__in=list(newest))}
    days = _days(now)
    seen: dict[str, dict[date, str]] = {url: {} for url in urls}
    past = MirrorCheck.objects.filter(url__in=urls, at__date__gte=days[0]).values_list("url", "at", "standing")
    for url, at, standing in past.order_by("at"):
        seen[url][at.date()] = worst(seen[url].get(at.date(), ""), grade(standing))
    for mirror in config.mirrors:
        check = checks.get(mirror.url)
        hint = advice(f"mirror {check.standing}") if check and grade(check.standing) != "good" else ""
        yield MirrorRow(mirror.url, mirror.since, check, hint, tuple(seen[mirror.url].get(day, "") for day in days))


def grade(standing: str) -> str:
    """``good``, ``poor`` or ``bad``."""
    return _GRADES.get(standing, "poor")


def worst(*grades: str) -> str:
    """The worst of several."""
    return max(grades, key=("", "good", "poor", "bad").index)


def bars(values: dict[str, int]) -> tuple[Bar, ...]:
    """Bars of a chart."""
    highest = max(values.values(), default=0) or 1
    return tuple(
        Bar(label, value, round(100 * value / highest), 10 * at) for at, (label, value) in enumerate(values.items())
    )


def _editions_a_day(now: datetime) -> dict[str, int]:
    days = _days(now)
    counted: Counter[date] = Counter()
    runs = Run.objects.filter(failed=False, started__date__gte=days[0]).values_list("started", "report__editions")
    for started, editions in runs.iterator():
        counted[started.date()] += sum(1 for each in (editions or {}).values() if each["new"])
    return {f"{day:%m-%d}": counted[day] for day in days}


def _reach(now: datetime) -> dict[str, int]:
    since = _days(now)[0]
    rows: Any = MirrorReach.objects.filter(day__gte=since).exclude(language="").values("language")
    return {
        endonym(row["language"]): row["sum"] for row in rows.annotate(sum=Sum("answers")).order_by("-sum", "language")
    }


def _days(now: datetime) -> list[date]:
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
