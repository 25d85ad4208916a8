"""What proofs show besides words: pictures and sound as the press will make them, and pages that are already out."""

import logging
import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

from django.contrib.auth.decorators import permission_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse

from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.port import is_safe_path
from tamizdat.errors import ItemError, TamizdatError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.headers import as_proof
from tamizdat.newsroom.here import here
from tamizdat.newsroom.pictures.proofs import picture_file
from tamizdat.newsroom.recordings.models import form_path
from tamizdat.press.served import media_type
from tamizdat.publisher.pipeline import OUT_DIR

_log: Final = logging.getLogger(__name__)
_SOUND: Final = re.compile(r"([0-9a-f]{64})\.(?:ogg|mp3)")


@permission_required("wagtailadmin.access_admin")
def proof_file(request: HttpRequest, name: str) -> HttpResponse:
    """A file as readers will find it at ``name`` below the web root."""
    del request
    if not is_safe_path(name):
        raise Http404
    data = _published(name)
    if data is None:
        folder, file = PurePosixPath(name).parts[0], PurePosixPath(name).name
        data = _picture(file) if folder == "pictures" else _sound(file) if folder == "sound" else None
    if data is None:
        raise Http404
    return as_proof(HttpResponse(data, content_type=media_type(name)))


def _published(name: str) -> bytes | None:
    try:
        return DirectoryInbound(here().folder / OUT_DIR).fetch(name, LIMITS.max_picture_bytes)
    except TamizdatError:
        return None


def _picture(name: str) -> bytes | None:
    try:
        return _made_picture(name)
    except TamizdatError:
        return None


@lru_cache(maxsize=32)
def _made_picture(name: str) -> bytes:
    """It is kept in mind once it is there: what is missing now may be there in a moment. Raises ItemError."""
    made = picture_file(name)
    if made is None:
        raise ItemError("nobody has proofed it", where=name)
    return made


def _sound(name: str) -> bytes | None:
    """A form of a recording that drafts play, too."""
    found = _SOUND.fullmatch(name)
    if not found:
        return None
    try:
        with default_storage.open(form_path(found[1])) as stored:
            data: bytes = stored.read()
            return data
    except Exception as error:  # noqa: BLE001 - what a store raises is its own; whatever it is, the sound is not to be had
        _log.warning("%s cannot be had from the library: %s", name, error)
        return None
