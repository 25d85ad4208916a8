"""What was brought back, file by file, until somebody decided about all of it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tamizdat.newsroom.translating.models import Task


class Brought(models.Model):
    """One upload: a file, or a zip of them."""

    name = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return self.name


class BroughtFile(models.Model):
    """One translation out of it. ``fault`` says why nothing of it could be read."""

    brought = models.ForeignKey(Brought, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="+")
    fault = models.TextField(blank=True, default="")
    units = models.JSONField(default=list)
    """What the file says, piece by piece: ``bringing.stored``."""
    counts = models.JSONField(default=dict)
    """Fate (``matching``) -> how many pieces met it when the file came."""

    class Meta:
        ordering: ClassVar[list[Any]] = ["id"]

    def __str__(self) -> str:
        return self.name
