"""Terms that stories share: sections, topics, agencies, bylines. A story names them by key and shows their labels.

A key that has no term here is shown as it is, so that an import need not invent one.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import ModelLogEntry
from wagtail.search import index

from tamizdat.config import MAX_LABEL_CHARS, MAX_SECTIONS
from tamizdat.errors import StoryError
from tamizdat.newsroom.people.real_names import CODENAME, SEES_REAL_NAMES
from tamizdat.newsroom.stories.forms import TermForm
from tamizdat.newsroom.stories.keys import as_typed
from tamizdat.newsroom.stories.labels import TextsWidget, check_tags
from tamizdat.publication import text_in
from tamizdat.story import check_text

_OTHERWISE: Final = _("Where it is called otherwise. A language without a label has the one above.")


class Term(index.Indexed, models.Model):
    """A key, its label, and labels in languages where it is called otherwise."""

    key = models.CharField(
        _("key"), max_length=200, unique=True, help_text=_("Stands in stories and addresses; it never changes.")
    )
    label = models.CharField(_("label"), max_length=200, blank=True)
    labels = models.JSONField(
        _("labels by language"), default=dict, blank=True, help_text='{"ru": "Политика", "fa": "سیاست"}'
    )

    objects: ClassVar[Any] = models.Manager()
    base_form_class = TermForm
    panels: ClassVar[list[Any]] = [
        FieldPanel("key"),
        FieldPanel("label"),
        FieldPanel("labels", widget=TextsWidget(most=200), help_text=_OTHERWISE),
    ]
    search_fields: ClassVar[list[Any]] = [
        index.SearchField("key"),
        index.SearchField("label"),
        index.AutocompleteField("key"),
        index.AutocompleteField("label"),
        index.SearchField("labels"),
        index.AutocompleteField("labels"),
    ]

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["key"]

    def __str__(self) -> str:
        return self.label or self.key

    def clean(self) -> None:
        """Refuse what a story could not carry."""
        super().clean()
        if not isinstance(self.labels, dict):
            raise ValidationError({"labels": _("Labels by language are written like the example.")})
        try:
            check_tags(self.labels)
        except ValidationError as error:
            raise ValidationError({"labels": error.messages}) from error
        for name, value in {"key": self.key, "label": self.label or self.key, **self.labels}.items():
            try:
                check_text(value if isinstance(value, str) else "", name)
            except StoryError as error:
                field = name if name in {"key", "label"} else "labels"
                raise ValidationError({field: f"{name}: {error.detail}"}) from error

    @classmethod
    def without_term(cls, key: str) -> str:
        """What readers see of a key that has no term here."""
        return key

    @property
    def shown(self) -> tuple[str, ...]:
        """All that readers see of it, in some language."""
        return (self.label or self.key, *self.labels.values())

    def label_in(self, language: str) -> str:
        """What readers of ``language`` call it."""
        found = text_in(self.labels, language)
        return found.text if found else self.label or self.key


class Section(Term):
    """A section of the newspaper."""

    position = models.PositiveIntegerField(_("position"), default=0, help_text=_("In the newspaper, from the front."))

    panels: ClassVar[list[Any]] = [
        FieldPanel("key"),
        FieldPanel("label"),
        FieldPanel("labels", widget=TextsWidget(most=MAX_LABEL_CHARS), help_text=_OTHERWISE),
    ]

    class Meta(Term.Meta):
        ordering: ClassVar[list[str]] = ["position", "key"]
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def clean(self) -> None:
        """Refuse what pages have no room for: sections stand on every one."""
        super().clean()
        for language, label in {"": self.label or self.key, **self.labels}.items():
            if len(label) > MAX_LABEL_CHARS:
                message = _("A section's label stands on every page: at most %(most)d characters (these are %(n)d).")
                raise ValidationError(
                    {"labels" if language else "label": message % {"most": MAX_LABEL_CHARS, "n": len(label)}}
                )
        if self._state.adding and Section.objects.count() >= MAX_SECTIONS:
            raise ValidationError(_("Pages have room for %(most)d sections.") % {"most": MAX_SECTIONS})

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save; a new section comes last."""
        if self._state.adding and not self.position:
            last = Section.objects.aggregate(last=models.Max("position"))["last"]
            self.position = (last or 0) + 1
        super().save(*arguments, **options)


class Topic(Term):
    """What stories are about."""

    class Meta(Term.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")


class Agency(Term):
    """Who reports with us: "With reporting by ..."."""

    class Meta(Term.Meta):
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")


class Byline(Term):
    """A name under which somebody writes.

    Whose name it is stays in this table. No story, release, export or page is ever made from ``real_name``: readers of
    this class outside the byline's own screen are looked for by ``tests/newsroom/test_bylines.py``.
    """

    real_name = models.CharField(
        _("real name"),
        max_length=200,
        blank=True,
        help_text=_("Only if the newsroom must know it. It never leaves this database; leave it empty if you can."),
    )

    panels: ClassVar[list[Any]] = [
        *Term.panels,
        MultiFieldPanel(
            [FieldPanel("real_name", permission=SEES_REAL_NAMES)],
            heading=_("Confidential"),
            classname="collapsed",
        ),
    ]

    @classmethod
    def without_term(cls, key: str) -> str:
        """The name as somebody typed it."""
        return as_typed(key)

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save; the history calls it what readers do from now on."""
        super().save(*arguments, **options)
        forget_keys(str(self.pk))

    @property
    def hides_key(self) -> bool:
        """Whether readers see labels and never its key, which may be somebody's name: those of imports are."""
        return self.label not in ("", self.key)

    class Meta(Term.Meta):
        verbose_name = _("byline")
        verbose_name_plural = _("bylines")
        permissions: ClassVar[Any] = [(CODENAME, "Can see whose byline it is")]


def forget_keys(*bylines: str) -> None:
    """Call bylines in the history what readers call them, where it has keys that readers do not see: more people read
    it than may see those. Only these ``bylines``, by their numbers; all, if none is named.
    """
    kind = ContentType.objects.get_for_model(Byline)
    entries = ModelLogEntry.objects.filter(content_type=kind)
    if bylines:
        entries = entries.filter(object_id__in=bylines)
    named = set(entries.order_by().values_list("object_id", "label"))
    known = {str(each.pk): each for each in Byline.objects.filter(pk__in={int(key) for key, _label in named})}
    for number, label in named:
        byline = known.get(number)
        if byline and label == byline.key != str(byline):
            entries.filter(object_id=number, label=label).update(label=str(byline))


def labels_of(model: type[Term], keys: list[str], language: str) -> tuple[str, ...]:
    """The labels of ``keys`` in ``language``, in their order; one query, none for no keys."""
    if not keys:
        return ()
    known: Mapping[str, Term] = {term.key: term for term in model.objects.filter(key__in=keys)}
    return tuple(known[key].label_in(language) if key in known else model.without_term(key) for key in keys)
