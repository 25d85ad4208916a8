"""Releases, orders and runs. Rows of these tables are added and never changed, but for what their docstrings say."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class Gate(models.Model):
    """One row, which whoever adds a release or an order holds until the end of the transaction.

    Numbers are given out before transactions end. Without the gate the press could see number 7 while 6 is still to
    come, note that it has everything up to 7, and never look at 6.
    """

    def __str__(self) -> str:
        return "gate"

    @classmethod
    def enter(cls) -> None:
        """Wait for whoever is before. Only inside a transaction."""
        cls.objects.get_or_create(pk=1)
        cls.objects.select_for_update().get(pk=1)


class Release(models.Model):
    """A story let go to readers, or taken back, in one language at one moment.

    Its id is the source's mark: what has a higher one than the last edition is what the next one brings.
    """

    story_id = models.CharField(max_length=200)
    language = models.CharField(max_length=35)
    story = models.BinaryField(null=True)
    """Canonical bytes (spec/edition.md, "Story"), pictures under the SHA-256 of their originals; None takes it back."""
    current = models.BooleanField(default=True)
    """Whether it is the newest of its story in its language; the one thing that changes."""
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    left_out = models.JSONField(null=True)
    """Kinds of words that name somebody, and that it went out without: a list; None for none."""

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["language", "story_id"], condition=models.Q(current=True), name="one_current_release"
            )
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["language", "story_id", "id"]),
            models.Index(fields=["story_id", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.story_id} ({self.language}) {self.at:%Y-%m-%d %H:%M}"


class Order(models.Model):
    """Somebody's wish that readers see what the newsroom now says: of stories, front pages, notices, sections."""

    what = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.what


class Run(models.Model):
    """One run of the press, over all orders up to ``upto``. ``ended`` stays empty if it was killed."""

    upto = models.BigIntegerField(db_index=True)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    failed = models.BooleanField(default=False)
    """Whether nothing was published: it is tried again. Faults of single items or carriers stand in ``report``."""
    report = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.started:%Y-%m-%d %H:%M:%S}"
