"""A recording of the library, its original and the forms in which readers get it."""

import hashlib
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from tamizdat.limits import LIMITS
from tamizdat.story import Recording as StoryRecording
from tamizdat.story import SoundFile

WAITING, READY, FAILED = "waiting", "ready", "failed"


def original_path(digest: str) -> str:
    """Where the original with this SHA-256 (hex) lies."""
    return f"originals/{digest[:2]}/{digest}.sound"


def form_path(file: str) -> str:
    """Where a made form with this SHA-256 (hex) lies."""
    return f"originals/{file[:2]}/{file}.form"


def keep_original(digest: str, upload: "UploadedFile[Any]") -> None:
    """Keep the bytes that have this digest, unless they are kept already."""
    if not default_storage.exists(original_path(digest)):
        upload.seek(0)
        default_storage.save(original_path(digest), upload)


def forget_original(digest: str) -> None:
    """Delete an original that no recording has any more: it may say who recorded it, where and with what."""
    if digest and not LibraryRecording.objects.filter(digest=digest).exists():
        storage: Any = default_storage  # of pictures/keeping.py
        storage.forget(original_path(digest))


def forget_later(digest: str) -> None:
    """The same once the transaction is certain. What was made of it stays: releases name that."""
    transaction.on_commit(partial(forget_original, digest), robust=True)


def listen() -> None:
    """Forget originals whichever way a recording is deleted."""
    models.signals.post_delete.connect(_deleted, sender=LibraryRecording, dispatch_uid="forget originals")


def _deleted(instance: "LibraryRecording", **_options: Any) -> None:
    forget_later(instance.digest)


class LibraryRecording(index.Indexed, models.Model):
    """Something to listen to. Forms are made in the background; a story can be published once they are there."""

    title = models.CharField(_("title"), max_length=255)
    digest = models.CharField(max_length=64, db_index=True, editable=False)
    """SHA-256 (hex) of the original's bytes."""
    state = models.CharField(
        _("state"),
        max_length=8,
        default=WAITING,
        editable=False,
        choices=[
            (WAITING, _("being prepared")),
            (READY, _("ready")),
            (FAILED, _("cannot be used")),
        ],
    )
    fault = models.TextField(blank=True, editable=False)
    seconds = models.PositiveIntegerField(default=0, editable=False)
    forms = models.JSONField(default=list, editable=False)
    """``[file, media type, kilobits, size]`` of each form, the smallest first."""
    added = models.DateTimeField(auto_now_add=True)

    search_fields = [index.SearchField("title"), index.AutocompleteField("title")]

    class Meta:
        ordering = ["-added"]
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")

    def __str__(self) -> str:
        return self.title

    def take(self, upload: "UploadedFile[Any]") -> None:
        """Make ``upload`` this recording's original; saving keeps it. Raises ValidationError if it is too large."""
        if (upload.size or 0) > LIMITS.max_sound_bytes:
            raise ValidationError(_("The recording is too large; export it as FLAC or MP3."))
        digest = hashlib.sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        self.digest = digest.hexdigest()
        self.state, self.fault, self.forms, self.seconds = WAITING, "", [], 0
        self._upload = upload

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save, with the original that was taken; the one before goes, unless another recording has it."""
        with transaction.atomic():
            rows = LibraryRecording.objects.select_for_update().filter(pk=self.pk)
            before = rows.values_list("digest", flat=True).first() if self.pk else None
            super().save(*arguments, **options)
            if upload := self.__dict__.pop("_upload", None):
                keep_original(self.digest, upload)
                # Whoever deleted the last other recording of these bytes at this moment knew nothing of this one.
                transaction.on_commit(partial(keep_original, self.digest, upload))
            if before and before != self.digest:
                forget_later(before)

    def as_story_has_it(self) -> StoryRecording | None:
        """The recording of a story; None until it is ready."""
        if self.state != READY:
            return None
        return StoryRecording(self.seconds, tuple(SoundFile(*form) for form in self.forms))


class PodcastCover(models.Model):
    """The square picture by which programs show the podcast of one language, or of all. One row for each."""

    language = models.CharField(max_length=35, unique=True, blank=True)
    """Empty for the cover of every language that has none of its own."""
    digest = models.CharField(max_length=64)
    """SHA-256 (hex) of the stored bytes."""

    def __str__(self) -> str:
        return self.language or "*"


def cover_path(digest: str) -> str:
    """Where the cover with this SHA-256 (hex) lies."""
    return f"originals/{digest[:2]}/{digest}.jpg"


def are_preparing(keys: Iterable[int | None]) -> bool:
    """Whether one of these recordings is not made yet, and will be."""
    wanted = {key for key in keys if key is not None}
    return bool(wanted) and LibraryRecording.objects.filter(pk__in=wanted, state=WAITING).exists()


def is_ready(value: Any) -> bool:
    """Whether a chosen recording can be published."""
    return isinstance(value, LibraryRecording) and value.state == READY
