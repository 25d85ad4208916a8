"""Files of the picture library, for those who are logged in."""

import mimetypes
from typing import Final

from django.contrib.auth.decorators import permission_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from tamizdat.newsroom.pictures.choosing import shown_of
from tamizdat.newsroom.pictures.models import LibraryPicture

_SOUND: Final = (".sound", ".form")
"""Recordings lie in the same store. Their originals may say who made them, and their forms have a door of their own."""


@permission_required("wagtailadmin.access_admin")
def library_file(request: HttpRequest, name: str) -> FileResponse:
    """An original, or a size of it made for the newsroom's screens."""
    del request
    if ".." in name.split("/") or name.endswith(_SOUND) or not default_storage.exists(name):
        raise Http404
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(default_storage.open(name), content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    return response


def picture_cuts(request: HttpRequest, key: int) -> HttpResponse:
    """What readers see of a library picture where it is cut: a piece of a page."""
    picture = get_object_or_404(LibraryPicture, pk=key)
    return render(request, "pictures/cuts.html", shown_of(picture, request.user))
