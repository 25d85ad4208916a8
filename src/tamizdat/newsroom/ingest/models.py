"""Subscriptions, what comes from them, and the drafts that were made of that. Nothing here reaches readers."""

from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import StoryError
from tamizdat.newsroom.here import here
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.sources.registry import KINDS
from tamizdat.story import Story, check_language

FOLDER = "wires"
"""Below the newsroom's own folder: where watched folders lie. No screen can name another place of this machine."""
MAX_TEXT_CHARS = 100_000
_KEPT_BEFORE = "A picture of it was taken back: "
"""What older versions kept before the source's words."""
ASKED = ("kind", "address", "language", "words", "sections")
"""Of a subscription: what decides which items are there to be read and kept."""


def kinds() -> list[tuple[str, str]]:
    """What this version can read."""
    return [(kind, kind) for kind in KINDS]


class Subscription(models.Model):
    """A source that the newsroom reads regularly. What is in it is for editors alone."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    active = models.BooleanField(_("active"), default=True)
    kind = models.CharField(_("kind"), max_length=32, default="feed", choices=kinds)
    address = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("A web address; or the name of a folder or file in “newsroom/wires” of the publication."),
    )
    language = models.CharField(
        _("language"), max_length=35, blank=True, help_text=_("Of items that name none, like “en”.")
    )
    every_minutes = models.PositiveIntegerField(
        _("look every … minutes"), default=15, validators=[MinValueValidator(1), MaxValueValidator(10_080)]
    )
    keep_days = models.PositiveIntegerField(
        _("keep items … days"), default=30, validators=[MinValueValidator(1), MaxValueValidator(3_650)]
    )
    words = models.TextField(
        _("only with these words"), blank=True, help_text=_("One a line; an item with any of them is kept.")
    )
    sections = models.TextField(
        _("only of these sections"), blank=True, help_text=_("Or topics. One a line, as the source says.")
    )
    section_rules = models.TextField(
        _("sections here"), blank=True, help_text=_("One a line: “what the source says = what we say”.")
    )
    agency = models.CharField(
        _("credit"), max_length=200, blank=True, help_text=_("Readers see “With reporting by …” with this name.")
    )
    rights = models.TextField(_("rights"), blank=True, help_text=_("What may be done with items that do not say."))

    etag = models.CharField(max_length=1_000, blank=True, editable=False)
    last_modified = models.CharField(max_length=1_000, blank=True, editable=False)
    next_at = models.DateTimeField(null=True, editable=False, db_index=True)
    claimed_until = models.DateTimeField(null=True, editable=False)
    fetched = models.DateTimeField(_("last read"), null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    fault = models.TextField(_("fault"), blank=True, editable=False)

    panels: ClassVar[list[Any]] = [
        MultiFieldPanel(
            [FieldPanel(name) for name in ("name", "kind", "address", "language", "active")], heading=_("Source")
        ),
        MultiFieldPanel([FieldPanel("agency"), FieldPanel("rights")], heading=_("Credit and rights")),
        MultiFieldPanel([FieldPanel("words"), FieldPanel("sections")], heading=_("What to keep")),
        FieldPanel("section_rules"),
        MultiFieldPanel([FieldPanel("every_minutes"), FieldPanel("keep_days")], heading=_("How often, how long")),
    ]

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what cannot be read, at the field where it stands."""
        super().clean()
        if not self.is_web and not is_safe_name(self.address):
            raise ValidationError(
                {"address": _("Write an address with https://, or a name without “..” or “/” first.")}
            )
        if self.language:
            try:
                check_language(self.language)
            except StoryError as error:
                raise ValidationError({"language": error.detail}) from error

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save it. Once other things are asked for or kept, everything is asked for, not what is new since."""
        before = Subscription.objects.filter(pk=self.pk).values_list(*ASKED).first()
        if before and before != tuple(getattr(self, name) for name in ASKED):
            self.etag = self.last_modified = ""
        super().save(*arguments, **options)

    @property
    def is_web(self) -> bool:
        """Whether it is read from the web."""
        return self.address.lower().startswith(("http://", "https://"))

    @property
    def path(self) -> Path:
        """Where it lies on this machine, if it is not of the web."""
        return here().own / FOLDER / self.address

    def sections_here(self, story: Story) -> tuple[str, ...]:
        """The sections of a story of the source as they are called here.

        Those that no rule names stay as they are. Feeds have no sections but topics: those that a rule names are
        sections here.
        """
        rules: dict[str, str] = {}
        for line in self.section_rules.splitlines():
            theirs, sign, ours = line.partition("=")
            if sign:
                rules[theirs.strip().casefold()] = ours.strip()
        named = [rules.get(section.casefold(), section) for section in story.sections]
        named += [rules[topic.casefold()] for topic in story.topics if topic.casefold() in rules]
        return tuple(dict.fromkeys(filter(None, named)))


def is_safe_name(name: str) -> bool:
    """Whether it is a path that stays in its folder."""
    path = PurePosixPath(name)
    return bool(name.strip()) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


class WireItem(models.Model):
    """One item in its newest version. Its pictures stay where they are until somebody wants them."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="items")
    story_id = models.CharField(max_length=200)
    language = models.CharField(max_length=35)
    mark = models.CharField(max_length=64)
    story = models.BinaryField()
    """Canonical bytes; each picture under the SHA-256 of its origin."""
    origins = models.JSONField(default=dict)
    """From those to origins."""
    headline = models.TextField()
    text = models.TextField()
    """All that it says, for the search; cut at 100,000 characters."""
    section = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=2_000, blank=True)
    rights = models.TextField(blank=True)
    credit = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    urgency = models.PositiveSmallIntegerField(default=0)
    embargo = models.DateTimeField(null=True)
    published = models.DateTimeField()
    received = models.DateTimeField(db_index=True)
    changed = models.DateTimeField()
    """When this version came."""
    listed = models.DateTimeField(null=True)
    """Of what says no date of its own: when it stood in all that its source has for the last time."""
    version = models.PositiveIntegerField(default=1)
    band0 = models.IntegerField(null=True, db_index=True)
    band1 = models.IntegerField(null=True, db_index=True)
    band2 = models.IntegerField(null=True, db_index=True)
    band3 = models.IntegerField(null=True, db_index=True)
    """A fingerprint of its words (``likeness.py``): texts that are nearly the same share one of the four."""
    same_as = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="copies")
    """The item that said this first; it stands in lists for both."""
    withdrawn = models.DateTimeField(null=True)
    """When its source took it back."""
    withdrawn_why = models.TextField(blank=True)
    """In the source's words."""

    class Meta:
        ordering: ClassVar[list[str]] = ["-received", "-id"]
        verbose_name = _("wire item")
        verbose_name_plural = _("wire items")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["subscription", "language", "story_id"], name="one_item_of_a_subscription")
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def is_taken_back_with_picture(self) -> bool:
        """Whether it was taken back with a picture of it, and not by itself."""
        return self.parts.filter(withdrawn=True).exists()

    @property
    def their_why(self) -> str:
        """Why it was taken back, in its source's words, or why its picture was."""
        return self.withdrawn_why.removeprefix(_KEPT_BEFORE)

    def as_story(self) -> Story:
        """The item as its source gave it. Pictures are under the hash of their origin."""
        return story_from_bytes(bytes(self.story))


class WirePart(models.Model):
    """A picture of an item that is an item by itself at its source, which may take it back under that name."""

    item = models.ForeignKey(WireItem, on_delete=models.CASCADE, related_name="parts")
    story_id = models.CharField(max_length=200, db_index=True)
    withdrawn = models.BooleanField(default=False)
    """Whether the item is taken back with it: until it comes in another version, or is taken back by itself."""

    def __str__(self) -> str:
        return f"{self.item}: {self.story_id}"


class WireRead(models.Model):
    """Who has looked at an item in its newest version."""

    item = models.ForeignKey(WireItem, on_delete=models.CASCADE, related_name="reads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["item", "person"], name="one_look_at_an_item")
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.person}"


class Taken(models.Model):
    """A draft that was made of an item, and the version of the item that its editors know."""

    item = models.ForeignKey(WireItem, null=True, on_delete=models.SET_NULL, related_name="taken")
    page = models.ForeignKey(StoryPage, on_delete=models.CASCADE, related_name="taken_from")
    source = models.CharField(max_length=100)
    """The subscription's name, when item and subscription are gone."""
    address = models.CharField(max_length=2_000, blank=True)
    rights = models.TextField(blank=True)
    story = models.BinaryField()
    mark = models.CharField(max_length=64)
    answered = models.DateTimeField(null=True)
    """When the source took the item back, if somebody answered for going on: for that time alone."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.source}: {self.page}"

    @property
    def is_taken_back(self) -> bool:
        """Whether the source took the item back, and nobody has answered for going on."""
        return self.item is not None and self.item.withdrawn not in {None, self.answered}
