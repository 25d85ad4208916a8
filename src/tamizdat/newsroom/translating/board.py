"""The board: stories down, languages across. A page of it costs the same few queries for any number of stories."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count as CountOf
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page, Revision, WorkflowState

from tamizdat.newsroom.stories.by_time import newest_first, timed_revisions
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.translating.models import Task

PER_PAGE: Final = 25
MOST: Final = 1_000
"""How many of the stories that match are looked at: the newest. Who seeks others filters more."""
_ROOT: Final = Coalesce("source__translating_from__source", "source")
"""The story of a task, also where its source is a translation itself."""
_FEW: Final = 2_000
FILTERS: Final = ("missing", "draft", "review", "stale", "held", "failed", "scheduled", "machine", "published")
STATES: Final = {
    "missing": _("missing"),
    "draft": _("draft"),
    "review": _("in review"),
    "held": _("held"),
    "failed": _("Release together failed"),
    "scheduled": _("scheduled"),
    "published": _("published"),
    "stale": _("source changed"),
    "machine": _("by a machine, unchecked"),
    "source": _("source"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A story in a language."""

    state: str
    language: str
    page: int | None = None
    task: int | None = None
    todo: int = 0
    changed: int = 0
    ready: bool = False

    @property
    def label(self) -> Any:
        """What people call the state."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A story."""

    source: StoryPage
    urgent: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see. ``state`` is of the cell in ``language``, if one is chosen, or of any."""

    language: str = ""
    state: str = ""
    section: str = ""
    mine: Any = None
    urgent: bool = False
    since: datetime | None = None
    user: Any = None
    """Who looks; None for programs, which see all."""


def stories(wanted: Wanted) -> QuerySet[StoryPage]:
    """The sources that match, newest first. Of stories that came in all their languages at once, the first."""
    found = StoryPage.objects.filter(translating_from__isnull=True)
    earlier = found.filter(translation_key=OuterRef("translation_key"), pk__lt=OuterRef("pk"))
    found = found.filter(~Exists(earlier) | Exists(Task.objects.filter(source=OuterRef("pk"))))
    found = newest_first(found.select_related("locale").defer("body"))
    if wanted.user is not None and not wanted.user.is_superuser:
        found = found.filter(may_know(wanted.user))
    if wanted.section:
        with_text: Any = found.annotate(keys=Cast("sections", TextField()))
        found = with_text.filter(keys__contains=f'"{wanted.section}"')
    if wanted.since:
        found = found.filter(latest_revision_created_at__gte=wanted.since)
    if wanted.mine:
        theirs = _stories_of(Task.objects.filter(translator=wanted.mine))
        found = found.filter(Q(pk__in=theirs) | Q(owner=wanted.mine))
    if wanted.urgent:
        found = found.filter(pk__in=_stories_of(Task.objects.filter(urgent=True)))
    return _in_state(found, wanted)


def _stories_of(tasks: QuerySet[Task]) -> Any:
    return tasks.annotate(root=_ROOT).values("root")


def _in_state(found: QuerySet[StoryPage], wanted: Wanted) -> QuerySet[StoryPage]:
    locales, pages, tasks = Locale.objects.all(), StoryPage.objects.order_by(), Task.objects.all()
    if wanted.language:
        locales = locales.filter(language_code=wanted.language)
        pages = pages.filter(locale__in=list(locales))
        tasks = tasks.filter(target__locale__in=list(locales))
    match wanted.state:
        case "missing":
            return _few_first(found, Page.objects.filter(_lacks(locales))).filter(_lacks(locales))
        case "draft":
            drafts = pages.filter(live=False)
            return _few_first(found, drafts).filter(_another_of(drafts))
        case "stale":
            return found.filter(pk__in=_stories_of(tasks.filter(changed__gt=0)))
        case "held":
            return found.filter(pk__in=_stories_of(tasks.filter(together__isnull=False)))
        case "failed":
            return found.filter(pk__in=_stories_of(tasks.exclude(together=None).exclude(together__failed="")))
        case "review":
            return found.filter(translation_key__in=pages.filter(pk__in=_in_review()).values("translation_key"))
        case "scheduled":
            return found.filter(translation_key__in=pages.filter(pk__in=_scheduled()).values("translation_key"))
        case "machine":
            unchecked = pages.filter(translation="machine")
            return _few_first(found, unchecked).filter(_another_of(unchecked))
        case "published":
            several = Page.objects.values("translation_key").annotate(n=CountOf("pk")).filter(n__gt=1)
            return _few_first(found, several).filter(_another_of(pages.filter(live=True)))
        case _:
            return found


def _lacks(locales: QuerySet[Locale]) -> Exists:
    """Whether a story is not there in one of these languages."""
    there = Page.objects.filter(translation_key=OuterRef(OuterRef("translation_key")))
    return Exists(locales.exclude(pk__in=there.values("locale")))


def _another_of(pages: QuerySet[StoryPage]) -> Exists:
    """Whether a story has one of ``pages`` as a translation."""
    return Exists(pages.filter(translation_key=OuterRef("translation_key")).exclude(pk=OuterRef("pk")))


def _few_first(found: QuerySet[StoryPage], pages: QuerySet[Any]) -> QuerySet[StoryPage]:
    """Where few of ``pages`` may be what is asked for, these are looked up; else the newest are gone through."""
    keys = list(pages.order_by().values_list("translation_key", flat=True)[: _FEW + 1])
    return found.filter(translation_key__in=keys) if len(keys) <= _FEW else found


def _in_review() -> list[int]:
    """Pages in a workflow; there are as many as people can have in their hands."""
    states = WorkflowState.objects.filter(status=WorkflowState.STATUS_IN_PROGRESS, base_content_type__model="page")
    return [int(key) for key in states.values_list("object_id", flat=True)]


def _scheduled() -> list[int]:
    """Pages that will go out by themselves."""
    return [int(key) for key in timed_revisions().values_list("object_id", flat=True)]


@dataclass(frozen=True, slots=True)
class Window:
    """The newest stories that match, ``MOST`` at most; ``more`` says whether there are others."""

    keys: tuple[int, ...]
    translation_keys: tuple[Any, ...]
    more: bool


def window(found: QuerySet[StoryPage]) -> Window:
    """One query, whatever there is."""
    first = list(found.values_list("pk", "translation_key")[: MOST + 1])
    return Window(
        tuple(pk for pk, _key in first[:MOST]), tuple(key for _pk, key in first[:MOST]), more=len(first) > MOST
    )


def page_of(keys: Sequence[int]) -> list[StoryPage]:
    """These sources, in this order."""
    found = StoryPage.objects.select_related("locale").defer("body").in_bulk(keys)
    return [found[key] for key in keys if key in found]


@dataclass(frozen=True, slots=True)
class Count:
    """How much of a window is to be done in a language."""

    language: str
    missing: int
    todo: int
    stale: int
    review: int
    ready: int


def counts(seen: Window, languages: Sequence[str]) -> list[Count]:
    """A row for each language; four queries for any number of stories."""
    names = dict(Locale.objects.values_list("pk", "language_code"))
    in_window = Page.objects.filter(translation_key__in=seen.translation_keys).order_by()
    there = _by_locale(in_window.values("locale").annotate(n=CountOf("pk")), names)
    review = _by_locale(in_window.filter(pk__in=_in_review()).values("locale").annotate(n=CountOf("pk")), names)
    of_these = Task.objects.filter(target__translation_key__in=seen.translation_keys)
    tasks = of_these.order_by().values("target__locale")
    states: dict[str, Any] = {
        names[each["target__locale"]]: each
        for each in tasks.annotate(
            todo=CountOf("pk", filter=Q(todo__gt=0)),
            stale=CountOf("pk", filter=Q(changed__gt=0)),
            ready_=CountOf("pk", filter=Q(ready=True)),
        )
    }
    return [
        Count(
            tag,
            missing=max(0, len(seen.keys) - there.get(tag, 0)),
            todo=states.get(tag, {}).get("todo", 0),
            stale=states.get(tag, {}).get("stale", 0),
            review=review.get(tag, 0),
            ready=states.get(tag, {}).get("ready_", 0),
        )
        for tag in languages
    ]


def _by_locale(rows: Iterable[Any], names: Mapping[int, str]) -> dict[str, int]:
    return {names[each["locale"]]: each["n"] for each in rows}


def rows(sources: Sequence[StoryPage], languages: Sequence[str]) -> list[BoardRow]:
    """Rows with a cell for each language; two queries for all of them."""
    keys = [source.translation_key for source in sources]
    reviewed = WorkflowState.objects.filter(
        status=WorkflowState.STATUS_IN_PROGRESS, object_id=Cast(OuterRef("pk"), TextField())
    )
    goes = Revision.objects.filter(
        object_id=Cast(OuterRef("pk"), TextField()), approved_go_live_at__isnull=False,
        base_content_type__model="page",
    )  # fmt: skip
    pages = (
        StoryPage.objects.filter(translation_key__in=keys)
        .annotate(code=F("locale__language_code"), reviewed=Exists(reviewed), goes=Exists(goes))
        .values("pk", "translation_key", "code", "live", "translation", "reviewed", "goes")
    )
    tasks: dict[int, Any] = {task.target_id: task for task in _tasks_of(keys)}
    found = {(page["translation_key"], page["code"]): page for page in pages}
    return [
        BoardRow(
            source,
            any(task.urgent for task in tasks.values() if task.key == source.translation_key),
            tuple(_cell(source, tag, found.get((source.translation_key, tag)), tasks) for tag in languages),
        )
        for source in sources
    ]


def _tasks_of(keys: Sequence[Any]) -> QuerySet[Task]:
    found = Task.objects.filter(target__translation_key__in=keys).defer("pairs", "followed")
    return found.annotate(failed=F("together__failed"), key=F("target__translation_key"))


def _cell(source: StoryPage, language: str, page: Any, tasks: dict[int, Task]) -> Cell:
    if page is None:
        return Cell("missing", language)
    task = tasks.get(page["pk"])
    if task is None:
        state = "source" if page["pk"] == source.pk and page["live"] else _plain_state(page)
        return Cell(state, language, page["pk"])
    return Cell(_task_state(task, page), language, page["pk"], task.pk, task.todo, task.changed, task.ready)


def _task_state(task: Any, page: Any) -> str:
    """What somebody should see first. ``failed`` is why what holds it could not let go at its time."""
    if task.failed:
        return "failed"
    if task.changed:
        return "stale"
    return "held" if task.together_id else _plain_state(page)


def _plain_state(page: Any) -> str:
    if page["translation"] == "machine":
        return "machine"
    if page["goes"]:
        return "scheduled"
    if page["reviewed"]:
        return "review"
    return "published" if page["live"] else "draft"
