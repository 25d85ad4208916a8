"""One screen for a story that is out: what readers have been told, when, by whom; and what they should be told now."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.corrections.actions import AddText, Correct, Revoke, pages_of, taken_down_by
from tamizdat.newsroom.corrections.differences import differences
from tamizdat.newsroom.corrections.forms import CorrectionForm
from tamizdat.newsroom.corrections.models import Correction, missing_texts
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage

_SHOWN_RELEASES = 60


def story(request: HttpRequest, story_id: str) -> HttpResponse:
    """The record of a story, and the form of a correction."""
    pages = _pages(request, story_id)
    out = [page.locale.language_code for page in pages if page.live]
    mine = {page.locale.language_code for page in pages if page.permissions_for_user(request.user).can_publish()}
    form = CorrectionForm(request.POST or None, languages=out, may_take_down=bool(taken_down_by(request.user, pages)))
    if request.method == "POST" and form.is_valid() and _corrected(request, story_id, form):
        return redirect("corrections_story", story_id)
    return render(request, "corrections/story.html", _context(story_id, pages, form, mine))


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
        return False
    except TamizdatError as error:  # a story that cannot leave: its fault is older than what was said here
        form.add_error(None, str(error))
        return False
    messages.success(request, _("Done. Readers will see it with the next edition, in a moment."))
    if lacking := missing_texts(story_id, form.languages).get(made.pk):
        text = _("Readers of %(languages)s see nothing of it until it has a text in their language.")
        messages.warning(request, text % {"languages": ", ".join(map(endonym, lacking))})
    return True


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
    """Give a correction its text in one more language."""
    correction = get_object_or_404(Correction, pk=key, revoked_at=None)
    try:
        AddText(correction, request.POST.get("language", ""), request.POST.get("text", ""), request.user).execute()
        messages.success(request, _("Done. Readers will see it with the next edition, in a moment."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except TamizdatError as error:
        messages.error(request, str(error))
    return redirect("corrections_story", correction.story_id)


def _pages(request: HttpRequest, story_id: str) -> list[StoryPage]:
    pages = pages_of(story_id)
    if not pages:
        raise Http404
    if not any(page.permissions_for_user(request.user).can_edit() for page in pages):
        raise PermissionDenied
    return pages


def _context(story_id: str, pages: list[StoryPage], form: CorrectionForm, mine: Collection[str]) -> dict[str, Any]:
    out = form.languages
    lacking = missing_texts(story_id, out)
    corrections = Correction.objects.filter(story_id=story_id).select_related("by", "revoked_by")
    return {
        "story_id": story_id,
        "page": next((page for page in pages if page.live), pages[0]),
        "pages": [(page, endonym(page.locale.language_code)) for page in pages],
        "out": out,
        "form": form,
        "corrections": [
            {
                "object": each,
                "texts": [(endonym(text.language), _direction(text.language), text) for text in each.texts.all()],
                "lacking": [(tag, endonym(tag), _direction(tag), tag in mine) for tag in lacking.get(each.pk, ())],
            }
            for each in corrections.prefetch_related("texts").order_by("-at")
        ],
        "releases": _releases(story_id),
    }


def _direction(tag: str) -> str:
    return "rtl" if is_right_to_left(tag) else "ltr"


def _releases(story_id: str) -> list[dict[str, Any]]:
    """What left the newsroom, newest first, each with what it changed."""
    newest = Release.objects.filter(story_id=story_id).select_related("by").order_by("-id")[: _SHOWN_RELEASES + 1]
    before: dict[str, Release] = {}
    shown: list[dict[str, Any]] = []
    for each in reversed(newest):
        shown.append({
            "release": each,
            "language": endonym(each.language),
            "direction": _direction(each.language),
            "pieces": differences(before.get(each.language), each),
            "first": each.language not in before,
        })  # fmt: skip
        before[each.language] = each
    return shown[::-1][:_SHOWN_RELEASES]
