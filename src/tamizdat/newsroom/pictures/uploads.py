"""Pictures that were dropped on "Add an image" and wait for their words: drawn anew on arrival, gone after a day.

Wagtail keeps them outside the library until somebody has said what they show, and forgets none that nobody completes.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from wagtail.models import UploadedFile

from tamizdat.errors import ItemError
from tamizdat.newsroom.pictures.keeping import ORIGINALS
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pictures.naming import drawn

UPLOAD_SECONDS: Final = 24 * 3_600.0
_WAITING: Final = "wagtail_uploads"
_PASSING: Final = "original_images"
"""Wagtail's folders: of uploads without words, and of files on their way into the library."""


def listen() -> None:
    """Draw anew what is handed in before it touches the disk: it says where it was taken, and with what."""
    models.signals.pre_save.connect(_arriving, sender=UploadedFile, dispatch_uid="draw uploads anew")


def _arriving(instance: Any, **_options: Any) -> None:
    file = instance.file
    is_new = file and not file._committed  # noqa: SLF001 - how Django says that a file was not stored yet
    if is_new and instance.for_content_type == ContentType.objects.get_for_model(LibraryPicture):
        file.open("rb")
        data = drawn(file.read()).data
        instance.file = ContentFile(data, name=f"{hashlib.sha256(data).hexdigest()}.jpg")


def forget_old_uploads() -> None:
    """Delete uploads that nobody completed for a day, and draw anew what older versions stored as it came."""
    for raw in LibraryPicture.objects.exclude(file__startswith=ORIGINALS):
        with contextlib.suppress(ItemError, OSError):  # of a file that is gone or broken there is nothing to draw
            raw.save()
            raw.renditions.all().delete()
    for name in _old(_WAITING):
        UploadedFile.objects.filter(file=name).delete()
        default_storage.delete(name)
    for name in _old(_PASSING):
        if not LibraryPicture.objects.filter(file=name).exists():
            default_storage.delete(name)


def _old(folder: str) -> Iterator[str]:
    """Names of files there that are older than a day."""
    deadline = datetime.now(UTC) - timedelta(seconds=UPLOAD_SECONDS)
    try:
        _folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for file in files:
        name = f"{folder}/{file}"
        if default_storage.get_modified_time(name) < deadline:
            yield name
