"""Notices and their wordings. A wording is never changed: whoever changes a notice adds one."""

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.notices.writing import notice_of
from tamizdat.notices import MAX_TEXT_CHARS, Notice


class LegalNotice(models.Model):
    """One law of one country, and whom it threatens for what. What it says stands in its wordings."""

    position = models.PositiveIntegerField(default=0)
    """In the newspaper, from the first."""
    origin = models.CharField(max_length=64, blank=True, default="", db_index=True)
    """Fingerprint of the notice of the settings that it was taken over from; empty if it was written here."""
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    """When somebody took it out; None while it stands."""
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    end_reason = models.CharField(_("who said that the danger is gone"), max_length=MAX_TEXT_CHARS, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        permissions: ClassVar[Any] = [("review_notices", "Can sign off notices as legally reviewed")]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Wording(models.Model):
    """What a notice says from one change to the next. Readers see the newest that is signed off."""

    notice = models.ForeignKey(LegalNotice, on_delete=models.CASCADE, related_name="wordings")
    number = models.PositiveIntegerField()
    """Counts the wordings of a notice from 1. Whoever changes or signs names the number that they saw."""
    data = models.JSONField()
    """See :mod:`tamizdat.newsroom.notices.writing`."""
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewer = models.CharField(_("reviewer"), max_length=MAX_TEXT_CHARS, blank=True, default="")
    reviewed = models.DateField(_("reviewed on"), null=True)
    expires = models.DateField(_("counts until"), null=True, db_index=True)
    signed = models.DateTimeField(null=True)
    """When it was signed off; None for a draft. With the three above, the only things that are set later."""
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["notice", "number"], name="one_wording_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.number}"

    def value(self) -> Notice:
        """The notice as readers are told it. Raises NoticeError; ValueError for a draft."""
        if self.reviewed is None or self.expires is None:
            raise ValueError("nobody has signed it off")
        return notice_of(self.data, self.reviewer, self.reviewed, self.expires)

    def days_left(self, today: date) -> int | None:
        """Days on which the review still counts after ``today``; negative once it has expired, None for a draft."""
        return (self.expires - today).days if self.expires else None


class Reminder(models.Model):
    """That people were told by e-mail: this review ends in so many days; 0 says that it has ended."""

    wording = models.ForeignKey(Wording, on_delete=models.CASCADE, related_name="+")
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["wording", "days"], name="one_reminder_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.wording} {self.days}"


class SettingsReminder(models.Model):
    """The same of a notice that stands in the settings only, by its fingerprint: whatever changes there is another."""

    fingerprint = models.CharField(max_length=64)
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["fingerprint", "days"], name="one_reminder_of_the_settings")
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} {self.days}"
