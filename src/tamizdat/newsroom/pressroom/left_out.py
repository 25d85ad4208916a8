"""That a release went out without words that name somebody: which kinds of words, never which, and never whose.

It is noted with the release. Who may see real names finds it in the story's record; nobody else is told that there is
such a note, or they could try names until there is one (docs/adr/0026). So it is no entry of the history, which shows
administrators all that it has.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.people.real_names import SEES_REAL_NAMES
from tamizdat.newsroom.pressroom.models import Release

_KINDS: Final = {
    "credit": _("credit"),
    "caption": _("caption"),
    "alt": _("what a picture shows"),
    "title": _("title of a recording"),
}


def note_left_out(made: Iterable[tuple[Release, Collection[str]]]) -> None:
    """Note which kinds of words releases left out, those that did; one query. In a transaction."""
    found = []
    for release, kinds in made:
        if kinds:
            release.left_out = sorted(kinds)
            found.append(release)
    Release.objects.bulk_update(found, ["left_out"])


def left_out_of(releases: Iterable[Release], user: Any) -> dict[int, str]:
    """By release, in words, what it left out; nothing for who may not see real names."""
    if not user.has_perm(SEES_REAL_NAMES):
        return {}
    return {each.pk: ", ".join(str(_KINDS.get(kind, kind)) for kind in each.left_out or ()) for each in releases}
