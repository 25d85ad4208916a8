"""What the newsroom knows of a translation besides its page: the source, what of it was translated, who, and when out.

The translation itself is in its page's draft alone, so nothing here can overwrite it. Its source is what people wrote;
what is the same in another script has as its source the page that it is made from, which may be a translation itself.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Min
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.reasons import said
from tamizdat.newsroom.stories.models import StoryPage


class Together(models.Model):
    """Translations that go out at one moment: by a click, at a time, or when all are ready."""

    source = models.ForeignKey(StoryPage, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("at (UTC)"), null=True, blank=True, db_index=True)
    """When somebody chose that they go; of what waits until all are ready, when all were."""
    not_before = models.DateTimeField(null=True, blank=True)
    """Until when an embargo, or a time of one of them, puts that off; none if nothing does."""
    when_ready = models.BooleanField(_("as soon as all are ready"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    begun = models.DateTimeField(auto_now_add=True)
    failed = models.TextField(blank=True, default="")
    """What keeps them from going, as ``reasons.kept`` has it; empty for nothing. :attr:`why` is for people."""
    source_mark = models.CharField(max_length=64, blank=True, default="")
    """Which draft of the source goes out with them (``beside.draft_mark``); none if readers had it then."""

    def __str__(self) -> str:
        return f"{self.source_id}"

    @property
    def why(self) -> str:
        """Why they could not go at their time, in the language of whoever reads; empty if they could."""
        return said(self.failed)

    @staticmethod
    def first_to_go() -> datetime | None:
        """When the next of those goes that did not fail; None if none has a time."""
        goes_at = Greatest("at", Coalesce("not_before", "at"))
        found: datetime | None = Together.objects.filter(failed="").aggregate(first=Min(goes_at))["first"]
        return found

    @property
    def goes_at(self) -> datetime | None:
        """When they go, as things are; None if no time was chosen, and not all are ready."""
        return max(self.at, self.not_before) if self.at and self.not_before else self.at


class Task(models.Model):
    """A page that translates another."""

    source = models.ForeignKey(StoryPage, on_delete=models.CASCADE, related_name="translating_into")
    target = models.OneToOneField(StoryPage, on_delete=models.CASCADE, related_name="translating_from")
    pairs = models.JSONField(default=dict)
    """Field -> list of ``aligning.Pair``, as it was when somebody last saved side by side."""
    followed = models.JSONField(default=dict)
    """What the fields that are no words were in the source when they were last taken over."""
    todo = models.PositiveIntegerField(default=0)
    """How many pieces nobody translated."""
    changed = models.PositiveIntegerField(default=0)
    """How many pieces changed in the source since they were translated."""
    translator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    urgent = models.BooleanField(_("urgent"), default=False)
    ready = models.BooleanField(_("ready"), default=False)
    ready_mark = models.CharField(max_length=64, blank=True, default="")
    """Which draft was called ready (``beside.draft_mark``): another one is not."""
    together = models.ForeignKey(Together, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    sent = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "changed"], name="translating_source"),
            models.Index(fields=["source"], condition=models.Q(changed__gt=0), name="translating_stale"),
            models.Index(fields=["source"], condition=models.Q(urgent=True), name="translating_urgent"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id}"


def tasks_of(source: Any) -> models.QuerySet[Task]:
    """All translations of a story, and what is made of one of them in another script."""
    direct = Task.objects.filter(source=source)
    return Task.objects.filter(models.Q(source=source) | models.Q(source__in=direct.values("target")))


def root_of(page: StoryPage) -> StoryPage:
    """The story that people wrote, of which ``page`` is a translation, or itself."""
    task = Task.objects.filter(target=page).select_related("source__locale").first()
    return root_of(task.source) if task else page
