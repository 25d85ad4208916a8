"""Locks: what somebody locked is changed and published by nobody else, whichever screen or file the change comes by.

Wagtail's own screens ask; whatever else saves or publishes stories asks here, after it holds their rows. The time at
which a story goes out by itself locks it in Wagtail's form alone: another draft changes nothing of what goes out then.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.utils import get_user_display_name
from wagtail.locks import BaseLock, BasicLock, WorkflowLock
from wagtail.models import Page

from tamizdat.locales import endonym


def lock_for(page: Page, user: Any) -> BaseLock | None:
    """The lock that keeps ``user`` from changing ``page``; one's own does not. Whoever is None is kept by any.

    Not asked of ``get_lock``: of what is scheduled as well it names the schedule alone.
    """
    task = page.current_workflow_task
    lock: BaseLock | None = BasicLock(page) if page.locked else task.lock_class(page, task) if task else None
    return lock if lock and (user is None or lock.for_user(user)) else None


def check_unlocked(pages: Iterable[Page], user: Any, *, openly: bool = False) -> None:
    """Raises ValidationError that says which page is locked for ``user``, and who may unlock it.

    ``openly`` with the headline that readers have, or the language alone: for what others read as well, who may read
    no drafts of it. Asks the database: somebody may have locked them since they were read.
    """
    keys = [page.pk for page in pages]
    for page in Page.objects.filter(pk__in=keys).select_related("locked_by", "locale").order_by("pk"):
        if found := _said(page, user):
            text, params = found
            seen = {"title": page.title if page.live else endonym(page.locale.language_code)} if openly else {}
            raise ValidationError(text, params=params | seen)


def lock_said(page: Page, user: Any) -> str:
    """What is said to ``user`` of the lock on ``page``; empty if there is none for them."""
    found = _said(page, user)
    return found[0] % found[1] if found else ""


def _said(page: Page, user: Any) -> tuple[str, dict[str, str]] | None:
    """The same, its text and what stands in its places."""
    lock = lock_for(page, user)
    if lock is None:
        return None
    named = {"title": page.get_admin_display_title(), "language": page.locale.language_code}
    if isinstance(lock, WorkflowLock):
        return _("“%(title)s” (%(language)s) is being reviewed: only its reviewers can change or publish it."), named
    by = get_user_display_name(page.locked_by) if page.locked_by else _("somebody whose account is gone")
    text = _(
        "“%(title)s” (%(language)s) is locked by %(name)s. Until they or a head of desk unlock it, nobody else can "
        "change or publish it."
    )
    return text, {**named, "name": by}
