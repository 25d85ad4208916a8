"""Many pages at once: the rows that Wagtail would write one by one, in a few statements, inside one transaction.

Every invariant that Wagtail keeps is kept: places in the tree and the number of children, one revision of each page
(and what names it), the history, the search index, the index of references. ``checks.py`` looks whether that is so.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.db import connections, models, router
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision
from wagtail.search.backends import get_search_backends

from tamizdat.newsroom.stories.from_story import slug_of
from tamizdat.newsroom.stories.models import Newspaper, StoryPage

MOVED: Final = "moving_in.moved"
"""What the history calls it."""
_REVISIONS: Final = ("latest_revision", "live_revision")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A page that is not there yet, and whether readers are to see it."""

    page: StoryPage
    live: bool


def add_pages(
    newcomers: Sequence[Newcomer], by: Any, now: datetime, point: Callable[[], Sequence[StoryPage]] = tuple
) -> Sequence[StoryPage]:
    """Write the pages, each below the newspaper of its locale. Only inside a transaction.

    Afterwards each page is as one that was written, saved and published: what readers get is released elsewhere.
    ``point`` is called once the pages have their numbers, as they may link to one another; those whose bodies it
    changed are returned. Raises Newspaper.DoesNotExist for a locale without a newspaper.
    """
    by_locale: dict[int, list[Newcomer]] = defaultdict(list)
    for newcomer in newcomers:
        by_locale[newcomer.page.locale_id].append(newcomer)
    for locale_id, group in sorted(by_locale.items()):
        # Older versions let administrators make another newspaper of the same language.
        paper = Newspaper.objects.select_for_update().filter(locale_id=locale_id).earliest("path")
        _place(paper, [each.page for each in group])
    for each in newcomers:
        _date(each, by, now)
    pages = [each.page for each in newcomers]
    _insert(pages)
    if linking := point():
        StoryPage.objects.bulk_update(linking, ["body"])
    _add_revisions(newcomers, by, now)
    _index(pages)
    return linking


def _date(newcomer: Newcomer, by: Any, now: datetime) -> None:
    page = newcomer.page
    page.owner, page.live, page.draft_title = by, newcomer.live, page.title
    page.has_unpublished_changes = not newcomer.live
    page.latest_revision_created_at = now
    if newcomer.live:
        page.last_published_at, page.first_published_at = now, min(page.published or now, now)


def _place(parent: Newspaper, pages: Sequence[StoryPage]) -> None:
    """Give the pages their places: after all that are there, in their order; and slugs that no other page has."""
    last = Page.objects.filter(path__startswith=parent.path, depth=parent.depth + 1).order_by("path").last()
    path = last.path if last else Page._get_path(parent.path, parent.depth + 1, 0)  # noqa: SLF001 - treebeard's only way
    taken = _slugs_below(parent, {slug_of(page.story_id) for page in pages})
    for page in pages:
        path = Page(path=path)._inc_path()  # noqa: SLF001 - as above
        page.path, page.depth, page.numchild = path, parent.depth + 1, 0
        page.slug = _free(slug_of(page.story_id), taken)
        taken.add(page.slug)
        page.set_url_path(parent)
    Page.objects.filter(pk=parent.pk).update(numchild=models.F("numchild") + len(pages))


def _slugs_below(parent: Newspaper, wanted: Collection[str]) -> set[str]:
    """Slugs of the newspaper's pages that stand in the way of ``wanted``."""
    children = Page.objects.filter(path__startswith=parent.path, depth=parent.depth + 1)
    found = set(children.filter(slug__in=wanted).values_list("slug", flat=True))
    for slug in sorted(found):
        found.update(children.filter(slug__startswith=f"{slug}-").values_list("slug", flat=True))
    return found


def _free(slug: str, taken: Collection[str]) -> str:
    number = 1
    while (free := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return free


def _insert(pages: Sequence[StoryPage]) -> None:
    """The rows of both tables: Django's own ``bulk_create`` does not know models of two."""
    kind = ContentType.objects.get_for_model(StoryPage)
    names = [field.attname for field in Page._meta.concrete_fields if field.attname != "id"]  # noqa: SLF001 - Django's name for it
    rows = [Page(**{name: getattr(page, name) for name in names}) for page in pages]
    for row in rows:
        row.content_type = kind
    Page.objects.bulk_create(rows)
    for page, row in zip(pages, rows, strict=True):
        page.pk = page.id = page.page_ptr_id = row.pk
        page.content_type = kind
        page._state.adding, page._state.db = False, router.db_for_write(StoryPage)  # noqa: SLF001 - as above
    _insert_own(pages)


def _insert_own(pages: Sequence[StoryPage]) -> None:
    fields = StoryPage._meta.local_concrete_fields  # noqa: SLF001 - as above
    connection = connections[router.db_for_write(StoryPage)]
    size = max(1, connection.ops.bulk_batch_size(fields, pages))
    for start in range(0, len(pages), size):
        query = models.sql.InsertQuery(StoryPage)
        query.insert_values(fields, list(pages[start : start + size]))
        query.get_compiler(connection=connection).execute_sql()


def _add_revisions(newcomers: Sequence[Newcomer], by: Any, now: datetime) -> None:
    base, kind = (ContentType.objects.get_for_model(model) for model in (Page, StoryPage))
    revisions = Revision.objects.bulk_create(
        Revision(
            content_type=kind,
            base_content_type=base,
            object_id=str(each.page.pk),
            created_at=now,
            user=by,
            object_str=str(each.page),
            content=each.page.serializable_data(),
        )
        for each in newcomers
    )
    for each, revision in zip(newcomers, revisions, strict=True):
        each.page.latest_revision = revision
        each.page.live_revision = revision if each.live else None
    rows = [
        Page(pk=each.page.pk, latest_revision=each.page.latest_revision, live_revision=each.page.live_revision)
        for each in newcomers
    ]
    Page.objects.bulk_update(rows, _REVISIONS)
    PageLogEntry.objects.bulk_create(
        PageLogEntry(
            page_id=each.page.pk,
            content_type=kind,
            label=str(each.page),
            action=MOVED,
            timestamp=now,
            user=by,
            revision=revision,
            content_changed=True,
        )
        for each, revision in zip(newcomers, revisions, strict=True)
    )


def _index(pages: Sequence[StoryPage]) -> None:
    """What Wagtail's signals would do: words for the search, and which picture stands in which story."""
    for backend in get_search_backends(with_auto_update=True):
        backend.add_bulk(StoryPage, pages)
    kind, base = ContentType.objects.get_for_model(StoryPage), ContentType.objects.get_for_model(Page)
    ReferenceIndex.objects.bulk_create(
        (
            ReferenceIndex(
                content_type=kind,
                base_content_type=base,
                object_id=str(page.pk),
                to_content_type_id=to_kind,
                to_object_id=to_key,
                model_path=model_path,
                content_path=content_path,
                content_path_hash=ReferenceIndex._get_content_path_hash(content_path),  # noqa: SLF001 - Wagtail has no way for many
            )
            for page in pages
            for to_kind, to_key, model_path, content_path in set(_references(page))
        ),
        ignore_conflicts=True,
    )


def _references(page: StoryPage) -> Iterable[tuple[int, str, str, str]]:
    found: Iterable[tuple[int, str, str, str]] = ReferenceIndex._extract_references_from_object(page)  # noqa: SLF001 - as above
    return found


def moment() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
