"""What was seen of mirrors, and which background jobs ran when. About machines, never about readers."""

from django.db import models


class MirrorCheck(models.Model):
    """One look at one mirror."""

    url = models.CharField(max_length=255)
    at = models.DateTimeField()
    standing = models.CharField(max_length=32)
    """A word of :class:`tamizdat.roads.trail.Standing`."""
    editions = models.JSONField(default=dict)
    """The number of the edition that it serves, by language."""
    checked_as_of = models.DateTimeField(null=True)
    """The date of the timestamp that it serves."""
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["url", "-at"])]

    def __str__(self) -> str:
        return f"{self.url} {self.standing}"


class MirrorReach(models.Model):
    """How much a mirror served in one language on one day, in coarse steps, as whoever runs it told us."""

    mirror = models.CharField(max_length=255)
    day = models.DateField()
    language = models.CharField(max_length=35, blank=True)
    answers = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mirror", "day", "language"], name="one_reach_a_day")]

    def __str__(self) -> str:
        return f"{self.mirror} {self.day} {self.language}"


class Job(models.Model):
    """A background job: whoever claims it runs it, on whichever machine."""

    name = models.CharField(max_length=60, unique=True)
    claimed_until = models.DateTimeField(null=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name
