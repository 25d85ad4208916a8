"""The board: stories down, languages across. A page of it costs the same few queries for any number of stories."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision, WorkflowState

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Task

PER_PAGE: Final = 25
STATES: Final = {
    "missing": _("missing"),
    "draft": _("draft"),
    "review": _("in review"),
    "held": _("held"),
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


def stories(wanted: Wanted) -> QuerySet[StoryPage]:
    """The sources that match, newest first."""
    found = StoryPage.objects.filter(translating_from__isnull=True)
    found = found.select_related("locale").defer("body").order_by("-latest_revision_created_at")
    if wanted.section:
        with_text: Any = found.annotate(keys=Cast("sections", TextField()))
        found = with_text.filter(keys__contains=f'"{wanted.section}"')
    if wanted.since:
        found = found.filter(latest_revision_created_at__gte=wanted.since)
    tasks = Task.objects.filter(source=OuterRef("pk"))
    if wanted.mine:
        found = found.filter(Exists(tasks.filter(Q(translator=wanted.mine))) | Q(owner=wanted.mine))
    if wanted.urgent:
        found = found.filter(Exists(tasks.filter(urgent=True)))
    return _in_state(found, tasks, wanted)


def _in_state(found: QuerySet[StoryPage], tasks: QuerySet[Task], wanted: Wanted) -> QuerySet[StoryPage]:
    pages = StoryPage.objects.filter(translation_key=OuterRef("translation_key")).exclude(pk=OuterRef("pk"))
    if wanted.language:
        pages = pages.filter(locale__language_code=wanted.language)
        tasks = tasks.filter(target__locale__language_code=wanted.language)
    match wanted.state:
        case "missing" if wanted.language:
            return found.exclude(locale__language_code=wanted.language).filter(~Exists(pages))
        case "draft":
            return found.filter(Exists(pages.filter(live=False)))
        case "stale":
            return found.filter(Exists(tasks.filter(changed__gt=0)))
        case "held":
            return found.filter(Exists(tasks.filter(together__isnull=False)))
        case "machine":
            return found.filter(Exists(pages.filter(translation="machine")))
        case "published":
            return found.filter(Exists(pages.filter(live=True)))
        case _:
            return found


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
    tasks = {task.target_id: task for task in Task.objects.filter(source__in=sources).defer("pairs", "followed")}
    found = {(page["translation_key"], page["code"]): page for page in pages}
    return [
        BoardRow(
            source,
            any(task.urgent for task in tasks.values() if task.source_id == source.pk),
            tuple(_cell(source, tag, found.get((source.translation_key, tag)), tasks) for tag in languages),
        )
        for source in sources
    ]


def _cell(source: StoryPage, language: str, page: Any, tasks: dict[int, Task]) -> Cell:
    if page is None:
        return Cell("missing", language)
    task = tasks.get(page["pk"])
    if task is None:
        state = "source" if page["pk"] == source.pk and page["live"] else _plain_state(page)
        return Cell(state, language, page["pk"])
    state = "stale" if task.changed else "held" if task.together_id else _plain_state(page)
    return Cell(state, language, page["pk"], task.pk, task.todo, task.changed, task.ready)


def _plain_state(page: Any) -> str:
    if page["translation"] == "machine":
        return "machine"
    if page["goes"]:
        return "scheduled"
    if page["reviewed"]:
        return "review"
    return "published" if page["live"] else "draft"
