"""Search as Wagtail has it for this newsroom's database, over folded words (:mod:`tamizdat.newsroom.folding`)."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.models import Avg, BigIntegerField, F, QuerySet
from django.db.models.functions import Cast, Length
from modelsearch.backends import database
from modelsearch.index import RelatedFields
from modelsearch.query import And, Boost, Not, Or, Phrase, PlainText
from wagtail.models import Page

from tamizdat.newsroom.folding import asked_for, folded_for_index
from tamizdat.newsroom.stories.by_time import newest_first
from tamizdat.newsroom.stories.changed import as_editors_have_them, note_changed
from tamizdat.newsroom.stories.finding import look_beside
from tamizdat.newsroom.stories.models import StoryPage

_NOWHERE: Final = "wordthatstandsinnotextwhatsoever"
"""What is asked for in place of signs alone: lists of the admin break where nothing is asked for."""
_LONG_ENOUGH: Final = 3
_PLENTY: Final = 5_000
"""Where more headlines than this have the words, texts are not searched."""
_OFTEN: Final = (
    "SELECT 1 FROM wagtailsearch_indexentry_fts WHERE wagtailsearch_indexentry_fts MATCH %s LIMIT 1 OFFSET %s"
)
_SAMPLE: Final = 1_000
"""Of so many titles the average is taken."""
_FEW: Final = 2_000
"""With no more pages than this, those that have the words are sorted; else the newest are gone through."""


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
            listed = list(items)
            if model is StoryPage:
                note_changed(listed)
                listed = as_editors_have_them(listed)
                look_beside(listed)
            super().add_items(model, [_Folded(item) for item in listed])
            _weigh(self.entries, model, [str(item.pk) for item in listed])

        def _refresh_title_norms(self, full: bool = False) -> None:
            # After each save it would read every title of the archive; :func:`_weigh` weighs what was added alone.
            if full:
                super()._refresh_title_norms(full=True)

    class Folding(whole):  # type: ignore[misc,unused-ignore] # as above
        """The backend of folded words."""

        index_class = Index
        query_compiler_class = _unhindered(whole.query_compiler_class)
        autocomplete_query_compiler_class = _wide(_unhindered(whole.autocomplete_query_compiler_class))
        _headlines = _unhindered(whole.autocomplete_query_compiler_class)

        def _search(self, compiler: Any, query: Any, model: Any, **options: Any) -> Any:
            # How well a word fits, SQLite would find out anew for each story that has it, by reading all that have it:
            # with 20,000 stories "the" took a minute.
            asked = folded_query(query)
            if isinstance(model, QuerySet) and issubclass(model.model, Page):
                model, options = _newest_first(model), {**options, "order_by_relevance": False}
                if compiler is self.autocomplete_query_compiler_class and _is_plenty(asked, model.db):
                    compiler = self._headlines
            return super()._search(compiler, asked, model, **options)

    return Folding


def _weigh(entries: QuerySet[Any], model: Any, keys: Sequence[str]) -> None:
    """Note how short the titles of these objects are beside others, of which the newest tell enough."""
    titled = entries.annotate(title_length=Length("title")).filter(title_length__gt=0)
    average = titled.order_by("-pk")[:_SAMPLE].aggregate(average=Avg("title_length"))["average"]
    if average is None:  # nothing has a title
        return
    kind = ContentType.objects.get_for_model(model)
    new = titled.filter(content_type=kind, object_id__in=keys, title_norm=1.0)
    new.update(title_norm=average / F("title_length"))


def _is_plenty(words: Any, database: str) -> bool:
    """Whether so many headlines have them that nobody turns the pages: to look into texts, too, takes longest then."""
    said = str(getattr(words, "query_string", words)).replace('"', " ").split()
    if not said or connections[database].vendor != "sqlite":
        return False
    terms = " ".join(f'"{word}"' for word in said)
    with connections[database].cursor() as cursor:
        cursor.execute(_OFTEN, [f"{{autocomplete}} : ({terms}*)", _PLENTY])
        return cursor.fetchone() is not None


def _unhindered(compiler: Any) -> Any:
    """``compiler`` for an index that stands in the database, beside what it is asked about."""
    whole: Any = compiler

    class Compiler(whole):  # type: ignore[misc,unused-ignore] # whichever the database has
        """Words of an index together with any filter and any order."""

        _counted: int | None = None

        def tell(self, count: int) -> None:
            """How much there is, or at least: for lists that have counted, so that nobody counts again."""
            self._counted = count

        def check(self) -> None:
            """Nothing: what the filters of a list ask for, only an index elsewhere would have to know."""

        def search(self, config: Any, start: int | None, stop: int | None, **options: Any) -> Any:
            """What has the words, from ``start`` to ``stop``."""
            found = super().search(config, None, None, **options)
            if stop is not None and options.get("score_field") is None and self._is_much(found):
                anywhere = copy(self)
                anywhere.queryset = self.queryset.model.objects.order_by()
                found = _walked(self.queryset, super(Compiler, anywhere).search(config, None, None, **options))
            return found[start:stop]

        def _is_much(self, found: Any) -> bool:
            newest = not self.order_by_relevance and issubclass(found.model, Page)
            if not newest or connections[found.db].vendor != "sqlite":
                return False
            # One look tells it for all parts of a list.
            if self._counted is None:
                self._counted = found.order_by().values("pk")[: _FEW + 1].count()
            return self._counted > _FEW

    return Compiler


def _wide(compiler: Any) -> Any:
    """``compiler`` of words that somebody types, which looks for pages by their headlines alone, over all their words.

    Of one or two letters it stays with headlines: half of all texts have words that begin so. Whoever asks for the
    field ``title`` looks for headlines, too.
    """
    whole: Any = compiler

    class Wide(whole):  # type: ignore[misc,unused-ignore] # whichever the database has
        """Words in headlines and in all that a story says."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            words = str(getattr(self.query, "query_string", "")).split()
            long_enough = bool(words) and len(words[-1]) >= _LONG_ENOUGH
            self._is_wide = long_enough and self.fields is None and issubclass(self.queryset.model, Page)
            if self._is_wide:
                self.FTS_TABLE_FIELDS = ["title", "body"]  # SQLite's columns

        def get_config(self, backend: Any) -> Any:
            """PostgreSQL's name for how words are made of the text that is searched."""
            return backend.config if self._is_wide else super().get_config(backend)

        def get_search_vectors(self, *asked: Any) -> Any:
            """What PostgreSQL searches, as it is indexed."""
            if self._is_wide:
                return [(F(f"{self._entries}__{name}"), 1.0) for name in ("title", "body")]
            return self.get_index_vectors(*asked)

        @property
        def _entries(self) -> str:
            return "index_entry" if connections[self.queryset.db].vendor == "sqlite" else "index_entries"

    return Wide


def _walked(pages: Any, found: Any) -> Any:
    """``found`` of ``pages`` for SQLite where it is much: without sorting all of it for the newest few.

    SQLite would look up each page that has the words by its key. To a key that is cast it has no such way, and goes
    along the index of the order instead until it has as many as it was asked for.
    """
    keys = found.order_by().values("pk")
    return pages.alias(searched_key=Cast("pk", BigIntegerField())).filter(searched_key__in=keys)


def _newest_first(pages: Any) -> Any:
    """Pages in the order in which a newsroom looks for them, unless somebody chose another."""
    chosen = [str(each).lstrip("-") for each in pages.query.order_by]
    return pages if chosen and chosen != ["path"] else newest_first(pages)


def folded_query(query: Any) -> Any:
    """A query with its words folded."""
    match query:
        case str():
            return asked_for(query) or (query and _NOWHERE)
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
        return [_kept(_folded_field(each)) for each in self._inner.get_search_fields()]


def _folded_field(field: Any) -> Any:
    made = copy(field)
    if isinstance(field, RelatedFields):
        made.fields = [_folded_field(each) for each in field.fields]
        made.get_value = lambda thing: field.get_value(_unwrapped(thing))
    else:
        made.get_value = lambda thing: _folded_value(field.get_value(_unwrapped(thing)))
    return made


def _kept(field: Any) -> Any:
    """``field`` of one object, which an index asks three times for what it says: that is found out once."""
    ask = field.get_value
    said: list[Any] = []

    def get_value(thing: Any) -> Any:
        if not said:
            said.append(ask(thing))
        return said[0]

    field.get_value = get_value
    return field


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
