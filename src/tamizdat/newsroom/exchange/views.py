"""Screens of the exchange: take out, bring back, and the report with what people have to decide."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.log_actions import log

from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.corrections.differences import compared
from tamizdat.newsroom.exchange.bringing import BringBack, Choose, open_pieces
from tamizdat.newsroom.exchange.codes import light_html, was
from tamizdat.newsroom.exchange.files import MAX_BYTES, read_upload, written
from tamizdat.newsroom.exchange.glossary import Glossaries
from tamizdat.newsroom.exchange.matching import BROKEN, CONFLICT, FATES, FLAGGED, TAKEN, UNKNOWN, Piece
from tamizdat.newsroom.exchange.models import Brought, BroughtFile
from tamizdat.newsroom.exchange.permits import closed_to, languages_of, tasks_of
from tamizdat.newsroom.exchange.sheet import sheet_of, tokens_in
from tamizdat.newsroom.exchange.taking import TakeOut
from tamizdat.newsroom.translating.acting import may_edit
from tamizdat.newsroom.translating.models import Task

MOST: Final = 500
"""How many translations one zip holds."""
_REPORTS: Final = 10
_PIECES: Final = 100
"""On one page of a report: what one decides about before one saves."""
KINDS: Final[dict[str, tuple[str, Any]]] = {
    "xliff12": ("XLIFF 1.2", gettext_lazy("for OmegaT, memoQ, Trados, Poedit and most others")),
    "xliff21": ("XLIFF 2.1", gettext_lazy("for programs that ask for XLIFF 2")),
    "po": ("PO", gettext_lazy("for Poedit, Lokalize and whatever reads gettext")),
}
_TYPES: Final = {"po": "text/x-gettext-translation; charset=utf-8"}
_FATES: Final[dict[str, Any]] = {
    TAKEN: gettext_lazy("taken into the draft"),
    FLAGGED: gettext_lazy("taken, and marked as changed: look at them again"),
    "unchanged": gettext_lazy("as they are here"),
    "empty": gettext_lazy("not translated in the file"),
    CONFLICT: gettext_lazy("changed here, too: choose below"),
    BROKEN: gettext_lazy("with broken marks or too long: see below"),
    UNKNOWN: gettext_lazy("of pieces that the story does not have now: see below"),
}


def one(request: HttpRequest, key: int) -> HttpResponse:
    """Take one translation out, or bring it back."""
    task = _task(request, key)
    if request.method == "POST":
        return _brought(request, task) or redirect("exchange_one", task.pk)
    language = task.target.locale.language_code
    reports = BroughtFile.objects.filter(task=task).select_related("brought__by").defer("units").order_by("-id")
    return render(
        request,
        "exchange/one.html",
        {
            "task": task, "language": language, "name": endonym(language), "kinds": _kinds(request),
            "reports": [(each, each.counts.get(TAKEN, 0) + each.counts.get(FLAGGED, 0)) for each in reports[:_REPORTS]],
        },
    )  # fmt: skip


def _task(request: HttpRequest, key: int) -> Task:
    """Raises PermissionDenied unless the person translates into its language."""
    task = get_object_or_404(Task.objects.select_related("source__locale", "target__locale"), pk=key)
    if not may_edit(task, request.user):
        raise PermissionDenied
    return task


def _kinds(request: HttpRequest) -> list[tuple[str, str, Any, bool]]:
    """What one chose last stays chosen."""
    chosen = request.session.get("exchange_kind", "xliff12")
    return [(key, name, says, key == chosen) for key, (name, says) in KINDS.items()]


def _kind(request: HttpRequest) -> str:
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else "xliff12"
    request.session["exchange_kind"] = kind
    return kind


def take_one(request: HttpRequest, key: int) -> HttpResponse:
    """The file of one translation."""
    task = _task(request, key)
    kind = _kind(request)
    sheet = sheet_of(task, only_open=bool(request.GET.get("open")), finder=Glossaries().of(task))
    name, data = written(sheet, kind)
    log(instance=task.target, action="exchange.out", user=request.user, data={"file": name})
    return _file(name, data, _TYPES.get(kind, "application/xliff+xml; charset=utf-8"))


def _file(name: str, data: bytes, kind: str) -> HttpResponse:
    return HttpResponse(data, content_type=kind, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def many(request: HttpRequest) -> HttpResponse:
    """Take many translations out, or bring many back."""
    languages = _languages(request)
    if request.method == "POST":
        return _brought(request, None) or redirect("exchange_many")
    reports = Brought.objects.filter(by_id=request.user.pk).order_by("-id")[:_REPORTS]
    return render(
        request,
        "exchange/many.html",
        {
            "kinds": _kinds(request), "reports": reports, "most": MOST,
            "languages": [(tag, endonym(tag), tag == request.GET.get("language")) for tag in languages],
        },
    )  # fmt: skip


def _languages(request: HttpRequest) -> list[str]:
    """Those into which the person may translate. Raises PermissionDenied if there is none."""
    found = languages_of(request.user)
    if not found:
        raise PermissionDenied
    return found


def take_many(request: HttpRequest) -> HttpResponseBase:
    """A zip of what somebody may translate and is to be done, newest first."""
    _languages(request)
    kind, open_only = _kind(request), bool(request.GET.get("open"))
    keys = list(_wanted(request, open_only).values_list("pk", flat=True)[:MOST])
    if not keys:
        messages.warning(request, _("There is no translation like that."))
        return redirect("exchange_many")
    made = TakeOut(keys, kind, open_only, request.user, get_language() or "").execute()
    return StreamingHttpResponse(made, content_type="application/zip", headers=_headers("translations.zip"))


def _wanted(request: HttpRequest, open_only: bool) -> QuerySet[Task]:
    found = tasks_of(request.user).order_by("-pk")
    if languages := request.GET.getlist("language"):
        found = found.filter(target__locale__language_code__in=languages)
    if request.GET.get("urgent"):
        found = found.filter(urgent=True)
    if open_only:
        found = found.exclude(todo=0, changed=0)
    return found


def _brought(request: HttpRequest, task: Task | None) -> HttpResponse | None:
    """The report's address, or None if there was nothing to read; then the person is told."""
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("Choose a file."))
        return None
    name = upload.name or "file"
    try:
        if (upload.size or 0) > MAX_BYTES:
            raise ValidationError(_("The file is too large."))
        files = read_upload(upload.read(), name, closed_to(request.user))
        report = BringBack(name, files, request.user, task).execute()
    except (ValidationError, TamizdatError) as error:
        for said in error.messages if isinstance(error, ValidationError) else [str(error)]:
            messages.error(request, said)
        return None
    return redirect("exchange_report", report.pk)


def report(request: HttpRequest, key: int) -> HttpResponse:
    """What came of an upload, and what is left to decide."""
    brought = get_object_or_404(Brought, pk=key)
    files = list(brought.files.select_related("task__source__locale", "task__target__locale"))
    mine = [file for file in files if file.task and may_edit(file.task, request.user)]
    if not mine and brought.by_id != request.user.pk:
        raise PermissionDenied
    theirs = [file for file in files if file in mine or (file.task is None and brought.by_id == request.user.pk)]
    pieces = [(file.pk, at) for file in theirs if file.task for at in range(len(file.units))]
    page = Paginator(pieces, _PIECES).get_page(request.GET.get("p"))
    here: dict[int, list[int]] = {}
    for key, at in page:
        here.setdefault(key, []).append(at)
    shown = [_shown(file, here.get(file.pk, [])) for file in theirs if page.number == 1 or file.pk in here]
    found = {"brought": brought, "files": shown, "count": len(theirs), "page": page}
    return render(request, "exchange/report.html", found)


def _shown(file: BroughtFile, here: Sequence[int]) -> dict[str, Any]:
    """``here`` are those of its pieces that are on this page of the report."""
    task = file.task
    language = task.target.locale.language_code if task else ""
    source = task.source.locale.language_code if task else ""
    pieces = open_pieces(file) if here else []
    return {
        "file": file,
        "language": language,
        "title": format_html('<bdi lang="{}">{}</bdi>', source, task.source.title) if task else "",
        "name": format_html('<bdi lang="{}">{}</bdi>', language, endonym(language)) if task else "",
        "dir": "rtl" if language and is_right_to_left(language) else "ltr",
        "source": source,
        "source_dir": "rtl" if source and is_right_to_left(source) else "ltr",
        "counts": [(_FATES[fate], file.counts[fate], fate) for fate in FATES if file.counts.get(fate)],
        "pieces": [_piece(pieces[at]) for at in here],
    }


def _piece(piece: Piece) -> dict[str, Any]:
    """What a person needs to choose."""
    unit, field, row = piece.unit, piece.field, piece.row
    here = tokens_in(row.text, field.kind) if field and row else ()
    there = light_html(unit.target) or unit.raw
    return {
        "id": unit.id,
        "line": unit.line,
        "label": field.label if field else "",
        "source": light_html(tokens_in(row.source, field.kind)) if field and row else light_html(unit.source),
        "said": piece.why or _FATES.get(piece.fate, ""),
        "here": light_html(here),
        "there": there,
        "pieces": list(compared(light_html(here), there)) if here else (),
        "seen": was(here),
        "known": field is not None,
        "lines": max(2, min(12, len(there) // 60 + 1)),
    }


@require_POST
def choose(request: HttpRequest, key: int) -> HttpResponse:
    """Decide about what is left of a file."""
    file = get_object_or_404(BroughtFile.objects.select_related("task__target", "brought"), pk=key)
    chosen: dict[str, tuple[str, str]] = {}
    dropped: set[str] = set()
    for at, unit in enumerate(request.POST.getlist("unit")):
        match request.POST.get(f"do:{at}"):
            case "take":
                chosen[unit] = request.POST.get(f"text:{at}", ""), request.POST.get(f"seen:{at}", "")
            case "drop":
                dropped.add(unit)
    try:
        Choose(file, chosen, frozenset(dropped), request.user).execute()
        messages.success(request, _("Noted."))
    except ValidationError as error:
        for said in error.messages:
            messages.error(request, said)
    except TamizdatError as error:
        messages.error(request, str(error))
    place = request.GET.get("p", "")
    address = reverse("exchange_report", args=[file.brought_id])
    return redirect(f"{address}?p={place}" if place.isascii() and place.isdigit() else address)
