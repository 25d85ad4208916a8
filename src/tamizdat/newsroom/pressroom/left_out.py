"""That a release went out without words that name somebody: which kinds of words, never which, and never whose.

It is noted with the release. Who may see real names finds it in the story's record; nobody else is told that there is
such a note, or they could try names until there is one (docs/adr/0026).
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from tamizdat.newsroom.pictures.naming import SEES
from tamizdat.newsroom.pressroom.models import Release

LEFT_OUT: Final = "pressroom.names_left_out"
"""The history's name for it."""
_KINDS: Final = {
    "credit": _("credit"),
    "caption": _("caption"),
    "alt": _("what a picture shows"),
    "title": _("title of a recording"),
}


def kinds_said(kinds: Iterable[str]) -> str:
    """The kinds in words."""
    return ", ".join(str(_KINDS.get(kind, kind)) for kind in kinds)


def note_left_out(made: Release, kinds: Collection[str], by: Any) -> None:
    """Note which ``kinds`` of words a release left out; nothing, if none. In a transaction."""
    if kinds:
        log(instance=made, action=LEFT_OUT, user=by, data={"kinds": sorted(kinds)})


def note_left_out_of(made: Iterable[tuple[Release, Collection[str]]], by: Any) -> None:
    """The same of many, in one query."""
    now, kind = timezone.now(), ContentType.objects.get_for_model(Release)
    ModelLogEntry.objects.bulk_create(
        ModelLogEntry(
            content_type=kind,
            object_id=str(each.pk),
            label=str(each),
            action=LEFT_OUT,
            timestamp=now,
            user=by,
            data={"kinds": sorted(kinds)},
        )
        for each, kinds in made
        if kinds
    )


def left_out_of(releases: Iterable[Release], user: Any) -> dict[int, str]:
    """By release, in words, what it left out; nothing for who may not see real names. One query at most."""
    if not user.has_perm(SEES):
        return {}
    entries = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Release),
        object_id__in=[str(each.pk) for each in releases],
        action=LEFT_OUT,
    )
    return {int(entry.object_id): kinds_said(entry.data.get("kinds", [])) for entry in entries}
