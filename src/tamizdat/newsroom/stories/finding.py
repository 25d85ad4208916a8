"""Words by which a search finds a story though they stand in other rows: what its byline, topics and agencies are
called in its language, and what readers of it have been told. Never whose a byline is.

When those change, the stories wait here to be looked at anew, in the background.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db import models, transaction
from wagtail.search.backends import get_search_backends

from tamizdat.newsroom.corrections.models import said_among, told_in
from tamizdat.newsroom.stories.models import SearchDue, StoryPage
from tamizdat.newsroom.stories.terms import Agency, Byline, Term, Topic

EVERY: Final = "*"
_TERMS: Final[dict[str, type[Term]]] = {"byline": Byline, "topics": Topic, "agencies": Agency}
"""By the story's field."""
_KEPT: Final = "_said_beside"
_AT_ONCE: Final = 50
_LOOKED_AT: Final = 2_000
_MOST_SECONDS: Final = 20.0
"""In one round: whoever stops the newsroom does not wait longer."""


def beside(page: StoryPage) -> list[str]:
    """What is said beside the story: labels in its language, and corrections as its readers see them."""
    if _KEPT not in page.__dict__:
        look_beside([page])
    found: list[str] = page.__dict__[_KEPT]
    return found


def look_beside(pages: Sequence[StoryPage]) -> None:
    """Look it up anew for many pages at once; each keeps it, as an index asks for it several times."""
    terms = {field: _terms(model, field, pages) for field, model in _TERMS.items()}
    told = said_among(page.story_id for page in pages)
    for page in pages:
        language = page.locale.language_code
        found = [_label(terms[field], key, language, _TERMS[field]) for field in _TERMS for key in getattr(page, field)]
        found += (text for _correction, text in told_in(told.get(page.story_id, ()), language))
        page.__dict__[_KEPT] = [text for text in found if text]


def _terms(model: type[Term], field: str, pages: Iterable[StoryPage]) -> dict[str, Term]:
    keys = {key for page in pages for key in getattr(page, field)}
    # No more of a byline is read than what readers see.
    found = model.objects.filter(key__in=keys).only("key", "label", "labels") if keys else ()
    return {term.key: term for term in found}


def _label(known: dict[str, Term], key: str, language: str, model: type[Term]) -> str:
    return known[key].label_in(language) if key in known else model.without_term(key)


def listen() -> None:
    """Note which terms are called otherwise. None goes that a story names."""
    for model in _TERMS.values():
        models.signals.post_save.connect(_changed, sender=model, dispatch_uid="find by another name")


def _changed(instance: Term, raw: bool = False, **_options: Any) -> None:
    if not raw:
        _note([SearchDue(term=_name(type(instance), instance.key))])


def _name(model: type[Term], key: str) -> str:
    return f"{model.__name__} {key}"


def _note(due: Iterable[SearchDue]) -> None:
    SearchDue.objects.bulk_create(due, ignore_conflicts=True)


def find_anew(pages: Iterable[StoryPage]) -> None:
    """Let the search find these stories by what is said beside them now."""
    ready = list(pages)
    if ready:
        for backend in get_search_backends(with_auto_update=True):
            backend.add_bulk(StoryPage, ready)


def find_waiting() -> int:
    """Let the search find what waits, for a while; how many stories that were. A killed worker loses nothing."""
    until = time.monotonic() + _MOST_SECONDS
    _spread()
    done = 0
    while time.monotonic() < until:
        began = time.monotonic()
        batch = _batch()
        if not batch:
            break
        done += batch
        # As much time for those who write as for this: SQLite lets one in at a time.
        time.sleep(time.monotonic() - began)
    return done


def _batch() -> int:
    with transaction.atomic():
        due = SearchDue.objects.filter(page__isnull=False).order_by("pk")[:_AT_ONCE]
        keys = dict(due.values_list("pk", "page"))
        # First: what changes from here on is noted anew.
        SearchDue.objects.filter(pk__in=keys).delete()
        find_anew(StoryPage.objects.filter(pk__in=keys.values()).select_related("locale"))
    return len(keys)


def _spread() -> None:
    """Note every story that names a term which waits; then the term waits no more."""
    terms = dict(SearchDue.objects.filter(term__isnull=False).values_list("term", "pk"))
    if not terms:
        return
    for pages in _naming(terms.keys()):
        _note(SearchDue(page_id=page) for page in pages)
    SearchDue.objects.filter(pk__in=terms.values()).delete()


def _naming(terms: Iterable[str]) -> Iterator[list[int]]:
    wanted = set(terms)
    last = 0
    while rows := list(StoryPage.objects.filter(pk__gt=last).order_by("pk").values_list("pk", *_TERMS)[:_LOOKED_AT]):
        last = rows[-1][0]
        yield [pk for pk, *keys in rows if EVERY in wanted or _names(keys) & wanted]


def _names(keys: Sequence[list[str]]) -> set[str]:
    return {_name(model, key) for model, named in zip(_TERMS.values(), keys, strict=True) for key in named}
