"""Forms that are older than the story: what they would undo, and whose it is."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from wagtail.models import Page, PageLogEntry, Revision

CONFIRMED: Final = "overwrites"
"""The field that says which version somebody was told of and pressed again."""
_ON_ITS_WAY: Final = timedelta(seconds=60)
"""How old a save of a form itself may be whose answer its browser had not seen when it sent the form."""


def went_out(revision: Revision) -> bool:
    """Whether readers got this version at some time, or are to get it."""
    published = PageLogEntry.objects.filter(revision=revision.pk, action__startswith="wagtail.publish")
    live = Page.objects.filter(live_revision=revision.pk)
    timed = Revision.page_revisions.filter(pk=revision.pk, approved_go_live_at__isnull=False)
    return any(found.exists() for found in (published, live, timed))


def mark_of(revision: Any) -> str:
    """What names a version: its number, and when it was saved last, for a form that saves again writes it over."""
    return f"{revision.pk} {revision.created_at.isoformat()}"


def is_confirmed(data: QueryDict, newest: Any) -> bool:
    """Whether whoever sent the form was told of this very version."""
    return data.get(CONFIRMED) == mark_of(newest)


def is_own_save(data: QueryDict, page: Any, user: Any) -> bool:
    """Whether all that is newer than the form was saved by the form itself, a moment ago.

    A save is on its way while its form is sent: its browser does not know yet what it saved. What the same person
    does on other screens is none of it, and the form would undo it.
    """
    loaded = _number(data, "loaded_revision_id")
    newer = page.revisions.filter(pk__gte=loaded).exclude(pk=loaded, created_at=_moment(data))
    since = datetime.now(UTC) - _ON_ITS_WAY
    if newer.exclude(user=user, created_at__gte=since).exists():
        return False
    keys = set(newer.values_list("pk", flat=True))
    by_form = PageLogEntry.objects.filter(page=page.pk, action="wagtail.edit", user=user, revision__in=keys)
    return keys <= set(by_form.values_list("revision", flat=True))


def _number(data: QueryDict, name: str) -> int:
    value = data.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def _moment(data: QueryDict) -> datetime | None:
    try:
        return parse_datetime(data.get("loaded_revision_created_at", ""))
    except ValueError:
        return None


def compare_url(data: QueryDict, page: Any, newest: Any) -> str:
    """Where what changed meanwhile stands; where nothing is left to compare it with, the story itself."""
    loaded = page.revisions.filter(pk=_number(data, "overwrite_revision_id") or _number(data, "loaded_revision_id"))
    before = loaded.exclude(pk=newest.pk).first()
    if before is None:
        try:
            before = newest.get_previous()
        except Revision.DoesNotExist:
            return reverse("wagtailadmin_pages:edit", args=[page.pk])
    return reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, before.pk, newest.pk])
