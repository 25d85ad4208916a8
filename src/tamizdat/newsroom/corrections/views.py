"""One screen for a story that readers have or had: what they have been told, when, by whom; and what they should be."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.corrections.actions import AddText, Correct, OnlyInError, Revoke
from tamizdat.newsroom.corrections.forms import CorrectionForm
from tamizdat.newsroom.corrections.languages import InLanguage, deleted_among, in_languages, pages_among, pages_of
from tamizdat.newsroom.corrections.models import BORROWING, KINDS, TAKEDOWN, Correction, is_taken_down, missing_texts
from tamizdat.newsroom.corrections.versions import languages_seen, versions
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know


def story(request: HttpRequest, story_id: str) -> HttpResponse:
    """The record of a story, and the form of a correction. ``language`` and ``p`` choose the versions that it shows."""
    seen = languages_seen(request.user, story_id)
    where = _where(request, story_id, seen)
    may = _Allowed(where, request.user)
    out = [each.language for each in where if each.had]
    form = CorrectionForm(request.POST or None, languages=out, kinds=may.kinds)
    if request.method == "POST" and form.is_valid() and _corrected(request, story_id, form):
        return redirect("corrections_story", story_id)
    pages = pages_among(where)
    context = {**_context(request, story_id, pages, form, may), **_versions(request, story_id, pages, seen)}
    return render(request, "corrections/story.html", context)


class _Allowed:
    """What somebody may say of a story, and in which languages: tags of those in which they publish, or take down."""

    def __init__(self, where: Collection[InLanguage], user: Any) -> None:
        self.publish = {each.language for each in where if each.may_publish(user)}
        self.take_down = {each.language for each in where if each.may_take_down(user)}
        self.deleted = deleted_among(where)
        self.is_deleted = not pages_among(where)
        kinds = [kind for kind, _label in KINDS if kind in BORROWING or not self.is_deleted]
        self.kinds = [kind for kind in kinds if kind != TAKEDOWN or self.take_down]


def _corrected(request: HttpRequest, story_id: str, form: CorrectionForm) -> bool:
    given = form.cleaned_data
    try:
        made = Correct(
            story_id=story_id,
            kind=given["kind"],
            texts=form.texts(),
            user=request.user,
            languages=tuple(given["only"]),
            reason=given["reason"],
        ).execute()
    except ValidationError as error:
        form.add_error(None, error)
        if isinstance(error, OnlyInError):
            form.choose(error.languages)
        return False
    except TamizdatError as error:  # a story that cannot leave: its fault is older than what was said here
        form.add_error(None, str(error))
        return False
    messages.success(request, _will_be_seen(made))
    deleted = deleted_among(in_languages(story_id))
    if lacking := missing_texts(story_id, form.languages, deleted).get(made.pk):
        text = (
            _("Readers of %(languages)s see it in another language until it has a text in theirs.")
            if made.kind in BORROWING
            else _("Readers of %(languages)s see nothing of it until it has a text in their language.")
        )
        messages.warning(request, text % {"languages": ", ".join(map(endonym, lacking))})
    return True


def _will_be_seen(made: Correction) -> str:
    pages = pages_of(made.story_id)
    about = [each.language for each in in_languages(made.story_id) if made.is_about(each.language)]
    if made.kind != TAKEDOWN and all(is_taken_down(made.story_id, language) for language in about):
        return _("Done. Readers see nothing of it as long as the story is taken down.")
    if made.kind in BORROWING or any(page.live and made.is_about(page.locale.language_code) for page in pages):
        return _("Done. Readers will see it with the next edition, in a moment.")
    return _("Done. Readers will see it once the story is published again.")


@require_POST
def revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Take a correction back."""
    correction = get_object_or_404(Correction, pk=key, revoked_at=None)
    try:
        Revoke(correction, request.user).execute()
        messages.success(request, _("Taken back. It stays in the record."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except TamizdatError as error:
        messages.error(request, str(error))
    return redirect("corrections_story", correction.story_id)


@require_POST
def add_text(request: HttpRequest, key: int) -> HttpResponse:
    """Give a correction its text in one more language. What is refused is shown again: it stands nowhere else."""
    correction = get_object_or_404(Correction, pk=key)
    text, refused = request.POST.get("text", ""), ""
    try:
        AddText(correction, request.POST.get("language", ""), text, request.user).execute()
    except ValidationError as error:
        refused = " ".join(error.messages)
    except TamizdatError as error:
        refused = str(error)
    if refused:
        hint = _("It is in no field below, and is saved nowhere: copy what you need of it.")
        typed = format_html('{} {}<p dir="auto">{}</p>', refused, hint, text)
        messages.error(request, typed if text.strip() else refused)
    else:
        messages.success(request, _("Done. Readers will see it with the next edition, in a moment."))
    return redirect("corrections_story", correction.story_id)


def _where(request: HttpRequest, story_id: str, seen: Collection[str]) -> list[InLanguage]:
    """The story in its languages. One that was deleted has its record still, for those who see its versions.

    So has one that was deleted in a language, for those who publish in that.
    """
    where = in_languages(story_id)
    pages = pages_among(where)
    if not pages and not seen:
        raise Http404
    deleted = [each for each in where if each.page is None]
    if pages and not any(
        (
            *(page.permissions_for_user(request.user).can_edit() for page in pages),
            *(each.may_publish(request.user) for each in deleted),
        )
    ):
        raise PermissionDenied
    return where


def _context(
    request: HttpRequest, story_id: str, pages: list[StoryPage], form: CorrectionForm, may: _Allowed
) -> dict[str, Any]:
    known = StoryPage.objects.filter(may_know(request.user), pk__in=[page.pk for page in pages])
    title = known.order_by("-live", "locale__language_code").values_list("title", flat=True).first()
    return {
        "story_id": story_id,
        "title": title or story_id,
        "pages": [
            (page, endonym(page.locale.language_code), page.permissions_for_user(request.user).can_edit())
            for page in pages
        ],
        "out": form.languages,
        "taken_back": not any(page.live for page in pages),
        "is_deleted": may.is_deleted,
        "may_say": bool(may.publish) or not may.is_deleted,
        "may_take_down": bool(may.take_down),
        "form": form,
        "corrections": _said(story_id, form.languages, may),
    }


def _said(story_id: str, languages: Collection[str], may: _Allowed) -> list[dict[str, Any]]:
    """What was said of the story, newest first."""
    lacking = missing_texts(story_id, languages, may.deleted)
    corrections = Correction.objects.filter(story_id=story_id).select_related("by", "revoked_by")
    return [
        {
            "object": each,
            "texts": [(endonym(text.language), _direction(text.language), text) for text in each.texts.all()],
            "lacking": [
                (tag, endonym(tag), _direction(tag), tag in (may.take_down if each.kind == TAKEDOWN else may.publish))
                for tag in lacking.get(each.pk, ())
            ],
            "borrows": each.kind in BORROWING,
            "takes_down": each.kind == TAKEDOWN,
        }
        for each in corrections.prefetch_related("texts").order_by("-at")
    ]


def _direction(tag: str) -> str:
    return "rtl" if is_right_to_left(tag) else "ltr"


def _versions(request: HttpRequest, story_id: str, pages: list[StoryPage], seen: list[str]) -> dict[str, Any]:
    """What left the newsroom in the language that was asked for, else in one of the user's."""
    preferred = [request.GET.get("language", ""), *(page.locale.language_code for page in pages if page.live), *seen]
    language = next((tag for tag in preferred if tag in seen), "")
    page, shown = versions(story_id, language, request.GET.get("p"), request.user)
    return {
        "language": language,
        "language_name": endonym(language) if language else "",
        "direction": _direction(language) if language else "",
        "languages": [(tag, endonym(tag)) for tag in seen],
        "versions": shown,
        "versions_page": page,
    }
