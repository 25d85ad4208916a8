"""Whether the news gets out, in one sentence: the gravest thing that somebody should see to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from tamizdat.newsroom.clock import LITTLE
from tamizdat.newsroom.desk.advice import advice, job_advice
from tamizdat.newsroom.desk.beating import silence
from tamizdat.newsroom.desk.keys import expiries
from tamizdat.newsroom.desk.models import Job, MirrorCheck
from tamizdat.newsroom.desk.naming import job_name, role_name
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.newsroom.people.actions import roles_of
from tamizdat.newsroom.pressroom.models import Order, Run
from tamizdat.newsroom.pressroom.press import finished_upto
from tamizdat.publisher.pipeline import OUT_DIR
from tamizdat.roads.trail import Standing

_SLOW_SECONDS: Final = 30
LOOK_IS_OLD: Final = timedelta(hours=2)
"""Mirrors are looked at twice an hour."""
SERVES: Final = frozenset({Standing.CURRENT, Standing.SLOW})
_DEAD: Final = timedelta(minutes=2)
"""Some job begins every few seconds."""


@dataclass(frozen=True, slots=True)
class State:
    """How it is, in a word for machines (``well``, ``waiting``, ``stuck``), in one for people, and what to do."""

    kind: str
    text: str
    advice: str = ""
    about: str = ""
    """``mirrors`` or ``keys``, where it names what not everybody inside needs to know."""


def state_now(now: datetime, runs: Iterable[Run] | None = None) -> State:
    """Whether what editors published is with readers, unaltered, and stays so; a few queries, for the home page."""
    found = [*_of_press(now, runs), *_of_carriers(), *_of_mirrors(now), *_of_keys(now), *_of_background(now)]
    by_gravity = sorted(found, key=lambda state: state.kind != "stuck")
    return by_gravity[0] if by_gravity else _well()


def for_everybody(state: State, user: Any) -> State:
    """The same for the home page: of keys it tells administrators, of mirrors also heads of desk, all others to ask."""
    if not state.about or user.is_superuser:
        return state
    if state.about == "mirrors" and any(role == "desk_head" for role, _language in roles_of(user)):
        return state
    return State(state.kind, _("Something on the way of the news to readers needs somebody."), _ask_who_runs_it())


def _ask_who_runs_it() -> str:
    return _("Ask whoever runs the newsroom to look at the publication desk.")


def _well() -> State:
    config = publication_settings()
    if config.carriers or config.mirrors:
        return State("well", _("Everything that was published is out."))
    said = _("Everything that was published lies in the folder “out” of the publication, and nowhere else.")
    return State("well", said, _("Name carriers or mirrors in the settings, or have that folder served."))


def _of_press(now: datetime, runs: Iterable[Run] | None) -> Iterator[State]:
    newest = next(iter(runs if runs is not None else Run.objects.order_by("-id")[:1]), None)
    first = Order.objects.filter(pk__gt=finished_upto()).order_by("pk").first()
    if newest and newest.ended and newest.failed:
        error = str(newest.report.get("error", ""))
        yield State("stuck", _("Publishing fails: %(error)s") % {"error": error}, advice(error))
    elif first and (now - first.at).total_seconds() > _SLOW_SECONDS:
        hint = _("Is the press running? Ask whoever started the newsroom to look at its terminal.")
        since = _("Something has been waiting for the press since %(at)s UTC.") % {"at": f"{first.at:%H:%M}"}
        yield State("stuck", since, hint)
    elif first:
        yield State("waiting", _("The press is making an edition."))


def _of_carriers() -> Iterator[State]:
    """By the last run that ended: one that is under way has no report yet."""
    last = Run.objects.filter(failed=False, ended__isnull=False).order_by("-id").first()
    faults = [place["fault"] for place in last.report.get("carriers", ())] if last else []
    if faults and all(faults):
        yield State("stuck", _("No carrier took the newest edition."), advice(faults[0]))
    elif any(faults):
        yield State("waiting", _("The news is out, but not everywhere: see the carriers below."))


def newest_checks(urls: Iterable[str]) -> dict[str, MirrorCheck]:
    """The last look at each of these mirrors that was ever looked at."""
    newest = MirrorCheck.objects.filter(url__in=list(urls)).order_by().values("url").annotate(newest=Max("pk"))
    return {check.url: check for check in MirrorCheck.objects.filter(pk__in=newest.values("newest"))}


def _of_mirrors(now: datetime) -> Iterator[State]:
    urls = [mirror.url for mirror in publication_settings().mirrors]
    checks = newest_checks(urls) if urls else {}
    if lying := [url for url in urls if url in checks and checks[url].standing == Standing.LIES]:
        said = _("A mirror serves what we did not sign: %(url)s") % {"url": lying[0]}
        yield State("stuck", said, advice(f"mirror {Standing.LIES}"), "mirrors")
    lately = [check for check in checks.values() if abs(now - check.at) < LOOK_IS_OLD]
    served = [check for check in lately if check.standing in SERVES]
    ask = _("Ask those who run them: the publication desk says what is wrong with each.")
    if urls and not checks:
        yield State("waiting", _("Nobody has looked at the mirrors yet."), about="mirrors")
    elif urls and not lately:
        yield State("stuck", _("Nobody has looked at the mirrors for hours."), ask_at_terminal(), "mirrors")
    elif urls and not served:
        yield State("stuck", _("No mirror serves the newest edition."), ask, "mirrors")
    elif len(served) < len(urls):
        numbers = {"n": len(served), "all": len(urls)}
        said = _("The newest edition is known to be at %(n)d of %(all)d mirrors.") % numbers
        yield State("waiting", said, ask, "mirrors")


def _of_keys(now: datetime) -> Iterator[State]:
    """The soonest is the gravest."""
    for each in expiries(here().folder, here().folder / OUT_DIR)[:1]:
        if each.is_urgent(now):
            named = {"what": role_name(each.role), "day": f"{each.expires:%Y-%m-%d}"}
            hint = _("plan a ceremony now") if each.offline else _("the press should have renewed it")
            kind = "stuck" if each.expires <= now else "waiting"
            yield State(kind, _("Signatures (“%(what)s”) are good until %(day)s only.") % named, hint, "keys")


def is_background_alive(now: datetime) -> bool:
    """Whether some worker began a job lately, or is at one. Before the first of all nobody can say."""
    lately = Q(started__gt=now - _DEAD, started__lte=now + LITTLE)
    at_one = Q(claimed_until__gt=now, claimed_until__lte=now + silence() + LITTLE)
    return Job.objects.filter(lately | at_one).exists() or not Job.objects.exclude(started=None, ended=None).exists()


def jobs_ahead(now: datetime) -> Iterator[State]:
    """What is said of jobs whose time lies in the future: by the clock that counts now, or the one that wrote it."""
    ahead = Q(started__gt=now + LITTLE) | Q(claimed_until__gt=now + silence() + LITTLE)
    for job in Job.objects.filter(ahead).order_by("name"):
        said = _("The time of a job in the background lies in the future: %(job)s.") % {"job": job_name(job.name)}
        hint = _("A clock is wrong, or was. Whoever runs the machines should have all their clocks set by the network.")
        yield State("waiting", said, hint)


def ask_at_terminal() -> str:
    """What to do if nothing works in the background."""
    return _("Ask whoever started the newsroom to look at its terminal.")


def dead_background() -> State:
    """What is said if not."""
    said = _("The background does not work: nobody looks at mirrors, fetches wires or makes recordings.")
    return State("waiting", said, ask_at_terminal())


def _of_background(now: datetime) -> Iterator[State]:
    yield from jobs_ahead(now)
    if not is_background_alive(now):
        yield dead_background()
    elif failed := Job.objects.exclude(fault="").order_by("name").first():
        said = _("The news is out, but a job in the background fails: %(job)s") % {"job": job_name(failed.name)}
        yield State("waiting", said, job_advice(failed.fault))
