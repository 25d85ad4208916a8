"""Screens of suggestions: asking a machine, how far it is."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tamizdat.newsroom.suggesting.acting import AskMachine
from tamizdat.newsroom.suggesting.models import MachineDraft
from tamizdat.newsroom.translating.acting import may_edit
from tamizdat.newsroom.translating.beside import script_of
from tamizdat.newsroom.translating.models import Task

_MOST_AT_ONCE = 200


@require_POST
def ask(request: HttpRequest, key: int) -> HttpResponse:
    """Have a machine draft one translation."""
    task = get_object_or_404(Task.objects.select_related("target"), pk=key)
    if _asked(request, [task]):
        messages.success(request, _("The machine drafts what nobody has translated. That takes a moment."))
    return redirect("translating_beside", task.pk)


@require_POST
def ask_many(request: HttpRequest) -> HttpResponse:
    """Have a machine draft what is untranslated in the translations that the board shows."""
    asked = request.POST.getlist("task")[:_MOST_AT_ONCE]
    keys = [int(key) for key in asked if key.isascii() and key.isdigit() and len(key) < 18]
    found = (
        Task.objects.filter(pk__in=keys, todo__gt=0).select_related("source__locale", "target__locale").defer("pairs")
    )
    tasks = [task for task in found if may_edit(task, request.user) and not script_of(task)]
    if not tasks:
        messages.error(request, _("Nothing here is untranslated in a language into which you may translate."))
    elif _asked(request, tasks):
        said = ngettext("A machine drafts one translation.", "A machine drafts %(n)d translations.", len(tasks))
        messages.success(request, said % {"n": len(tasks)})
    return redirect("translating_board")


def _asked(request: HttpRequest, tasks: list[Task]) -> bool:
    try:
        AskMachine(tasks, request.user).execute()
    except ValidationError as error:
        for said in error.messages:
            messages.error(request, said)
        return False
    return True


def state(request: HttpRequest, key: int) -> JsonResponse:
    """How far the machine is with one translation."""
    task = get_object_or_404(Task.objects.select_related("target"), pk=key)
    if not may_edit(task, request.user):
        raise PermissionDenied
    draft = MachineDraft.objects.filter(page_id=task.target_id).first()
    said: dict[str, Any] = {"state": draft.state if draft else "", "seen": task.target.latest_revision_id}
    return JsonResponse(said)
