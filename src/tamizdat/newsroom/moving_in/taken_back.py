"""What a source took back since it came in: readers lose it here, too, unless somebody has edited it here.

Nor does it go out later, by a time that it has.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db import transaction

from tamizdat.errors import ItemWithdrawn
from tamizdat.newsroom.moving_in.kept import why_kept
from tamizdat.newsroom.moving_in.knowing import Key
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.moving_in.report import Fault, MoveReport
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.reviewing import forget_times
from tamizdat.newsroom.translating.acting import lock_pages
from tamizdat.newsroom.translating.holding import is_held


def take_back(
    notes: Iterable[ItemWithdrawn], report: MoveReport, *, seen: Collection[Key], by: Any, ask: Callable[[], None]
) -> None:
    """Unpublish the stories of these notes that are out or wait for a time; ``report`` says which, and which were kept.

    Those in ``seen`` the source has, too. ``ask`` raises PermissionDenied if nothing may be done any more.
    """
    for note in notes:
        rows = MovedItem.objects.filter(source=report.source, story_id=note.fields["what"])
        if note.fields["language"]:
            rows = rows.filter(language=note.fields["language"])
        for row in rows.order_by("pk"):
            if (row.language, row.story_id) not in seen:
                with transaction.atomic():
                    ask()
                    _take_back(row.pk, str(note.fields["where"]), report, by)


def _take_back(key: int, where: str, report: MoveReport, by: Any) -> None:
    lock_pages(list(StoryPage.objects.filter(moved_from=key).values_list("pk", flat=True)))
    row = MovedItem.objects.select_for_update().get(pk=key)
    page = StoryPage.objects.filter(pk=row.page_id).first()
    if page is None or not (page.live or page.approved_schedule or is_held(page)):
        return
    why = why_kept(page, row)
    here = "out here" if page.live else "to go out here"
    text = f"TAKEN BACK there, and {here}: {why}" if why else f"TAKEN BACK there: a draft here ({row.language})"
    report.add(Fault(where, row.story_id, "", text, left_out=False, name=page.title[:100]))
    if why:
        report.kept += 1
        return
    report.changed += 1
    if report.dry:
        return
    # A version of its own: so it comes back if its source has it again, as what somebody unpublished does not.
    row.revision = page.save_revision(user=by, log_action=True, clean=False).pk
    row.mark = ""
    row.save()
    if page.live:
        page.unpublish(user=by)
    else:
        forget_times(page, by)
