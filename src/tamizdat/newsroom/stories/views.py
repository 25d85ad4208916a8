"""What the story's form asks for while somebody writes."""

from typing import Final

from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from wagtail.models import Locale

from tamizdat.newsroom.folding import folded
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Term, Topic

TERMS: Final[dict[str, type[Term]]] = {"section": Section, "topic": Topic, "agency": Agency, "byline": Byline}
STORY: Final = "story"
_MOST_FOUND: Final = 12
_MOST_NAMED: Final = 64
_MOST_LOOKED_AT: Final = 20_000


def terms(request: HttpRequest, kind: str) -> JsonResponse:
    """Keys and labels: of the terms that ``key`` names, else of those that match ``q``. In the language ``in``."""
    if kind != STORY and kind not in TERMS:
        raise Http404
    language = request.GET.get("in", "")
    keys = request.GET.getlist("key")[:_MOST_NAMED]
    words = request.GET.get("q", "").replace("\0", "").strip()  # PostgreSQL knows no NUL
    if kind == STORY:
        found = _stories(may_know(request.user, translating=False), keys, words, language)
    else:
        found = _terms(TERMS[kind], keys, words, language)
    return JsonResponse({"terms": [{"key": key, "label": label} for key, label in found]})


def _terms(model: type[Term], keys: list[str], words: str, language: str) -> list[tuple[str, str]]:
    if keys:
        return [(term.key, term.label_in(language)) for term in model.objects.filter(key__in=keys)[:_MOST_NAMED]]
    sought, found = folded(words).split(), []
    # Databases compare letters outside English each in their own way; terms are few.
    for term in model.objects.all()[:_MOST_LOOKED_AT].iterator():
        texts = folded("\n".join((term.key, term.label, *term.labels.values())))
        if all(word in texts for word in sought):
            found.append((term.key, term.label_in(language)))
        if len(found) == _MOST_FOUND:
            break
    return found


def _stories(known: Q, keys: list[str], words: str, language: str) -> list[tuple[str, str]]:
    rows = StoryPage.objects.filter(known).order_by("-pk")
    if locale := Locale.objects.filter(language_code=language).first():
        rows = rows.filter(locale=locale)
    if keys:
        return list(rows.filter(story_id__in=keys).values_list("story_id", "title")[:_MOST_NAMED])
    if not words:
        return list(rows.values_list("story_id", "title")[:_MOST_FOUND])
    return [(story.story_id, story.title) for story in rows.autocomplete(words)[:_MOST_FOUND]]
