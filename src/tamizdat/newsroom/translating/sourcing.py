"""The source of translations, and of what is held: whether it is out, goes out with them, was taken back or changed.

And what is held while one of it is gone.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.newsroom.reasons import Sentences, as_data, kept, sayable
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import draft_mark
from tamizdat.newsroom.translating.models import Task, Together


def said_of_source(source: StoryPage) -> str:
    """What whoever translates is told of a source that readers had, and have no more; empty if nothing."""
    if source.live or not source.first_published_at:
        return ""
    return _("Readers have the source of this translation no more: it was taken back, or it expired.")


def sources_of(page: int) -> Q:
    """The pages that ``page`` is made of: itself, what it translates, and what that translates in its turn.

    A filter of what has a ``page``: a letter for letter copy is the only translation of a translation.
    """
    source = Task.objects.filter(target=page).values("source")
    origin = Task.objects.filter(target__in=source).values("source")
    return Q(page=page) | Q(page__in=source) | Q(page__in=origin)


def mark_held(source: StoryPage) -> str:
    """Which draft of the source is held with its translations; empty if readers have the source."""
    return "" if source.live else draft_mark(source)


def check_source(held: Together) -> None:
    """Raises ValidationError if the source was taken back since, which nobody chose to undo, or is another draft.

    Whoever may publish it may change it, too: that they saved it stands for having seen it.
    """
    source = held.source
    if source.live or held.source_mark == draft_mark(source):
        return
    if not held.source_mark:
        raise ValidationError(_was_taken_back())
    saved = source.get_latest_revision()
    by = saved.user if saved else None
    if by is None or not source.permissions_for_user(by).can_publish():
        raise ValidationError(_("The source was changed since it was held. Look at it, and hold it again."))


def note_failed(held: Together, source: StoryPage, why: Sentences) -> None:
    """Note why what is held could not go, or will not, for the desk and for the history of its source."""
    Together.objects.filter(pk=held.pk).update(failed=kept(why))
    log(instance=source, action="translating.late", data=as_data(why))


def source_taken_back(page: StoryPage) -> None:
    """What was to go out beside ``page`` does not go by itself, nor does ``page`` come back as a translation."""
    Task.objects.filter(target=page.pk, ready=True).update(ready=False)
    for held in Together.objects.filter(source=page.pk, source_mark="").exclude(failed=_of_deleted()):
        with sayable():
            why: Sentences = [(_was_taken_back(), {})]
        note_failed(held, page, why)


def source_comes_back(page: StoryPage, **_options: Any) -> None:
    """``page`` is to be out again: what waits for it, and could not go without it, is tried again at its time.

    Only in a transaction. If the page is only to go out later, what is due before then fails again, and says so.
    """
    if StoryPage.objects.filter(pk=page.pk, live=True).exists():
        return
    waiting = Together.objects.filter(source=page.pk, source_mark="").exclude(failed__in=["", _of_deleted()])
    # The last of those called ready let nothing go while the source was away, and nobody will say so of it again.
    waiting.filter(when_ready=True).exclude(tasks__ready=False).update(at=datetime.now(UTC))
    waiting.update(failed="")


def held_without(gone: Task) -> None:
    """A translation that is ``gone`` was held: what waited for it alone does not go by that, and says so.

    Nobody chose that the others go without it, and the last of them was called ready already.
    """
    waiting = Together.objects.filter(pk=gone.together_id or 0, when_ready=True).exclude(tasks__ready=False)
    for held in waiting.select_related("source") if not gone.ready else ():
        note_failed(held, held.source, _was_deleted())


def _was_deleted() -> Sentences:
    with sayable():
        text = _("A translation was deleted before it was ready. If the others are to go without it, hold them again.")
    return [(text, {})]


def _of_deleted() -> str:
    return kept(_was_deleted())


def _was_taken_back() -> str:
    return _("The source was taken back since they were held. To let it out again with them, hold them again.")
