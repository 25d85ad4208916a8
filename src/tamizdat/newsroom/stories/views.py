"""What the story's form asks for while somebody writes."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from wagtail.models import Locale

from tamizdat.newsroom.folding import folded
from tamizdat.newsroom.stories.keys import number_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Term, Topic

TERMS: Final[dict[str, type[Term]]] = {"section": Section, "topic": Topic, "agency": Agency, "byline": Byline}
BYLINE: Final = "byline"
STORY: Final = "story"
_T = TypeVar("_T", bound=Term)
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
        hides_keys = kind == BYLINE and not request.user.has_perm("stories.change_byline")
        find = _bylines if hides_keys else partial(_terms, TERMS[kind])
        found = find(keys, words, language)
    return JsonResponse({"terms": [{"key": key, "label": label} for key, label in found]})


def _terms(model: type[Term], keys: list[str], words: str, language: str) -> list[tuple[str, str]]:
    if keys:
        return [(term.key, term.label_in(language)) for term in model.objects.filter(key__in=keys)[:_MOST_NAMED]]
    found = _found(model, words, lambda term: (term.key, term.label, *term.labels.values()))
    return [(term.key, term.label_in(language)) for term in found]


def _bylines(keys: list[str], words: str, language: str) -> list[tuple[str, str]]:
    """The same for those who do not see the keys of bylines: where readers do not see one, it has a number."""
    if keys:
        numbers = [number for key in keys if (number := number_of(key))]
        named: Iterable[Byline] = Byline.objects.filter(pk__in=numbers)
    else:
        named = _found(Byline, words, lambda byline: byline.shown)
    return [(f"~{byline.pk}" if byline.hides_key else byline.key, byline.label_in(language)) for byline in named]


def _found(model: type[_T], words: str, texts_of: Callable[[_T], Iterable[str]]) -> list[_T]:
    sought = folded(words).split()
    # Databases compare letters outside English each in their own way; terms are few.
    terms: Iterable[_T] = model.objects.all()[:_MOST_LOOKED_AT].iterator()
    having = (term for term in terms if all(word in folded("\n".join(texts_of(term))) for word in sought))
    return list(islice(having, _MOST_FOUND))


def _stories(known: Q, keys: list[str], words: str, language: str) -> list[tuple[str, str]]:
    rows = StoryPage.objects.filter(known).order_by("-pk")
    if locale := Locale.objects.filter(language_code=language).first():
        rows = rows.filter(locale=locale)
    if keys:
        return list(rows.filter(story_id__in=keys).values_list("story_id", "title")[:_MOST_NAMED])
    if not words:
        return list(rows.values_list("story_id", "title")[:_MOST_FOUND])
    found = rows.autocomplete(words, fields=["title"])  # a line of chips: whoever types knows the headline
    return [(story.story_id, story.title) for story in found[:_MOST_FOUND]]
