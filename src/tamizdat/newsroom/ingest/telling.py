"""What whoever edits a story is told of the wire item that it was made of."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tamizdat.newsroom.ingest.embargoes import is_too_early
from tamizdat.newsroom.ingest.models import Taken


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
    if item is None or (item.mark == taken.mark and (item.withdrawn is None or taken.withdrawal_seen)):
        return
    if item.withdrawn and not taken.withdrawal_seen:
        text = _("%(source)s has TAKEN BACK the item that this was made of. Do not publish it, or take it back.")
        say = messages.error
    else:
        text, say = _("%(source)s has changed the item that this was made of."), messages.warning
    address = reverse("wires_changes", args=[taken.pk])
    say(request, format_html('{} <a href="{}">{}</a>', text % {"source": taken.source}, address, _("Look")))


def _tell_embargo(request: HttpRequest, taken: Taken) -> None:
    item = taken.item
    if item is None or item.embargo is None or not is_too_early(taken):
        return
    text = _("%(source)s put this under embargo until %(at)s UTC. This story does not wait for that.")
    said = text % {"source": taken.source, "at": f"{item.embargo:%Y-%m-%d %H:%M}"}
    address = reverse("wires_changes", args=[taken.pk])
    messages.error(request, format_html('{} <a href="{}">{}</a>', said, address, _("Look")))
