"""Wagtail's ways past a story's form, and past what its stories need: what cannot be done there is refused in words."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.models import Page

from tamizdat.errors import StoryError
from tamizdat.newsroom.people.keeping import AccountStaysError
from tamizdat.newsroom.stories.using import InUseError

_LETTING_GO: Final = {
    "wagtail_bulk_action",
    *(f"wagtailadmin_pages:{name}" for name in ("edit", "revisions_revert", "workflow_action")),
}
_ENDING: Final = {
    "wagtailadmin_pages:unpublish",
    "wagtailadmin_pages:delete",
    "wagtailadmin_workflows:disable_task",
}
_LISTS: Final = {
    "wagtailimages:delete": "wagtailimages:index",
    "recordings:delete": "recordings:index",
    "wagtailusers_users:delete": "wagtailusers_users:index",
    "wagtailusers_users:edit": "wagtailusers_users:index",
    "wagtailadmin_workflows:disable_task": "wagtailadmin_workflows:task_index",
}


class Refusals:
    """Middleware. Nothing went out or away: both are done in one transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say what is in the way, and lead back."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if isinstance(exception, InUseError):
            messages.error(request, exception.said_to(request.user))
        elif isinstance(exception, ValidationError if _is_ending(request) else AccountStaysError):
            messages.error(request, " ".join(exception.messages))
        elif name in _LETTING_GO and isinstance(exception, (ValidationError, StoryError)):
            why = "; ".join(exception.messages) if isinstance(exception, ValidationError) else str(exception)
            messages.error(request, _("It cannot go out yet: %(why)s") % {"why": why})
        else:
            return None
        back = _back(request, name)
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return JsonResponse({"step": "success", "redirect": back})
        return redirect(back)


def _back(request: HttpRequest, name: str) -> str:
    """The story's form, or the list from which somebody came."""
    page = request.resolver_match.kwargs.get("page_id") if request.resolver_match else None
    if page and Page.objects.filter(pk=page).exists():
        return reverse("wagtailadmin_pages:edit", args=[page])
    if name.startswith("wagtailsnippets_stories_") and name.endswith(":delete"):
        return reverse(f"{name.removesuffix('delete')}list")
    return get_valid_next_url_from_request(request) or reverse(_LISTS.get(name, "wagtailadmin_home"))


def _is_ending(request: HttpRequest) -> bool:
    """Whether something is to end, and not to go out: bulk actions have one address for both."""
    match = request.resolver_match
    return bool(match and (match.view_name in _ENDING or match.kwargs.get("action") in {"unpublish", "delete"}))
