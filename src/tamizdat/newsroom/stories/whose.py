"""Whose act something is: of whoever pressed the button, also where Wagtail's signals and its schedules say nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from wagtail.log_actions import LogContext, get_active_log_context


def whoever_acts() -> Any:
    """The person in whose name all is done at the moment; None for the newsroom itself.

    In a request to the newsroom's screens that is who is logged in: Wagtail sees to that.
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
