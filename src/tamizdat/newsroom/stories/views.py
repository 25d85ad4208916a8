"""What the story's form asks for while somebody writes."""

from typing import Final

from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from wagtail.models import Locale

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Term, Topic

TERMS: Final[dict[str, type[Term]]] = {"section": Section, "topic": Topic, "agency": Agency, "byline": Byline}
STORY: Final = "story"
_MOST_FOUND: Final = 12
_MOST_NAMED: Final = 64


def terms(request: HttpRequest, kind: str) -> JsonResponse:
    """Keys and labels: of the terms that ``key`` names, else of those that match ``q``. In the language ``in``."""
    if kind != STORY and kind not in TERMS:
        raise Http404
    language = request.GET.get("in", "")
    keys = request.GET.getlist("key")[:_MOST_NAMED]
    words = request.GET.get("q", "").replace("\0", "").strip()  # PostgreSQL knows no NUL
    found = _stories(keys, words, language) if kind == STORY else _terms(TERMS[kind], keys, words, language)
    return JsonResponse({"terms": [{"key": key, "label": label} for key, label in found]})


def _terms(model: type[Term], keys: list[str], words: str, language: str) -> list[tuple[str, str]]:
    rows = model.objects.all()
    rows = rows.filter(key__in=keys) if keys else rows.filter(Q(key__icontains=words) | Q(label__icontains=words))
    return [(term.key, term.label_in(language)) for term in rows[: _MOST_NAMED if keys else _MOST_FOUND]]


def _stories(keys: list[str], words: str, language: str) -> list[tuple[str, str]]:
    rows = StoryPage.objects.order_by("-pk")
    if locale := Locale.objects.filter(language_code=language).first():
        rows = rows.filter(locale=locale)
    rows = rows.filter(story_id__in=keys) if keys else rows.filter(title__icontains=words)
    return list(rows.values_list("story_id", "title")[: _MOST_NAMED if keys else _MOST_FOUND])
