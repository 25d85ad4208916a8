"""The publication desk, and what it is told of mirrors by those who run them."""

import json
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.log_actions import log

from tamizdat.newsroom.clock import shared_now
from tamizdat.newsroom.desk.beating import silence
from tamizdat.newsroom.desk.models import Job, MirrorReach
from tamizdat.newsroom.desk.outlook import outlook
from tamizdat.newsroom.desk.state import dead_background, is_background_alive
from tamizdat.newsroom.people.sessions import ANEW

TOTALS_TAKEN: Final = "desk.totals"
"""What the log calls it."""
_MOST_BYTES: Final = 4_000_000
_REFRESH_SECONDS: Final = "3"
_LOOK_AGAIN: Final = timedelta(minutes=5)
_MOST_ROWS: Final = 10_000
_MOST_ANSWERS: Final = 10**15


def desk(request: HttpRequest) -> HttpResponse:
    """The page. While something is under way it comes anew by itself."""
    now = shared_now()
    shown = outlook(now, request.user)
    response = render(request, "desk/desk.html", {"outlook": shown, "now": now})
    if shown.waiting:
        response.headers["Refresh"] = f"{_REFRESH_SECONDS}; url={request.path}?{ANEW}="
    return response


@require_POST
def look_now(request: HttpRequest) -> HttpResponse:
    """Have the mirrors looked at as soon as a worker is free; not again and again, which costs volunteers' machines."""
    now = shared_now()
    lately = (now - _LOOK_AGAIN, now)
    just_now = Q(claimed_until__range=(now, now + silence())) | Q(started__range=lately) | Q(ended__range=lately)
    mirrors = Job.objects.filter(name="mirrors")
    if mirrors.filter(just_now).exists():
        messages.warning(request, _("They were looked at a moment ago. Wait some minutes before you look again."))
        return redirect("publication_desk")
    mirrors.update(started=None)
    if is_background_alive(shared_now()):
        messages.success(request, _("The mirrors are looked at now; come back in a minute."))
    else:
        dead = dead_background()
        messages.error(request, f"{dead.text} {dead.advice}")
    return redirect("publication_desk")


@require_POST
def take_totals(request: HttpRequest) -> HttpResponse:
    """Take in what ``tamizdat mirror status --json`` printed at a mirror: totals by day and language, nothing else."""
    if not request.user.is_superuser:
        raise PermissionDenied
    name = request.POST.get("mirror", "").strip()[:255]
    try:
        rows = list(_totals(_uploaded(request).read(_MOST_BYTES)))[:_MOST_ROWS]
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        messages.error(request, _("This is not what `tamizdat mirror status --json` prints."))
        return redirect("publication_desk")
    days = _take(name, rows, request.user)
    messages.success(request, _("Thank you. %(days)d days were taken in.") % {"days": days})
    return redirect("publication_desk")


def _take(mirror: str, rows: list[tuple[date, str, int]], by: Any) -> int:
    """Put totals in the place of what was told of the same days; of how many days these are."""
    days = {day for day, _language, _answers in rows}
    with transaction.atomic():
        for day, language, answers in rows:
            row, _new = MirrorReach.objects.update_or_create(
                mirror=mirror, day=day, language=language, defaults={"answers": min(answers, _MOST_ANSWERS)}
            )
        if days:
            log(row, TOTALS_TAKEN, user=by, title=mirror, data={"days": len(days), "last": f"{max(days)}"})
    return len(days)


def _uploaded(request: HttpRequest) -> "UploadedFile[Any]":
    found = request.FILES["status"]
    if isinstance(found, list):
        raise TypeError
    return found


def _totals(data: bytes) -> list[tuple[date, str, int]]:
    """Day, language, answers. Raises ValueError and the like for what is no status."""
    status: dict[str, Any] = json.loads(data)
    return [
        (date.fromisoformat(day), str(language)[:35], max(0, int(served[0])))
        for day, languages in status["totals"]["days"].items()
        for language, served in languages.items()
    ]
