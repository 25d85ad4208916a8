"""What whoever edits or translates a story is told of the wire item that it was made of."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tamizdat.newsroom.ingest.embargoes import is_too_early
from tamizdat.newsroom.ingest.models import Taken


def tell_of(request: HttpRequest, pages: Q) -> None:
    """Say it of the items that these pages were made of."""
    for taken in Taken.objects.filter(pages).select_related("item", "page"):
        tell(request, taken)


def tell(request: HttpRequest, taken: Taken) -> None:
    """Say what became of the item, and on which terms it came."""
    _tell_news(request, taken)
    _tell_embargo(request, taken)
    item = taken.item
    terms = [(_("Rights"), item.rights if item else taken.rights), (_("Note to editors"), item.note if item else "")]
    for label, text in terms:
        if text:
            messages.info(request, format_html("{} · {}: <bdi>{}</bdi>", taken.source, label, text))


def _tell_news(request: HttpRequest, taken: Taken) -> None:
    item = taken.item
    if item is None or (item.mark == taken.mark and not taken.is_taken_back):
        return
    if taken.is_taken_back:
        text = _("%(source)s has TAKEN BACK the item that this was made of. Do not publish it, or take it back.")
        say = messages.error
    else:
        text, say = _("%(source)s has changed the item that this was made of."), messages.warning
    say(request, _with_way(request, taken, text % {"source": taken.source}))


def _tell_embargo(request: HttpRequest, taken: Taken) -> None:
    item = taken.item
    if item is None or item.embargo is None or not is_too_early(taken):
        return
    text = _("%(source)s put this under embargo until %(at)s UTC. This story does not wait for that.")
    said = text % {"source": taken.source, "at": f"{item.embargo:%Y-%m-%d %H:%M}"}
    messages.error(request, _with_way(request, taken, said))


def _with_way(request: HttpRequest, taken: Taken, said: str) -> str:
    """With the way to what changed, for whoever may go it: a translator of the story often may not."""
    if not taken.page.permissions_for_user(request.user).can_edit():
        return said
    return format_html('{} <a href="{}">{}</a>', said, reverse("wires_changes", args=[taken.pk]), _("Look"))
