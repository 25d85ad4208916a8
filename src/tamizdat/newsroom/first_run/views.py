"""Where the wizard sends its browser."""

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tamizdat.newsroom.first_run.accounts import arriving

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_GET
@never_cache
@transaction.atomic
def arrival(request: HttpRequest, ticket: str) -> HttpResponse:
    """Log the first account in, once. A ticket that will not do leads to the log-in."""
    if person := arriving(ticket):
        login(request, person, backend=_BACKEND)
    return redirect("wagtailadmin_home")
