"""Importing a site in the browser: what came of earlier imports, a form, and how far one is."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tamizdat.locales import endonym
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.moving_in.redirects import FORMS, redirect_lines
from tamizdat.newsroom.moving_in.uploads import ask_again, ask_to_move, forget_file, may_move_in

_SHOWN = 30
_SHOWN_FAULTS = 500


class MoveForm(forms.Form):
    """What moves in."""

    file = forms.FileField(
        label=gettext_lazy("The export"),
        help_text=gettext_lazy(
            "WordPress: Tools, Export, All content (an .xml file). Ghost: Settings, Export (a .json file). "
            "Also JSON Lines, and whatever else this version reads."
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the site"),
        max_length=100,
        help_text=gettext_lazy("Give it the same name next time, and what is here already is known again."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of stories that name none"),
        required=False,
        help_text=gettext_lazy("An export often names that of the whole site. What is chosen here goes before it."),
    )
    dry = forms.BooleanField(
        label=gettext_lazy("Only try: say what would come in and what does not fit"), required=False, initial=True
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        chosen = [("", _("As the export says")), *((tag, endonym(tag)) for tag in settings.CONTENT_LANGUAGES)]
        language = self.fields["language"]
        if isinstance(language, forms.ChoiceField):
            language.choices = chosen


def moves(request: HttpRequest) -> HttpResponse:
    """The form, and all imports."""
    _allow(request)
    form = MoveForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            move = ask_to_move(given["file"], given["name"], given["language"], dry=given["dry"], by=request.user)
            return redirect("moving_in_move", move.pk)
        except ValidationError as error:
            form.add_error("file", error)
    rows = Move.objects.select_related("by").defer("report")[:_SHOWN]
    return render(request, "moving_in/moves.html", {"form": form, "moves": rows, "forms": list(FORMS)})


def move(request: HttpRequest, key: int) -> HttpResponse:
    """One import: how far it is, what did not fit."""
    _allow(request)
    found = get_object_or_404(Move.objects.select_related("by"), pk=key)
    return render(request, "moving_in/move.html", _shown(found))


def progress(request: HttpRequest, key: int) -> HttpResponse:
    """The part of that page that changes while it runs."""
    _allow(request)
    return render(request, "moving_in/progress.html", _shown(get_object_or_404(Move, pk=key)))


def _shown(found: Move) -> dict[str, Any]:
    report = found.report or {}
    faults = report.get("faults", [])[:_SHOWN_FAULTS]
    return {
        "move": found,
        "report": report,
        "languages": [(endonym(tag), count) for tag, count in sorted(report.get("languages", {}).items())],
        "faults": faults,
        "more": len(report.get("faults", [])) - len(faults) + report.get("unlisted", 0),
        "running": found.state in {Move.WAITING, Move.RUNNING, Move.MAKING},
    }


@require_POST
def again(request: HttpRequest, key: int) -> HttpResponse:
    """Run an import again, in earnest and for whoever asks: what is here is known, the rest comes in."""
    _allow(request)
    found = get_object_or_404(Move, pk=key, state__in=[Move.DONE, Move.FAILED])
    if not found.file:
        messages.error(request, _("Its file is gone: upload it again."))
        return redirect("moving_in_moves")
    ask_again(found, request.user)
    return redirect("moving_in_move", key)


@require_POST
def forget(request: HttpRequest, key: int) -> HttpResponse:
    """Delete the uploaded file; the report stays."""
    _allow(request)
    found = get_object_or_404(Move, pk=key, state__in=[Move.DONE, Move.FAILED])
    forget_file(found)
    found.file = ""
    found.save(update_fields=["file"])
    messages.success(request, _("The file is deleted."))
    return redirect("moving_in_move", key)


def redirects(request: HttpRequest, form: str) -> HttpResponse:
    """Old addresses and new ones, for the old site's server."""
    _allow(request)
    base = publication_settings().publication.base_url
    if form not in FORMS or not base:
        messages.error(request, _("base_url in tamizdat.toml must say where readers find the new site."))
        return redirect("moving_in_moves")
    text = "".join(f"{line}\n" for line in redirect_lines(form, base))
    name = f'attachment; filename="redirects-{form}.txt"'
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": name})


def _allow(request: HttpRequest) -> None:
    if not may_move_in(request.user):
        raise PermissionDenied
