"""The screen of podcast covers."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from tamizdat.limits import LIMITS
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.recordings.covers import PERMISSION, RemoveCover, SetCover
from tamizdat.newsroom.recordings.models import PodcastCover, cover_path
from tamizdat.pictures.cover import LEAST_SIDE, MOST_SIDE


class CoversView(View):
    """One row for all languages, one for each; a file or a removal comes back for one row."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> Any:
        """Refuse who may not."""
        user: Any = request.user
        if not user.has_perm(PERMISSION):
            raise PermissionDenied
        return super().dispatch(request, *arguments, **options)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The rows."""
        return self._shown(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set or remove one."""
        language = request.POST.get("language", "")
        if language and language not in settings.CONTENT_LANGUAGES:
            raise PermissionDenied
        if "remove" in request.POST:
            RemoveCover(request.user, language).execute()
            messages.success(request, _("The cover is gone; the podcast follows with the next edition."))
            return redirect("podcast_covers")
        upload: Any = request.FILES.get("file")
        if not upload:
            return self._shown(request, language, _("Choose a picture first."))
        try:
            SetCover(request.user, language, upload.read(LIMITS.max_picture_bytes + 1)).execute()
        except ValidationError as error:
            return self._shown(request, language, error.messages[0])
        messages.success(request, _("The cover is set; the podcast follows with the next edition."))
        return redirect("podcast_covers")

    def _shown(self, request: HttpRequest, faulty: str | None = None, fault: str = "") -> HttpResponse:
        known = dict(PodcastCover.objects.values_list("language", "digest"))
        rows = [
            {
                "language": tag,
                "name": endonym(tag) if tag else _("Every language without one of its own"),
                "direction": "rtl" if tag and is_right_to_left(tag) else "ltr" if tag else "",
                "address": default_storage.url(cover_path(known[tag])) if tag in known else "",
                "fault": fault if tag == faulty else "",
            }
            for tag in ("", *settings.CONTENT_LANGUAGES)
        ]
        sides = {"least": LEAST_SIDE, "most": MOST_SIDE}
        context = {"rows": rows, **sides, "header_title": _("Podcast cover")}
        return render(request, "recordings/covers.html", context, status=422 if fault else 200)
