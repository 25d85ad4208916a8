"""Screens of translating: the board, sending, source and translation side by side, what goes out together."""

import html
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.models import Locale

from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym, is_right_to_left, other_script
from tamizdat.newsroom.corrections.differences import compared
from tamizdat.newsroom.corrections.waiting import waiting_texts
from tamizdat.newsroom.ingest.lists import withdrawn_of
from tamizdat.newsroom.ingest.telling import tell_of
from tamizdat.newsroom.stories.embargoes import said_of
from tamizdat.newsroom.stories.locks import lock_said
from tamizdat.newsroom.stories.models import Newspaper, Section, StoryPage
from tamizdat.newsroom.stories.permits import knows, locales_of
from tamizdat.newsroom.suggesting.acting import SaveChecked, SayReady
from tamizdat.newsroom.suggesting.beside import Key, Offer, machine, offers, taken
from tamizdat.newsroom.suggesting.machines.opening import machine_host, machine_name
from tamizdat.newsroom.translating.acting import Hold, ReleaseTogether, Save, is_newest, may_edit, said_overtaken
from tamizdat.newsroom.translating.adopting import adoptable
from tamizdat.newsroom.translating.aligning import CHANGED, GONE, NEW, OWN, SAME, Row
from tamizdat.newsroom.translating.beside import FieldRows, draft_mark, newest, rows_of, source_mark, source_now
from tamizdat.newsroom.translating.board import (
    FILTERS,
    PER_PAGE,
    STATES,
    Wanted,
    counts,
    page_of,
    rows,
    stories,
    window,
)
from tamizdat.newsroom.translating.fields import LINE, has_marks, to_type, typed
from tamizdat.newsroom.translating.holding import StopHolding, failed_releases
from tamizdat.newsroom.translating.models import Task, Together, root_of, tasks_of
from tamizdat.newsroom.translating.parts import is_mark
from tamizdat.newsroom.translating.sending import Send, may_copy, origin_of
from tamizdat.newsroom.translating.sourcing import said_of_source, sources_of
from tamizdat.newsroom.translating.typed import Given, confirm_name, pieces_of, put_back, text_name, typed_in

_AGES: Final[dict[str, Any]] = {"1": gettext_lazy("a day"), "7": gettext_lazy("a week"), "31": gettext_lazy("a month")}


def board(request: HttpRequest) -> HttpResponse:
    """All stories and their languages."""
    asked = request.GET
    languages = [tag for tag in _languages() if not asked.get("language") or tag == asked["language"]]
    wanted = Wanted(
        language=asked.get("language", ""),
        state=asked.get("state", ""),
        section=asked.get("section", ""),
        mine=request.user if asked.get("mine") else None,
        urgent=bool(asked.get("urgent")),
        since=datetime.now(UTC) - timedelta(days=int(asked["age"])) if asked.get("age") in _AGES else None,
        user=request.user,
    )
    seen = window(stories(wanted))
    page = Paginator(seen.keys, PER_PAGE).get_page(asked.get("p"))
    sources = page_of(list(page))
    found = rows(sources, languages)
    kept = asked.copy()
    kept.pop("p", None)
    return render(
        request,
        "translating/board.html",
        {
            "page": page,
            "more": seen.more,
            "counts": [(each, endonym(each.language)) for each in counts(seen, languages)],
            "rows": found,
            "failed": failed_releases(request.user),
            "waiting": waiting_texts(request.user),
            "copied": _copied_by(request.user, sources),
            "written": _written_by(request.user),
            "machine": machine_name(),
            "machine_host": machine_host(),
            "withdrawn": withdrawn_of(sources),
            "early": any(cell.todo and not row.source.live for row in found for cell in row.cells),
            "untranslated": [cell.task for row in found for cell in row.cells if cell.task and cell.todo],
            "languages": [(tag, endonym(tag)) for tag in languages],
            "all_languages": [(tag, endonym(tag)) for tag in _languages()],
            "states": [(key, STATES[key]) for key in FILTERS],
            "sections": Section.objects.all(),
            "ages": _AGES.items(),
            "asked": asked,
            "query": kept.urlencode(),
        },
    )


def _copied_by(user: Any, sources: Iterable[StoryPage]) -> set[int]:
    """The sources that ``user`` may send for translation: what is out, drafts of their desks, and their own."""
    mine, own = locales_of(user, frozenset({"change"})), locales_of(user, frozenset({"add"}))
    return {
        each.pk
        for each in sources
        if each.live or each.locale_id in mine or (each.owner_id == user.pk and each.locale_id in own)
    }


def _written_by(user: Any) -> set[str]:
    """The languages into which ``user`` may have copies."""
    mine = locales_of(user, frozenset({"add"}))
    return set(Locale.objects.filter(pk__in=mine).values_list("language_code", flat=True))


def _languages() -> list[str]:
    return list(Locale.objects.order_by("pk").values_list("language_code", flat=True))


def send(request: HttpRequest, page_id: int) -> HttpResponse:
    """Choose the languages of a story."""
    page = get_object_or_404(StoryPage.objects.select_related("locale"), pk=page_id)
    root = root_of(page)
    # Of a story that one may not have, perhaps a translation in its other script.
    source = root if may_copy(root, request.user) else page
    if not may_copy(source, request.user):
        raise PermissionDenied
    pages = StoryPage.objects.filter(translation_key=source.translation_key).exclude(pk__in=adoptable(source))
    there = set(pages.values_list("locale_id", flat=True))
    papers = Newspaper.objects.exclude(locale_id__in=there).select_related("locale").order_by("locale_id")
    mine = [
        paper.locale.language_code
        for paper in papers
        if paper.permissions_for_user(request.user).can_add_subpage()
        and (source == root or other_script(source.locale.language_code, paper.locale.language_code))
    ]
    if request.method == "POST":
        chosen = tuple(tag for tag in request.POST.getlist("language") if tag in mine)
        if not chosen:
            messages.error(request, _("Choose at least one language."))
        elif _done(request, Send(source, chosen, request.user, bool(request.POST.get("urgent")))):
            messages.success(request, _("Sent. Drafts are there to be translated."))
            tasks = list(tasks_of(source).filter(target__locale__language_code__in=chosen))
            return redirect("translating_beside", tasks[0].pk) if len(tasks) == 1 else redirect("translating_board")
    choices = [(tag, endonym(tag), tag == request.GET.get("to"), _made_from(source, tag, request.user)) for tag in mine]
    return render(request, "translating/send.html", {"source": source, "choices": choices})


def _made_from(source: StoryPage, tag: str, user: Any) -> str:
    """The name of the language whose letters are changed to have the story in ``tag``; empty if it is translated."""
    spoken = origin_of(source, tag, user).locale.language_code
    return endonym(spoken) if other_script(spoken, tag) else ""


def _done(request: HttpRequest, action: Any) -> bool:
    """Whether it could be done; if not, the person is told why."""
    try:
        action.execute()
    except ValidationError as error:
        for said in error.messages:
            messages.error(request, said)
        return False
    except TamizdatError as error:
        messages.error(request, str(error))
        return False
    return True


def beside(request: HttpRequest, key: int) -> HttpResponse:
    """Source and translation side by side."""
    task = get_object_or_404(
        Task.objects.select_related("source__locale", "target__locale", "together", "translator"), pk=key
    )
    if not may_edit(task, request.user):
        raise PermissionDenied
    source, target = source_now(task), newest(task.target)
    if request.method == "GET":
        _tell(request, task, target)
    fields = rows_of(task.pairs, source, target)
    marks = {"source_mark": source_mark(task), "draft_mark": draft_mark(task.target)}
    given: Given = {}
    lost: list[str] = []
    overtaken = ""
    wish = request.POST.get("take", "")
    if request.method == "POST":
        overtaken = _overtaken(request, task)
        lost = request.POST.getlist("lost")
        given, lost = put_back(request.POST, fields) if overtaken else (typed_in(request.POST, fields), lost)
        if wish:
            # A save is to say still that it was overtaken: nobody has been told.
            marks = {"source_mark": request.POST.get("source", ""), "draft_mark": request.POST.get("seen", "")}
        elif overtaken:
            messages.error(request, overtaken)
        elif _save(request, task, fields, given):
            return redirect("translating_beside", task.pk)
    found = offers(task, fields, request.user)
    shown = _beside(task, fields, {**given, **taken(wish, found)}, found)
    more = {"lost": lost, "pieces": pieces_of(fields), "ticked": _ticked(request, fields, found, overtaken)}
    return render(request, "translating/beside.html", {**shown, **marks, **more})


def _ticked(request: HttpRequest, fields: list[FieldRows], found: Mapping[Key, Offer], overtaken: str) -> set[str]:
    """Which of a machine's pieces are ticked in a form that comes back; not those whose source is another one since."""
    rows = [(each.key, at, row) for each in fields for at, row in enumerate(each.rows)]
    shown = {found[key, at].mark for key, at, row in rows if row.state == SAME or not overtaken}
    return shown.intersection(request.POST.getlist("checked"))


def _overtaken(request: HttpRequest, task: Task) -> str:
    """Why what a form says is not saved as it is: source or translation were saved since it was opened; or empty."""
    if request.POST.get("source") != source_mark(task):
        return _("The source changed while you worked. Look at what changed, and save again.")
    return "" if is_newest(task.target, request.POST.get("seen", "")) else said_overtaken()


def _tell(request: HttpRequest, task: Task, target: StoryPage) -> None:
    """Say what is in the way before somebody types for nothing, or says that it may go out."""
    if said := said_of_source(task.source):
        messages.error(request, said)
    for said in (lock_said(task.target, request.user), said_of(target)):
        if said:
            messages.warning(request, said)
    tell_of(request, sources_of(task.target_id))


def _save(request: HttpRequest, task: Task, fields: list[FieldRows], given: Given) -> bool:
    try:
        texts = {
            (field.key, at): _typed(field, row, *given[field.key, at])
            for field in fields
            for at, row in enumerate(field.rows)
        }
    except TamizdatError as error:
        messages.error(request, str(error))
        return False
    save = Save(task, texts, request.user, request.POST.get("seen", ""), fields)
    if not _done(request, SaveChecked(save, request.POST.getlist("checked"))):
        return False
    messages.success(request, _("Saved as a draft."))
    return True


def _typed(field: FieldRows, row: Row, text: str, confirmed: bool) -> tuple[str, bool]:
    return typed(text, field.kind, row.source or row.text, _marked(field, row)), confirmed


def _marked(field: FieldRows, row: Row) -> bool:
    return any(has_marks(text, field.kind) for text in (row.source, row.text))


def _beside(task: Task, fields: list[FieldRows], given: Given, found: Mapping[Key, Offer]) -> dict[str, Any]:
    languages = task.source.locale.language_code, task.target.locale.language_code
    return {
        "task": task,
        "machine": machine(task, found),
        "fields": [
            {
                "label": field.label,
                "rows": [
                    {**_row(field, at, row, given), "offer": found[field.key, at]} for at, row in enumerate(field.rows)
                ],
            }
            for field in fields
        ],
        "languages": [
            {"tag": tag, "name": endonym(tag), "dir": "rtl" if is_right_to_left(tag) else "ltr"} for tag in languages
        ],
    }


_ASK: Final[dict[str, Any]] = {
    CHANGED: gettext_lazy("It fits the new source"),
    GONE: gettext_lazy("Take it out here, too"),
    NEW: gettext_lazy("Leave it out on purpose"),
}
_SAID: Final[dict[str, Any]] = {
    SAME: "",
    CHANGED: gettext_lazy("changed"),
    GONE: gettext_lazy("gone from the source"),
    NEW: gettext_lazy("to translate"),
    OWN: gettext_lazy("only here"),
}
_ANOTHER: Final[Any] = gettext_lazy("changed: the picture, recording or address here is another one")


def _row(field: FieldRows, at: int, row: Row, given: Given) -> dict[str, Any]:
    shown, confirmed = given.get((field.key, at), (to_type(row.text, field.kind), False))
    changed = row.state == CHANGED
    return {
        "state": row.state,
        "source": row.source,
        "rich": field.kind != LINE,
        "wordless": is_mark(field.key),
        "pieces": list(compared(_plain(row.before, field), _plain(row.source, field))) if changed else (),
        "before": row.before if row.state == GONE else "",
        "text": shown,
        "confirmed": confirmed,
        "marked": _marked(field, row),
        "lines": max(1, min(12, len(shown or row.source) // 60 + 1)),
        "text_name": text_name(field.key, at),
        "confirm_name": confirm_name(field.key, at),
        "ask": _ASK.get(row.state, ""),
        "said": _ANOTHER if changed and row.before == row.source else _SAID[row.state],
    }


def _plain(piece: str, field: FieldRows) -> str:
    return piece if field.kind == LINE else html.unescape(strip_tags(piece))


@require_POST
def take(request: HttpRequest, key: int) -> HttpResponse:
    """Say that one translates it: the board's filter “mine” finds it then."""
    task = get_object_or_404(Task.objects.select_related("target"), pk=key)
    if not may_edit(task, request.user):
        raise PermissionDenied
    Task.objects.filter(pk=task.pk).update(translator=request.user)
    messages.success(request, _("Noted."))
    return redirect("translating_beside", task.pk)


@require_POST
def ready(request: HttpRequest, key: int) -> HttpResponse:
    """Say that a translation may go out, or not yet."""
    task = get_object_or_404(Task, pk=key)
    if _done(request, SayReady(task, request.POST.get("ready") == "1", request.user, bool(request.POST.get("openly")))):
        messages.success(request, _("Noted."))
    return redirect("translating_beside", task.pk)


def together(request: HttpRequest, page_id: int) -> HttpResponse:
    """Choose what goes out together, and when."""
    source = root_of(get_object_or_404(StoryPage.objects.select_related("locale"), pk=page_id))
    if not knows(request.user, source):
        raise PermissionDenied
    tasks = list(tasks_of(source).select_related("target__locale").defer("pairs"))
    held = Together.objects.filter(source=source).first()
    if request.method == "POST" and _hold(request, source, tasks):
        is_held = Together.objects.filter(source=source).exists()  # or all were ready, and it waited for that
        messages.success(request, _("They are held until then.") if is_held else _said_released())
        return redirect("translating_together", source.pk)
    chosen = {task.pk for task in tasks if held is None or task.together_id == held.pk}
    named = [(task, endonym(task.target.locale.language_code), task.pk in chosen) for task in tasks]
    return render(request, "translating/together.html", {"source": source, "tasks": named, "held": held})


def _hold(request: HttpRequest, source: StoryPage, tasks: list[Task]) -> bool:
    chosen = tuple(task for task in tasks if str(task.pk) in request.POST.getlist("task"))
    try:
        moment = parse_datetime(request.POST.get("at", ""))
    except ValueError:
        moment = None
    at = moment.replace(tzinfo=UTC) if moment and request.POST.get("when") == "at" else None
    if request.POST.get("when") == "at" and at is None:
        messages.error(request, _("Say when."))
        return False
    return _done(request, Hold(source, chosen, request.user, at, request.POST.get("when") == "ready"))


@require_POST
def release(request: HttpRequest, key: int) -> HttpResponse:
    """Let them all go now."""
    held = get_object_or_404(Together.objects.select_related("source"), pk=key)
    source = held.source
    if _done(request, ReleaseTogether(held, request.user)):
        messages.success(request, _said_released())
        return redirect("translating_board")
    return redirect("translating_together", source.pk)


def _said_released() -> str:
    return _("Released. Readers get all languages with the next edition, in a moment.")


@require_POST
def stop(request: HttpRequest, key: int) -> HttpResponse:
    """Hold them no longer."""
    held = get_object_or_404(Together.objects.select_related("source"), pk=key)
    if _done(request, StopHolding(held, request.user)):
        messages.success(request, _("They are no longer held: each goes out by itself."))
    return redirect("translating_together", held.source_id)
