"""What was put out as breaking news, and the lines that followed. The stories themselves are stories like any other."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tamizdat.limits import LIMITS


class Flash(models.Model):
    """News put out from the breaking screen, in some languages at once. Never changed once it is out."""

    story_id = models.CharField(max_length=LIMITS.max_story_id_bytes, unique=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ordered = models.BigIntegerField(default=0)
    """The last of its orders: with the first publish that covers it, readers have it in every language."""

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name = _("breaking news")

    def __str__(self) -> str:
        return self.story_id


class FollowUp(models.Model):
    """One more thing that became known. ``texts``: by language, for the languages in which somebody wrote it."""

    flash = models.ForeignKey(Flash, on_delete=models.CASCADE, related_name="follow_ups")
    texts = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[Any]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.flash} {self.at:%H:%M}"
