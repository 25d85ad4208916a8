"""What came from where: so that an import goes on where it was killed, and never does anything twice."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.stories.models import StoryPage


class Move(models.Model):
    """One import of one source: what is asked for, how far it is, and what came of it."""

    MAKING, WAITING, RUNNING, DONE, FAILED = "making", "waiting", "running", "done", "failed"

    source = models.CharField(_("source"), max_length=500)
    """As messages call it: a path, an address or the name of an uploaded file."""
    kind = models.CharField(_("kind"), max_length=32)
    language = models.CharField(_("language"), max_length=35, blank=True)
    file = models.CharField(max_length=500, blank=True)
    """The uploaded file, relative to the newsroom's own folder; empty for an import from the command line."""
    dry = models.BooleanField(_("only try"), default=False)
    state = models.CharField(max_length=16, default=WAITING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(auto_now_add=True)
    beat = models.DateTimeField(null=True)
    """When whoever runs it last said so."""
    ended = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        permissions: ClassVar[Any] = [("move_in", "Can import whole sites")]

    def __str__(self) -> str:
        return f"{self.source} ({self.kind})"


class MovedItem(models.Model):
    """One story of a source and the page that it became."""

    source = models.CharField(max_length=500)
    story_id = models.CharField(max_length=200)
    """What the source calls it by itself; the page may have the id of another language's."""
    language = models.CharField(max_length=35)
    mark = models.CharField(max_length=64)
    """SHA-256 (hex) of everything that the source said of it: the same mark, and there is nothing to do.

    Of what waits for another language ``waits`` and the beginning of it; empty of what its source took back.
    """
    page = models.ForeignKey(StoryPage, null=True, on_delete=models.SET_NULL, related_name="moved_from")
    """None if somebody deleted the page here."""
    revision = models.BigIntegerField()
    """The page's revision that the import wrote: while it is the newest, nobody has edited the page here."""
    lacking = models.PositiveIntegerField(default=0)
    """How many pictures could not be had; the next import tries again."""
    address = models.CharField(max_length=2_000, blank=True)
    """Where readers found the story before, for redirects."""
    group = models.CharField(max_length=200, blank=True)
    """What the source says that its translations share."""
    at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["source", "group"])]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["source", "language", "story_id"], name="one_item_of_a_source")
        ]

    def __str__(self) -> str:
        return f"{self.story_id} ({self.language})"


class MovedPicture(models.Model):
    """One picture of a source and the library picture that it became."""

    source = models.CharField(max_length=500)
    origin = models.CharField(max_length=64)
    """SHA-256 (hex) of what the source calls it."""
    original = models.CharField(max_length=64, db_index=True)
    """SHA-256 (hex) of the bytes that came, before anything was taken out of them."""
    focus = models.CharField(max_length=9, default="500,500")
    picture = models.ForeignKey(LibraryPicture, on_delete=models.CASCADE, related_name="moved_from")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["source", "origin", "focus"], name="one_picture_of_a_source")
        ]

    def __str__(self) -> str:
        return str(self.picture)


class ReadState(models.Model):
    """How far a source was read that can be asked for what changed since."""

    source = models.CharField(max_length=500, unique=True)
    etag = models.CharField(max_length=1_000, blank=True)
    last_modified = models.CharField(max_length=1_000, blank=True)
    """Both as the source gives them (:class:`tamizdat.sources.fetch.FeedState`)."""

    def __str__(self) -> str:
        return self.source
