"""Front pages as rows: each change is a new version, and nothing of an older one is ever changed."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tamizdat.limits import LIMITS


class FrontVersion(models.Model):
    """What somebody put on top of one front page, at one moment. ``section`` is empty for the front page itself."""

    language = models.CharField(max_length=LIMITS.max_language_bytes)
    section = models.CharField(max_length=200, blank=True, default="")
    number = models.PositiveIntegerField()
    """Counts the versions of one front page from 1. Whoever saves names the number that they began with."""
    current = models.BooleanField(default=True)
    """Whether it is the newest; the one thing that changes."""
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["language", "section", "number"], name="one_front_of_a_number"),
            models.UniqueConstraint(
                fields=["language", "section"], condition=models.Q(current=True), name="one_current_front"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.section or 'front page'} {self.number}"


class Pin(models.Model):
    """A story in its place on a front page. After ``until`` it counts no longer; None means until somebody takes it."""

    version = models.ForeignKey(FrontVersion, on_delete=models.CASCADE, related_name="pins")
    position = models.PositiveSmallIntegerField()
    story_id = models.CharField(max_length=LIMITS.max_story_id_bytes)
    until = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]

    def __str__(self) -> str:
        return self.story_id


class Ending(models.Model):
    """A moment at which readers' pages change by themselves: a pin ends, or news is no longer breaking."""

    what = models.CharField(max_length=300, unique=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at"]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"
