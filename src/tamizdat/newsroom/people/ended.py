"""What somebody typed is not lost when their session ended, or when they logged in anew in another tab meanwhile.

It comes back on a page, in that answer alone, and is sent once more when they press its button. Never for what another
site's page made a browser send, else that would wait here for a press.
"""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.csrf import csrf_failure

_SECRET: Final = ("password", "csrfmiddlewaretoken")


def with_what_was_typed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """``answer``; where it leads to the log-in, the page in its place."""
    to_log_in = f"{reverse('account_login')}?next="
    if answer.status_code != HTTPStatus.FOUND or not answer["Location"].startswith(to_log_in):
        return answer
    return _page(request) if _is_form_of_ours(request) else answer


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form whose token is of an older log-in; else Django's. ``CSRF_FAILURE_VIEW``."""
    if _is_form_of_ours(request):
        return _page(request)
    answer: HttpResponse = csrf_failure(request, reason=reason)
    return answer


def _is_form_of_ours(request: HttpRequest) -> bool:
    """Whether a page of ours sent it, no script, and all of it can come back: no files, no passwords."""
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return False
    if request.headers.get("Sec-Fetch-Dest", "document") != "document" or request.FILES or not _typed(request):
        return False
    return not any(value for name, value in request.POST.items() if "password" in name)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        if not any(secret in name for secret in _SECRET)
        for value in values
    ]


def _page(request: HttpRequest) -> HttpResponse:
    shown = {"address": request.get_full_path(), "typed": _typed(request)}
    answer = render(request, "people/ended.html", shown, status=HTTPStatus.FORBIDDEN)
    add_never_cache_headers(answer)
    return answer
