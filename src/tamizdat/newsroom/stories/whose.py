"""Whose act something is: of whoever pressed the button, also where Wagtail's signals and its schedules say nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.contrib.auth import get_user_model
from wagtail.log_actions import LogContext, get_active_log_context
from wagtail.models import PageLogEntry

_PUBLISHED: Final = "wagtail.publish"


def whoever_acts() -> Any:
    """The person in whose name all is done at the moment; None for the newsroom itself.

    In a request to the newsroom's screens that is who is logged in: :mod:`tamizdat.newsroom.house.doors` sees to that.
    """
    return get_active_log_context().user


@contextmanager
def in_name_of(user: Any) -> Iterator[None]:
    """All that is done inside is done in the name of ``user``; of None, in whose name it would be done anyway."""
    around = get_active_log_context()
    context = LogContext(user=user or around.user, generate_uuid=False)
    context.uuid = around.uuid  # what Wagtail shows as one act stays one
    with context:
        yield


def who_let_go(page: Any) -> Any:
    """Whoever let out what readers have of a story, with the times at which it, or a part of it, ends."""
    return who_did(page, action__startswith=_PUBLISHED) or (page.live_revision and page.live_revision.user)


def who_did(page: Any, **which: str) -> Any:
    """Whoever did something with the page last; None if nobody knows, or the account is gone. ``which``: entries."""
    done = PageLogEntry.objects.filter(page=page.pk, user__isnull=False, **which).order_by("-timestamp", "-pk")
    return get_user_model().objects.filter(pk=done.values_list("user", flat=True).first()).first()
