"""Search as Wagtail has it for this newsroom's database, over folded words (:mod:`tamizdat.newsroom.folding`)."""

from collections.abc import Iterable, Mapping
from copy import copy
from functools import cache
from typing import Any, Final

from django.db.models import QuerySet
from modelsearch.backends import database
from modelsearch.index import RelatedFields
from modelsearch.query import And, Boost, Not, Or, Phrase, PlainText
from wagtail.models import Page

from tamizdat.newsroom.folding import folded, folded_for_index

_NOWHERE: Final = "wordthatstandsinnotextwhatsoever"
"""What is asked for in place of signs alone: lists of the admin break where nothing is asked for."""


def SearchBackend(params: Any) -> Any:  # noqa: N802 - Wagtail looks for this name
    """The backend for the newsroom's database."""
    kind: Any = type(database.SearchBackend(dict(params)))
    return _folding(kind)(params)


@cache
def _folding(backend: Any) -> Any:
    """``backend`` with an index and queries of folded words."""
    whole: Any = backend
    index: Any = backend.index_class

    class Index(index):  # type: ignore[misc,unused-ignore] # whichever the database has
        """The index of folded words."""

        def add_items(self, model: Any, items: Iterable[Any]) -> None:
            """Add objects."""
            super().add_items(model, [_Folded(item) for item in items])

    class Folding(whole):  # type: ignore[misc,unused-ignore] # as above
        """The backend of folded words."""

        index_class = Index

        def _search(self, compiler: Any, query: Any, model: Any, **options: Any) -> Any:
            # How well a word fits, SQLite would find out anew for each story that has it, by reading all that have it:
            # with 20,000 stories "the" took a minute.
            if isinstance(model, QuerySet) and issubclass(model.model, Page):
                model, options = _newest_first(model), {**options, "order_by_relevance": False}
            return super()._search(compiler, folded_query(query), model, **options)

    return Folding


def _newest_first(pages: Any) -> Any:
    """Pages in the order in which a newsroom looks for them, unless somebody chose another that the index can give."""
    known = {each.field_name for each in pages.model.get_filterable_search_fields()}
    chosen = [str(each).lstrip("-") for each in pages.query.order_by]
    if chosen and chosen != ["path"] and known.issuperset(chosen):
        return pages
    return pages.order_by("-latest_revision_created_at")


def folded_query(query: Any) -> Any:
    """A query with its words folded."""
    match query:
        case str():
            return folded(query) or (query and _NOWHERE)
        case PlainText():
            return PlainText(folded_query(query.query_string), operator=query.operator)
        case Phrase():
            return Phrase(folded_query(query.query_string))
        case And() | Or():
            return type(query)([folded_query(each) for each in query.subqueries])
        case Not():
            return Not(folded_query(query.subquery))
        case Boost():
            return Boost(folded_query(query.subquery), query.boost)
        case _:
            return query


class _Folded:
    """An object whose texts are folded when its index asks for them."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner.inner if isinstance(inner, _Folded) else inner

    @property
    def inner(self) -> Any:
        """The object."""
        return self._inner

    @property
    def pk(self) -> Any:
        """Its key."""
        return self._inner.pk

    def get_search_fields(self) -> list[Any]:
        """Its fields."""
        return [_folded_field(each) for each in self._inner.get_search_fields()]


def _folded_field(field: Any) -> Any:
    made = copy(field)
    if isinstance(field, RelatedFields):
        made.fields = [_folded_field(each) for each in field.fields]
        made.get_value = lambda thing: field.get_value(_unwrapped(thing))
    else:
        made.get_value = lambda thing: _folded_value(field.get_value(_unwrapped(thing)))
    return made


def _unwrapped(thing: Any) -> Any:
    return thing.inner if isinstance(thing, _Folded) else thing


def _folded_value(value: Any) -> Any:
    if isinstance(value, str):
        return folded_for_index(value)
    if isinstance(value, Mapping):
        return {key: _folded_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_folded_value(each) for each in value]
    return value
