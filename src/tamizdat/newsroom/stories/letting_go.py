"""Whether a story may go out by itself: whoever has a reason against it says so before anything is published.

Wagtail reads this while it loads its models, so nothing here needs them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.newsroom.reasons import Sentences, as_data, sayable, sentences_of

going_out: Final = Signal()
"""Sent in the transaction that publishes or schedules ``page``: who hears it may raise :class:`Held`."""


approved: Final = Signal()
"""Sent when ``user`` approved ``page`` as its reviewer, and it waits for others. May raise ValidationError."""


class Held(ValidationError):  # noqa: N818 - it is no error to wait
    """The story waits for others: it goes out with them."""


_going: Final = ContextVar("_going", default=False)


@contextmanager
def letting_go() -> Iterator[None]:
    """While somebody lets a story go, the end of its review is no refusal: publishing ends it."""
    token = _going.set(True)
    try:
        yield
    finally:
        _going.reset(token)


def is_letting_go() -> bool:
    """Whether that is so."""
    return _going.get()


def check_goes(page: Any) -> None:
    """Raises Held if the story is not to go out by itself. In a transaction."""
    going_out.send(type(page), page=page)


def publish_approved(state: Any, user: Any = None) -> None:
    """Publish what its reviewers approved. What is held stays approved, and waits; its history says so.

    Raises ValidationError for what nobody approved: a review ends, too, when its last task is disabled, or has none.
    """
    page = state.content_object
    _check_approved(state, page)
    try:
        with transaction.atomic():
            page.get_latest_revision().publish(user=user)
    except Held:
        with sayable():
            why = _called_ready(page, user)
        log(instance=page, action="stories.approved_held", user=user, data=as_data(why))


def _check_approved(state: Any, page: Any) -> None:
    last = state.current_task_state
    if last and state.task_states.filter(pk=last.pk, status=type(last).STATUS_APPROVED).exists():
        return
    said = _(
        "Nobody approved “%(title)s” (%(language)s). Let its reviewers decide, or cancel its review: then the task can "
        "be disabled."
    )
    if not last:
        said = _("The workflow of “%(title)s” (%(language)s) has no task in which somebody could approve it.")
    raise ValidationError(said % {"title": page.get_admin_display_title(), "language": page.locale.language_code})


def _called_ready(page: Any, user: Any) -> Sentences:
    """Why what was approved could not be called ready; nothing if it was."""
    try:
        with transaction.atomic():
            approved.send(page.specific_class, page=page, user=user)
    except ValidationError as error:
        return sentences_of(error)
    return []
