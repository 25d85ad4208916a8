"""Whether the news gets out: everything that the desk shows, worked out from orders, runs and looks at mirrors."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db.models import Sum
from django.utils.translation import gettext as _
from wagtail.models import PageLogEntry

from tamizdat.config import Config
from tamizdat.locales import endonym
from tamizdat.newsroom.desk.advice import advice, job_advice
from tamizdat.newsroom.desk.keys import Expiry, expiries
from tamizdat.newsroom.desk.models import Job, MirrorCheck, MirrorReach
from tamizdat.newsroom.desk.naming import STANDINGS, job_name, role_name
from tamizdat.newsroom.desk.state import (
    LOOK_IS_OLD,
    State,
    dead_background,
    is_background_alive,
    jobs_ahead,
    newest_checks,
    state_now,
)
from tamizdat.newsroom.desk.waiting import Waiting, waiting
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.newsroom.pressroom.models import Order, Run
from tamizdat.newsroom.pressroom.press import finished_upto
from tamizdat.newsroom.pressroom.scheduling import AGAIN, FAILED
from tamizdat.newsroom.reasons import said
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know, may_read
from tamizdat.newsroom.translating.holding import failed_releases
from tamizdat.newsroom.translating.models import Together
from tamizdat.publisher.pipeline import OUT_DIR
from tamizdat.roads.trail import Standing

DAYS: Final = 30
_REPORTS_READ: Final = 200
_SCHEDULES_READ: Final = 500
_GRADES: Final[dict[str, str]] = {
    Standing.CURRENT: "good",
    Standing.SLOW: "good",
    Standing.LIES: "bad",
    Standing.UNREACHABLE: "bad",
}


@dataclass(frozen=True, slots=True)
class EditionRow:
    """The newest edition of a language; ``number`` is 0 if there is none yet, ``since`` None if nobody knows."""

    language: str
    name: str
    number: int
    stories: int
    since: datetime | None


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
    standing: str
    old: bool
    """Whether the last look was so long ago that it says little."""
    advice: str
    strip: tuple[tuple[str, str], ...]
    """For each of the last days its date, and ``good``, ``poor``, ``bad`` or empty for no look."""

    @property
    def strip_text(self) -> str:
        """The same for those who do not see it."""
        grades = Counter(each or "none" for _day, each in self.strip)
        text = _("The last 30 days: %(good)d good, %(poor)d poor, %(bad)d bad, %(none)d without a look")
        return text % {name: grades[name] for name in ("good", "poor", "bad", "none")}


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

    name: str
    expiry: Expiry
    urgent: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """The whole page."""

    state: State
    waiting: int
    queue: tuple[Waiting, ...]
    editions: tuple[EditionRow, ...]
    carriers: tuple[CarrierRow, ...]
    mirrors: tuple[MirrorRow, ...]
    keys: tuple[KeyRow, ...]
    faults: tuple[tuple[str, str], ...]
    failed: tuple[Together, ...]
    """Releases of several languages that could not go at their time, as far as the person can mend them."""
    editions_a_day: tuple[Bar, ...]
    reach: tuple[Bar, ...]


def outlook(now: datetime, user: Any) -> Outlook:
    """How things are at ``now`` (UTC), with the headlines that ``user`` may know."""
    config = publication_settings()
    runs = list(Run.objects.order_by("-id")[:_REPORTS_READ])
    last = next((run for run in runs if run.ended and not run.failed), None)
    return Outlook(
        state=state_now(now, runs),
        waiting=Order.objects.filter(pk__gt=finished_upto()).count(),
        queue=tuple(waiting()),
        editions=tuple(_editions(config)),
        carriers=tuple(_carriers(last)),
        mirrors=tuple(_mirrors(config, now)),
        keys=tuple(_keys(now)),
        faults=(*_faults(last), *_schedules(now, user), *_jobs(now)),
        failed=tuple(failed_releases(user)),
        editions_a_day=bars(_editions_a_day(now)),
        reach=bars(_reach(now)),
    )


def _editions(config: Config) -> Iterable[EditionRow]:
    """Each language, whether it has an edition or none yet; ``since`` is from the run that made the newest."""
    newest: dict[str, tuple[int, int]] = {}
    since: dict[str, datetime] = {}
    languages = set(config.publication.languages)
    done = Run.objects.filter(failed=False, ended__isnull=False).order_by("-id")
    for started, editions in done.values_list("started", "report__editions").iterator(_REPORTS_READ):
        for language in languages & (editions or {}).keys() - since.keys():
            report = editions[language]
            newest.setdefault(language, (report["edition"], report["stories"]))
            if report["new"]:
                since[language] = started
        if languages == since.keys():
            break
    for language in config.publication.languages:
        number, stories = newest.get(language, (0, 0))
        yield EditionRow(language, endonym(language), number, stories, since.get(language))


def _carriers(last: Run | None) -> Iterable[CarrierRow]:
    for place in last.report.get("carriers", ()) if last else ():
        yield CarrierRow(place["carrier"], place["fault"], advice(place["fault"]) if place["fault"] else "")


def _faults(last: Run | None) -> Iterable[tuple[str, str]]:
    for fault in last.report.get("faults", ()) if last else ():
        if not fault["note"]:
            yield fault["text"], advice(fault["text"])


def _jobs(now: datetime) -> Iterable[tuple[str, str]]:
    for ahead in jobs_ahead(now):
        yield ahead.text, ahead.advice
    if not is_background_alive(now):
        dead = dead_background()
        yield dead.text, dead.advice
    for job in Job.objects.exclude(fault="").order_by("name"):
        yield f"{job_name(job.name)}: {job.fault}", job_advice(job.fault)


def _keys(now: datetime) -> Iterable[KeyRow]:
    for each in expiries(here().folder, here().folder / OUT_DIR):
        yield KeyRow(role_name(each.role), each, each.is_urgent(now))


def _schedules(now: datetime, user: Any) -> Iterable[tuple[str, str]]:
    """Schedules of the last week that could not be kept, of stories that ``user`` may know."""
    # Step by step, each by what is few: else SQLite begins with all entries of the week, or all stories.
    entries = PageLogEntry.objects.filter(action=FAILED).order_by().values_list("timestamp", "pk")
    lately = sorted(((at, key) for at, key in entries if at >= now - timedelta(days=7)), reverse=True)
    failed = PageLogEntry.objects.filter(pk__in=[key for _at, key in lately[:_SCHEDULES_READ]]).order_by("-timestamp")
    stories = StoryPage.objects.filter(may_know(user), pk__in={entry.page_id for entry in failed})
    known = stories.order_by().values_list("pk", "title", "live", "expire_at")
    ends = {key: at if live else None for key, _title, live, at in known}
    # What was to go out, and what of it was in the way, is a draft's: others are told of the story that readers have.
    others = {key: title for key, title, *_ in known.exclude(may_read(user))} if ends else {}
    for entry in _worth_telling(failed, ends)[:20]:
        hint = _("It is no longer scheduled: see to it in the story, and publish or schedule it anew.")
        if entry.data.get(AGAIN):
            hint = _("Readers have it still. It is tried again by itself; or unpublish it, and see what that says.")
        yield others.get(entry.page_id) or f"{entry.label}: {said(entry.data)}", hint


def _worth_telling(failed: Iterable[PageLogEntry], ends: Mapping[int, datetime | None]) -> list[PageLogEntry]:
    """Of failures, newest first, those of the stories in ``ends``: when those that readers have are to be taken back.

    Of what is tried again only the last, as long as it is: nobody gave it another time, or took it back.
    """
    told: set[int] = set()
    found = []
    for entry in failed:
        if entry.page_id not in ends:
            continue
        if entry.data.get(AGAIN):
            end = ends[entry.page_id]
            if entry.page_id in told or end is None or entry.timestamp < end:
                continue
            told.add(entry.page_id)
        found.append(entry)
    return found


def _mirrors(config: Config, now: datetime) -> Iterable[MirrorRow]:
    urls = [mirror.url for mirror in config.mirrors]
    checks = newest_checks(urls)
    days = _days(now)
    seen: dict[str, dict[date, str]] = {url: {} for url in urls}
    past = MirrorCheck.objects.filter(url__in=urls, at__date__gte=days[0]).values_list("url", "at", "standing")
    for url, at, standing in past.order_by("at"):
        seen[url][at.date()] = worst(seen[url].get(at.date(), ""), grade(standing))
    for mirror in config.mirrors:
        check = checks.get(mirror.url)
        said = str(STANDINGS.get(check.standing, check.standing)) if check else ""
        hint = advice(f"mirror {check.standing}") if check and grade(check.standing) != "good" else ""
        strip = tuple((f"{day:%Y-%m-%d}", seen[mirror.url].get(day, "")) for day in days)
        old = check is not None and abs(now - check.at) > LOOK_IS_OLD
        yield MirrorRow(mirror.url, mirror.since, check, said, old, hint, strip)


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
