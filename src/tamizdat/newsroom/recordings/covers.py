"""Covers of podcasts: handed in, drawn anew, and given to the press."""

import hashlib
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from tamizdat.errors import ItemError
from tamizdat.newsroom.pressroom.releasing import order
from tamizdat.newsroom.recordings.models import PodcastCover, cover_path
from tamizdat.pictures.cover import cover_jpeg
from tamizdat.publication import Cover

PERMISSION: Final = "recordings.delete_libraryrecording"
"""Whoever answers for the library answers for its cover, too."""
_KEPT: Final = 64


def current_covers() -> tuple[Cover, ...]:
    """Covers as the press takes them. One whose file is gone is left out: the news goes out without it."""
    return tuple(
        Cover(row.language, row.digest, data)
        for row in PodcastCover.objects.order_by("language")
        if (data := _data(row.digest))
    )


def _data(digest: str) -> bytes:
    try:
        return _stored(digest)
    except Exception:  # noqa: BLE001 - what a store raises is its own; whatever it is, there is no cover
        return b""


@lru_cache(maxsize=_KEPT)
def _stored(digest: str) -> bytes:
    with default_storage.open(cover_path(digest)) as file:
        data: bytes = file.read()
    return data


class SetCover:
    """Makes ``original`` the cover of the podcast in ``language`` (empty: in every language that has none)."""

    def __init__(self, user: Any, language: str, original: bytes) -> None:
        self._user = user
        self._language = language
        self._original = original

    def check(self) -> bytes:
        """The cover as it will be published. Raises PermissionDenied; ValidationError for what cannot be one."""
        if not self._user.has_perm(PERMISSION):
            raise PermissionDenied
        try:
            return cover_jpeg(self._original)
        except ItemError as error:
            raise ValidationError(_("The picture %(what)s.") % {"what": error.detail}) from error

    def execute(self) -> PodcastCover:
        """Set it, and order editions."""
        data = self.check()
        digest = hashlib.sha256(data).hexdigest()
        if not default_storage.exists(cover_path(digest)):
            default_storage.save(cover_path(digest), ContentFile(data))
        with transaction.atomic():
            made, _new = PodcastCover.objects.update_or_create(language=self._language, defaults={"digest": digest})
            order(f"podcast cover: {self._language or '*'}", self._user)
        return made


class RemoveCover:
    """Takes the cover of ``language`` away."""

    def __init__(self, user: Any, language: str) -> None:
        self._user = user
        self._language = language

    def check(self) -> None:
        """Raises PermissionDenied."""
        if not self._user.has_perm(PERMISSION):
            raise PermissionDenied

    def execute(self) -> None:
        """Remove it, and order editions."""
        self.check()
        with transaction.atomic():
            if PodcastCover.objects.filter(language=self._language).delete()[0]:
                order(f"podcast cover: {self._language or '*'}", self._user)
