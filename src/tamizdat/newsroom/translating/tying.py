"""Translations that came in ready: tied to their source, so that they are flagged like all others when it changes."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from wagtail.models import Page

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import recount
from tamizdat.newsroom.translating.aligning import CHANGED, NEW, OWN, Pair, Row, met, settled
from tamizdat.newsroom.translating.beside import followed_of, newest, rows_of, source_now
from tamizdat.newsroom.translating.expiring import follow_expiry
from tamizdat.newsroom.translating.fields import RICH, Field, elements, fields_of
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.parts import caught_up, is_mark, parts_of, stored_parts

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def tie(keys: Collection[UUID], ready: Collection[int]) -> int:
    """Tie those of the pages ``ready`` that translate nothing yet to the source of their story, of one of ``keys``.

    The source is what others are translated from already, else what was published first of what readers have: nobody
    learns of a draft by this. Nothing counts as changed: what stands in both now is taken for a translation. Only
    inside a transaction. Returns how many were tied.
    """
    pages = StoryPage.objects.filter(translation_key__in=keys).order_by("pk")
    list(Page.objects.select_for_update().filter(pk__in=pages.values("pk")).order_by("pk").values_list("pk"))
    stories: dict[UUID, list[StoryPage]] = {}
    for page in pages.select_related("locale"):
        stories.setdefault(page.translation_key, []).append(page)
    targets = set(Task.objects.filter(target__in=pages).values_list("target_id", flat=True))
    sources = set(Task.objects.filter(source__in=pages).values_list("source_id", flat=True))
    tasks: list[Task] = []
    for story in stories.values():
        source = _source([page for page in story if page.pk not in targets and page.live], sources)
        free = [page for page in story if page.pk in ready and page.pk not in targets | sources and page is not source]
        if source is not None and free:
            tasks += _tasks(source, free)
    Task.objects.bulk_create(tasks)
    for source in {task.source for task in tasks if task.source.expire_at}:
        follow_expiry(source)
    return len(tasks)


def _source(pages: Iterable[StoryPage], sources: Collection[int]) -> StoryPage | None:
    def first(page: StoryPage) -> Any:
        return page.pk not in sources, page.published or _NEVER, page.pk

    return min(pages, key=first, default=None)


def _tasks(source: StoryPage, targets: Iterable[StoryPage]) -> Iterable[Task]:
    words, followed, parts = fields_of(source), followed_of(source), stored_parts(parts_of(source))
    for page in targets:
        target = page if page.live and not page.has_unpublished_changes else newest(page)
        pairs = _pairs(words, fields_of(target)) | parts
        # What has no time at which it expires has none of its own.
        ends = followed if target.expire_at else {**followed, "expire_at": None}
        yield Task(source=source, target=page, pairs=pairs, followed=ends)


def _pairs(source: Mapping[str, Field], target: Mapping[str, Field]) -> dict[str, Any]:
    return {key: [pair.stored() for pair in _paired(field, target.get(key))] for key, field in source.items()}


def _paired(source: Field, target: Field | None) -> Iterable[Pair]:
    """Piece by piece. Where one language has more of them, headings and lists tell which is which.

    The rest was left out on purpose, or is the translator's own.
    """
    there, here = source.pieces, target.pieces if target else ()
    if len(there) == len(here):
        return map(Pair, there, here)
    kinds = [[_kind(piece, source.kind) for piece in pieces] for pieces in (there, here)]
    return [
        Pair(there[old] if old is not None else None, here[new] if new is not None else "")
        for old, new in met(kinds[0], kinds[1])
    ]


def _kind(piece: str, kind: str) -> str:
    """The element that a piece of text is."""
    return piece[: piece.find(">")] if kind == RICH else ""


def reword(page: StoryPage, change: Callable[[str], str]) -> None:
    """After each text of a page went through ``change``, which leaves its words: so does what translations know of it.

    Nothing counts as changed by that. Only inside a transaction.
    """
    kinds = {key: field.kind for key, field in fields_of(page).items()}
    for task in Task.objects.select_for_update().filter(Q(source=page) | Q(target=page)).order_by("pk"):
        at = 0 if task.source_id == page.pk else 1
        pairs = dict(task.pairs)
        for key, stored in task.pairs.items():
            if is_mark(key):  # of pictures and addresses, not of words
                continue
            pairs[key] = [_reworded(pair, at, change, kinds.get(key, "")) for pair in stored]
        if pairs != task.pairs:
            Task.objects.filter(pk=task.pk).update(pairs=pairs)


def _reworded(stored: Sequence[Any], at: int, change: Callable[[str], str], kind: str) -> list[Any]:
    """A stored pair with one side changed, as :func:`fields_of` would say it."""
    new = change(stored[at] or "")
    if new == (stored[at] or ""):
        return list(stored)
    return [*stored[:at], "".join(elements(new)) if kind == RICH else new, *stored[at + 1 :]]


def catch_up(task: Task, before: Mapping[str, Field]) -> None:
    """After source and translation were written anew elsewhere: what changed in both is translated, the rest is not.

    ``before`` are the translation's words until then.
    """
    source, target = source_now(task), newest(task.target)
    for field in rows_of(task.pairs, source, target):
        if is_mark(field.key):
            continue
        old = frozenset(before[field.key].pieces) if field.key in before else frozenset()
        task.pairs[field.key] = [pair.stored() for pair in _caught_up(field.rows, old) if pair is not None]
    task.pairs |= caught_up(task.pairs, source, target)
    task.save(update_fields=["pairs"])
    recount(task, source, target)


def _caught_up(rows: Sequence[Row], old: Collection[str]) -> Iterable[Pair | None]:
    own = [at for at, row in enumerate(rows) if row.state == OWN and row.text not in old]
    new = [at for at, row in enumerate(rows) if row.state == NEW]
    meets = dict(zip(new, own, strict=True)) if len(new) == len(own) else {}
    for at, row in enumerate(rows):
        if at in meets:
            yield Pair(row.source, rows[meets[at]].text)
        elif at not in meets.values() and row.state != NEW:
            yield settled(row, row.text, confirmed=row.state == CHANGED and row.text not in old)
