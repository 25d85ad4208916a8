"""What cannot go out is refused in words where Wagtail lets stories go without their form: in bulk, or by approval."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.utils import get_valid_next_url_from_request

from tamizdat.errors import StoryError

_LETTING_GO: Final = {"wagtail_bulk_action", "wagtailadmin_pages:workflow_action", "wagtailadmin_pages:edit"}


class Refusals:
    """Middleware. Nothing went out: whoever publishes does so in one transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say what is missing, and lead back."""
        found = request.resolver_match
        if not found or found.view_name not in _LETTING_GO or not isinstance(exception, (ValidationError, StoryError)):
            return None
        why = "; ".join(exception.messages) if isinstance(exception, ValidationError) else str(exception)
        messages.error(request, _("It cannot go out yet: %(why)s") % {"why": why})
        page = found.kwargs.get("page_id")
        back = reverse("wagtailadmin_pages:edit", args=[page]) if page else get_valid_next_url_from_request(request)
        back = back or reverse("wagtailadmin_home")
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return JsonResponse({"step": "success", "redirect": back})
        return redirect(back)
