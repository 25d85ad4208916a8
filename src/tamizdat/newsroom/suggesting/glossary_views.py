"""Screens of the glossaries: words of one language, by whoever may translate into it; a table out and in."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.log_actions import log
from wagtail.models import Locale

from tamizdat.errors import ItemError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.stories.models import Newspaper
from tamizdat.newsroom.suggesting.agreed import word_of
from tamizdat.newsroom.suggesting.models import Agreed
from tamizdat.newsroom.suggesting.sheet import COLUMNS, MAX_BYTES, Line, read, written

PER_PAGE: Final = 50
_SHOWN_FAULTS: Final = 20


class AgreedForm(forms.ModelForm):  # type: ignore[type-arg] # generic for the checker alone
    """A word."""

    class Meta:
        model = Agreed
        fields = ("term", "source_language", "translation", "kept", "forms", "any_case", "note")
        widgets = {"forms": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *arguments: Any, language: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.instance.language = language
        tags = [tag for tag in _tags() if tag != language]
        self.fields["source_language"] = forms.ChoiceField(
            choices=[(tag, endonym(tag)) for tag in tags], label=_("Word of the language")
        )

    def clean(self) -> dict[str, Any]:
        """A word has a translation or stays as it is, and stands once."""
        cleaned = super().clean() or {}
        if cleaned.get("kept"):
            cleaned["translation"] = ""
        elif not cleaned.get("translation"):
            self.add_error("translation", _("Write the translation, or say that the word stays as it is."))
        same = Agreed.objects.filter(
            language=self.instance.language, source_language=cleaned.get("source_language"), term=cleaned.get("term")
        )
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("term", _("This word is in the glossary already."))
        return cleaned


def _tags() -> list[str]:
    return list(Locale.objects.order_by("pk").values_list("language_code", flat=True))


def editable(user: Any) -> list[str]:
    """The languages whose glossary somebody may edit: those into which they may translate any story."""
    papers = Newspaper.objects.select_related("locale").order_by("locale_id")
    return [paper.locale.language_code for paper in papers if paper.permissions_for_user(user).can_edit()]


def _may(request: HttpRequest, language: str) -> None:
    paper = Newspaper.objects.filter(locale__language_code=language).first()
    if paper is None:
        raise Http404
    if not paper.permissions_for_user(request.user).can_edit():
        raise PermissionDenied


def index(request: HttpRequest) -> HttpResponse:
    """To the first glossary that one may edit."""
    mine = editable(request.user)
    if not mine:
        raise PermissionDenied
    asked = request.GET.get("language", "")
    return redirect("suggesting_glossary", asked if asked in mine else mine[0])


def glossary(request: HttpRequest, language: str) -> HttpResponse:
    """The words of one language; a new one is added here, too."""
    _may(request, language)
    form = AgreedForm(request.POST or None, language=language)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            made = form.save()
            log(made, "wagtail.create", user=request.user, data={"now": _noted(made)})
        messages.success(request, _("Added."))
        return redirect("suggesting_glossary", language)
    return render(request, "suggesting/glossary.html", _shown(request, language, form))


def _shown(request: HttpRequest, language: str, form: AgreedForm, faults: Sequence[ItemError] = ()) -> dict[str, Any]:
    words = request.GET.get("q", "").replace("\0", "").strip()
    rows = Agreed.objects.filter(language=language)
    if words:
        rows = rows.filter(Q(term__icontains=words) | Q(translation__icontains=words) | Q(note__icontains=words))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    return {
        "language": language,
        "name": endonym(language),
        "dir": "rtl" if is_right_to_left(language) else "ltr",
        "languages": [(tag, endonym(tag)) for tag in editable(request.user)],
        "page": page,
        "rows": [(row, word_of(row), endonym(row.source_language)) for row in page],
        "asked": words,
        "form": form,
        "columns": ", ".join(COLUMNS),
        "faults": [str(fault) for fault in faults[:_SHOWN_FAULTS]],
        "more_faults": max(0, len(faults) - _SHOWN_FAULTS),
    }


def word(request: HttpRequest, key: int) -> HttpResponse:
    """Change one word, or take it out."""
    row = get_object_or_404(Agreed, pk=key)
    _may(request, row.language)
    language = row.language
    if request.method == "POST" and request.POST.get("delete"):
        with transaction.atomic():
            log(row, "wagtail.delete", user=request.user, data={"was": _noted(row)})
            row.delete()
        messages.success(request, _("Taken out of the glossary."))
        return redirect("suggesting_glossary", language)
    was = _noted(row)
    form = AgreedForm(request.POST or None, instance=row, language=language)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            log(form.save(), "wagtail.edit", user=request.user, data={"was": was, "now": _noted(row)})
        messages.success(request, _("Saved."))
        return redirect("suggesting_glossary", language)
    return render(
        request, "suggesting/word.html", {"form": form, "row": row, "name": endonym(language), "language": language}
    )


def table(request: HttpRequest, language: str) -> HttpResponse:
    """The glossary as a table for spreadsheets."""
    _may(request, language)
    rows = Agreed.objects.filter(language=language).order_by("source_language", "term")
    data = written((row.source_language, word_of(row)) for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="glossary-{language}.csv"'}
    return HttpResponse(data, content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def take_table(request: HttpRequest, language: str) -> HttpResponse:
    """Take a table in: all of it, or nothing and what is wrong with it."""
    _may(request, language)
    file = request.FILES.get("table")
    data = file.read(MAX_BYTES + 1) if file else b""
    tags = [tag for tag in _tags() if tag != language]
    lines, faults = read(data, tags, tags[0] if tags else "")
    if not data:
        faults = [ItemError(_("choose a file"), where=_("table"))]
    if faults:
        shown = _shown(request, language, AgreedForm(language=language), faults)
        return render(request, "suggesting/glossary.html", shown, status=422)
    made = take(language, lines, request.user)
    said = ngettext("One word is new in the glossary.", "%(n)d words are new in the glossary.", made)
    messages.success(request, said % {"n": made} if made else _("The glossary says what the table says."))
    return redirect("suggesting_glossary", language)


def take(language: str, lines: list[Line], by: Any) -> int:
    """Put lines of a table into the glossary; words that are there get what it says. How many are new."""
    with transaction.atomic():
        known = {(row.source_language, row.term): _noted(row) for row in Agreed.objects.filter(language=language)}
        rows = [_row(language, line) for line in lines]
        Agreed.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["language", "source_language", "term"],
            update_fields=["forms", "any_case", "kept", "translation", "note", "changed"], batch_size=500,
        )  # fmt: skip
        _note_table(language, [(known.get((row.source_language, row.term)), _noted(row)) for row in rows], by)
        return sum((line.source_language, line.word.term) not in known for line in lines)


def _note_table(language: str, lines: list[tuple[dict[str, Any] | None, dict[str, Any]]], by: Any) -> None:
    """One entry for a table, with every word that it changed: what it was, if it was there, and what it is."""
    changed = [{"was": was, "now": now} if was else {"now": now} for was, now in lines if was != now]
    if changed:
        locale = Locale.objects.get(language_code=language)
        log(locale, "suggesting.table", user=by, title=endonym(language), data={"changed": changed})


def _noted(row: Agreed) -> dict[str, Any]:
    """A word as the log keeps it: who changed a name in all translations to come should be found out later, too."""
    names = ("language", "source_language", "term", "translation", "kept", "forms", "any_case", "note")
    return {name: getattr(row, name) for name in names}


def _row(language: str, line: Line) -> Agreed:
    said = line.word
    return Agreed(
        language=language, source_language=line.source_language, term=said.term, forms="\n".join(said.forms),
        any_case=said.any_case, kept=said.kept, translation="" if said.kept else "|".join(said.translations)[:200],
        note=said.note,
    )  # fmt: skip
