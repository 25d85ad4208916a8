"""What is kept for suggestions: drafts that were asked for, a machine's words, what people translated, glossaries."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Task

WAITING = "waiting"
DONE = "done"
FAILED = "failed"


class MachineDraft(models.Model):
    """Somebody asked a machine for what nobody has translated yet. One a translation: asking anew starts it anew.

    It is of the page, which stays when its source is deleted.
    """

    page = models.OneToOneField(StoryPage, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=16, default=WAITING)
    asked = models.DateTimeField()
    due = models.DateTimeField()
    """When it is tried, or tried again."""
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    filled = models.PositiveIntegerField(default=0)
    """How many pieces it drafted when it last was done."""
    fault = models.TextField(blank=True, default="")
    """Why it could not, or what it left to people."""
    marked = models.BooleanField(default=False)
    """Whether the draft's ``translation`` is ``machine`` because of it, and not because somebody chose that."""

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "due"], name="suggesting_draft_due")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.state}"


class MachinePiece(models.Model):
    """Words of a page that a machine wrote, by their hash. They count as its own wherever they stand there."""

    page = models.ForeignKey(StoryPage, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=32)
    service = models.CharField(max_length=40)
    checked = models.BooleanField(default=False)
    """Whether a person said that they are right."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["page", "digest"], name="one_machine_piece")
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {self.digest}"


class Remembered(models.Model):
    """A piece and what people made of it, in a pair of languages (``en>ru``). Once, however often it was so."""

    pair = models.CharField(max_length=72)
    digest = models.CharField(max_length=32)
    """Of the source's words."""
    target_digest = models.CharField(max_length=32)
    source = models.TextField()
    target = models.TextField()
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    """Where it was so last; it is forgotten with it."""
    public = models.BooleanField(default=False)
    """Whether readers have had it."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pair", "digest", "target_digest"], name="remembered_once")
        ]

    def __str__(self) -> str:
        return f"{self.pair} {self.source[:40]}"


class Trace(models.Model):
    """One of the few least hashes of a remembered piece's pairs of words, by which pieces like it are found."""

    remembered = models.ForeignKey(Remembered, on_delete=models.CASCADE, related_name="traces")
    pair = models.CharField(max_length=72)
    value = models.IntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["pair", "value"], name="suggesting_trace_value")]

    def __str__(self) -> str:
        return f"{self.remembered_id} {self.value}"


class Agreed(models.Model):
    """A word that is translated in one way: a line of the glossary of a language."""

    language = models.CharField(max_length=35)
    source_language = models.CharField(_("in"), max_length=35)
    term = models.CharField(_("word or name"), max_length=200)
    forms = models.TextField(
        _("other forms"), blank=True, help_text=_("One a line: plurals, cases, other spellings of the word.")
    )
    any_case = models.BooleanField(_("capitals do not matter"), default=True)
    kept = models.BooleanField(_("not translated: stays as it is"), default=False)
    translation = models.CharField(
        _("translation"), max_length=200, blank=True, help_text=_("Several that are right: with | between them.")
    )
    note = models.CharField(_("note"), max_length=400, blank=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["term", "pk"]
        verbose_name = _("word of the glossary")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["language", "source_language", "term"], name="one_agreed_word")
        ]

    def __str__(self) -> str:
        return f"{self.term} → {self.translation or self.term}"


class LentGlossary(models.Model):
    """A glossary that a service keeps for us, by a hash of what is in it."""

    service = models.CharField(max_length=200)
    pair = models.CharField(max_length=72)
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=100)
    """What the service calls it."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["service", "pair"], name="one_lent_glossary")
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.pair}"
