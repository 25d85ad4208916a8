"""Whoever changes a picture or a label is told that readers still see the old one, and has a button for that."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin import messages
from wagtail.models import ModelLogEntry

from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.renewing import MOST_AT_ONCE, Renew, stale
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import locales_of
from tamizdat.newsroom.stories.terms import Agency, Byline, Topic

_KINDS: Final[Mapping[str, Any]] = {"picture": LibraryPicture, "byline": Byline, "topic": Topic, "agency": Agency}
_SAVED: Final = {
    "wagtailimages:edit": ("picture", "image_id"),
    **{f"wagtailsnippets_stories_{kind}:edit": (kind, "pk") for kind in ("byline", "topic", "agency")},
}


class Telling:
    """Middleware: says it beside Wagtail's own word that something was saved. Its form of pictures has no hook."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does."""
        began = datetime.now(UTC)
        response = self._get_response(request)
        found = request.resolver_match
        if request.method == "POST" and response.status_code == 302 and found and found.view_name in _SAVED:
            kind, name = _SAVED[found.view_name]
            _tell(request, kind, str(found.kwargs[name]), began)
        return response


def _tell(request: HttpRequest, kind: str, key: str, began: datetime) -> None:
    thing = _KINDS[kind].objects.filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
    pages = stale(thing) if thing and _is_saved(request, thing, began) else []
    if thing and pages:
        address = reverse("renew_stories", args=[kind, thing.pk])
        messages.warning(request, _count(len(pages)), buttons=[messages.button(address, _("Bring them up to date"))])


def _is_saved(request: HttpRequest, thing: Any, began: datetime) -> bool:
    """Whether the history says so: who was refused, or is not logged in, is led elsewhere, too."""
    if not request.user.is_authenticated:
        return False
    saved = ModelLogEntry.objects.for_instance(thing).filter(action="wagtail.edit", timestamp__gte=began)
    return bool(saved.filter(user_id=request.user.pk).exists())


def _count(n: int) -> str:
    if n >= MOST_AT_ONCE:
        return _("%(n)d published stories or more still show the old one.") % {"n": n}
    text = ngettext(
        "%(n)d published story still shows the old one.", "%(n)d published stories still show the old one.", n
    )
    return text % {"n": n}


def renew(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """Which stories, and the button."""
    if not locales_of(request.user, frozenset({"publish"})):
        raise PermissionDenied
    if kind not in _KINDS:
        raise Http404
    thing = get_object_or_404(_KINDS[kind], pk=key)
    if request.method == "POST":
        _renewed(request, _theirs_first(request, thing))
        return redirect("renew_stories", kind, key)
    pages = _theirs_first(request, thing)
    mine = [page for page in pages if page.permissions_for_user(request.user).can_publish()]
    context = {"thing": thing, "pages": pages, "may": bool(mine), "said": _count(len(pages)) if pages else ""}
    return render(request, "pressroom/renew.html", context)


def _theirs_first(request: HttpRequest, thing: Any) -> list[StoryPage]:
    """Stories to renew; of more than are renewed at once, those first which whoever asks may publish."""
    pages = stale(thing)
    if len(pages) < MOST_AT_ONCE:
        return pages
    theirs = stale(thing, locales=locales_of(request.user, frozenset({"publish"})))
    known = {page.pk for page in theirs}
    return [*theirs, *(page for page in pages if page.pk not in known)][:MOST_AT_ONCE]


def _renewed(request: HttpRequest, pages: list[StoryPage]) -> None:
    act = Renew(pages, request.user)
    if done := act.execute():
        text = ngettext("%(n)d story is up to date.", "%(n)d stories are up to date.", done)
        messages.success(request, text % {"n": done})
    for page, why in act.left:
        reason = why or _("You may not publish in this language.")
        messages.warning(request, f"“{page.title}” ({page.locale.language_code}): {reason}")
