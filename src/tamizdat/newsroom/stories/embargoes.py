"""A story waits for the latest embargo of all its languages, whichever of them somebody lets out.

Counted is what stands in newest drafts, in what is approved to go out at a time, and in what readers have. A
translation that only says what its source said when it was last saved keeps nothing by that, itself neither: its source
counts for itself, and may have lifted its embargo since.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.dispatch import Signal
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Revision

from tamizdat.locales import endonym
from tamizdat.newsroom.stories.by_time import timed_revisions

drafting: Final = Signal()
"""Sent in the transaction that saves a draft, before anything of it is written: ``page`` is the draft."""
waits_changed: Final = Signal()
"""Sent after what stories wait for may have changed, in the same transaction: an embargo or a time of ``page``."""
MOVED: Final = "stories.embargo_moved"
"""What the history calls a time that an embargo put off."""
_COPIED: Final = "translating_from__followed__embargo"
_STORY: Final = ("translation_key", "story_id")
_ROW: Final = (
    "pk", "locale__language_code", "embargo", "live", "has_unpublished_changes", "latest_revision", _COPIED, *_STORY
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Embargo:
    """Until when one language of a story waits, and where that stands."""

    at: datetime
    page: int
    language: str
    is_draft: bool
    is_copy: bool


def embargo_of(draft: Any) -> Embargo | None:
    """The embargo for which ``draft`` waits, by itself or by its page's newest draft; None if none is to come."""
    rows = _rows([draft])
    return _latest(draft, rows, _all(rows))


def embargoes_of(pages: Sequence[Any]) -> list[Embargo | None]:
    """The same for each of many ``pages`` that are not written yet, be it that of another of them; a few queries."""
    rows = _rows(pages)
    found: dict[Any, list[Embargo]] = defaultdict(list)
    for each in _all(rows):
        for name in _STORY:
            found[rows[each.page][name]].append(each)
    for page in pages:
        if page.embargo:
            own = Embargo(page.embargo, 0, page.locale.language_code, is_draft=True, is_copy=False)
            found[page.translation_key].append(own)
            found[page.story_id].append(own)
    return [_latest(page, rows, found[page.translation_key] + found[page.story_id]) for page in pages]


def said_of(draft: Any) -> str:
    """What whoever looks at ``draft`` is told of the embargo for which it waits; empty if it waits for none."""
    found = embargo_of(draft)
    if found is None:
        return ""
    said = _("Under embargo until %(at)s UTC (%(language)s): whoever publishes, no language of it goes out before.")
    return said % {"at": f"{found.at:%Y-%m-%d %H:%M}", "language": endonym(found.language)}


def put_off(page: Any) -> None:
    """What is approved to go out before the story's embargo now waits for it. Its history says so."""
    rows = _rows([page])
    found = list(_all(rows))
    for revision in _revisions(rows).exclude(approved_go_live_at=None):
        draft = revision.as_object()
        latest = _latest(draft, rows, found)
        if latest and revision.approved_go_live_at < latest.at:
            # Not saved: nothing of its words changed, and it is no other draft than the one that was called ready.
            Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=latest.at)
            log(instance=draft, action=MOVED, data={"at": f"{latest.at:%Y-%m-%d %H:%M}"})


def _latest(draft: Any, rows: dict[int, Any], found: Iterable[Embargo]) -> Embargo | None:
    """The latest one to come that keeps ``draft``: its own, or one of ``found``, which are all of its story's rows."""
    keeps = [each for each in found if each.is_draft or each.page != draft.pk]
    if draft.embargo:
        row = rows.get(draft.pk) or {"pk": draft.pk, "locale__language_code": draft.locale.language_code, _COPIED: None}
        keeps.append(_made(row, draft.embargo, is_draft=True))
    to_come = (each for each in keeps if not each.is_copy and each.at > datetime.now(UTC))
    return max(to_come, key=lambda each: each.at, default=None)


def _rows(stories: Sequence[Any]) -> dict[int, Any]:
    """The pages of these stories. Two questions in one, as each has an index of its own."""
    goes = timed_revisions().filter(object_id=Cast(OuterRef("pk"), TextField()))
    pages = type(stories[0]).objects.order_by().annotate(goes=Exists(goes)).values(*_ROW, "goes")
    found = pages.filter(translation_key__in={each.translation_key for each in stories})
    if ids := {each.story_id for each in stories} - {""}:
        found = found.union(pages.filter(story_id__in=ids))
    return {row["pk"]: row for row in found}


def _revisions(rows: dict[int, Any]) -> Any:
    return Revision.page_revisions.filter(object_id__in=[str(key) for key in rows])


def _all(rows: dict[int, Any]) -> Iterator[Embargo]:
    """All embargoes of these pages."""
    drafts = {row["latest_revision"] for row in rows.values() if row["has_unpublished_changes"]} - {None}
    for row in rows.values():
        is_newest = row["latest_revision"] not in drafts
        if row["embargo"] and (row["live"] or is_newest):
            yield _made(row, row["embargo"], is_draft=is_newest)
    if not drafts and not any(row["goes"] for row in rows.values()):
        return
    kept = _revisions(rows).filter(Q(pk__in=drafts) | Q(approved_go_live_at__isnull=False))
    for pk, key, at in kept.values_list("pk", "object_id", "content__embargo"):
        if at:
            yield _made(rows[int(key)], at, is_draft=pk in drafts)


def _made(row: Any, at: Any, *, is_draft: bool) -> Embargo:
    moment, copied = _moment(at), _moment(row[_COPIED]) if row[_COPIED] else None
    # A draft keeps no more than thousandths of a second.
    is_copy = copied is not None and abs(moment - copied) < timedelta(seconds=1)
    return Embargo(moment, row["pk"], row["locale__language_code"], is_draft, is_copy)


def _moment(at: Any) -> datetime:
    return (parse_datetime(at) or datetime.min.replace(tzinfo=UTC)) if isinstance(at, str) else at
