"""The story's form: first what one writes, then who, where and when."""

from typing import Any, Final

from django.apps import apps
from django.utils.translation import gettext_lazy as _
from wagtail.admin.compare import TextFieldComparison, diff_text
from wagtail.admin.panels import (
    CommentPanel,
    FieldPanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)

from tamizdat.locales import is_right_to_left
from tamizdat.newsroom.pictures.choosing import LeadPictureChooser


class WritingPanel(ObjectList):
    """Fields in the story's language, whose direction may be another than the screen's."""

    class BoundPanel(ObjectList.BoundPanel):
        """The panel of one story."""

        @property
        def attrs(self) -> dict[str, Any]:
            """Which way its texts run; ``stories/writing.css`` reads it."""
            language = self.instance.locale.language_code if self.instance.locale_id else "en"
            return {**self.panel.attrs, "data-writing": "rtl" if is_right_to_left(language) else "ltr"}


class BylineComparison(TextFieldComparison):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """What became of a story's bylines, as readers see them: a key may be somebody's name."""

    def htmldiff(self) -> Any:
        """Labels, one beside the other; those of a byline that readers see by its key are its key."""
        return diff_text(*(_labelled(keys) for keys in (self.val_a, self.val_b))).to_html()


def _labelled(keys: list[str]) -> str:
    model = apps.get_model("stories", "Byline")
    known = {byline.key: str(byline) for byline in model.objects.filter(key__in=keys)}
    return ", ".join(known[key] if key in known else model.without_term(key) for key in keys)


class BylinePanel(FieldPanel):  # type: ignore[misc,unused-ignore] # as above
    """The field of bylines."""

    def get_comparison_class(self) -> Any:
        """See Wagtail."""
        return BylineComparison


_LIBRARYS: Final = _("Leave it empty to show the library's.")
_LEAD_PICTURE = MultiFieldPanel(
    [
        FieldPanel("picture", heading=_("Picture"), widget=LeadPictureChooser),
        FieldPanel("picture_alt", heading=_("What it shows, for readers who cannot see it"), help_text=_LIBRARYS),
        FieldPanel("picture_caption"),
        FieldPanel("picture_credit", help_text=_LIBRARYS),
    ],
    heading=_("Lead picture"),
    classname="writing-picture",
)

WRITING: list[Any] = [
    FieldPanel("title", classname="title", heading=_("Headline"), help_text=" "),
    FieldPanel("lead"),
    FieldPanel("body", heading=_("Story")),
    _LEAD_PICTURE,
    MultiFieldPanel(
        [BylinePanel("byline"), FieldPanel("dateline"), FieldPanel("agencies")], heading=_("Who and where")
    ),
    MultiFieldPanel(
        [FieldPanel("sections"), FieldPanel("topics"), FieldPanel("related")], heading=_("Where it belongs")
    ),
]


def _schedule() -> PublishingPanel:
    """Wagtail's dialog for a schedule, whose fields say by which clock."""
    panel = PublishingPanel()
    for field in panel.children:
        field.help_text = "UTC"
    return panel


PUBLISHING: list[Any] = [
    _schedule(),
    MultiFieldPanel(
        [FieldPanel("published"), FieldPanel("embargo"), FieldPanel("breaking_until")],
        heading=_("Dates and times (UTC)"),
    ),
    FieldPanel("translation"),
    # Readers, mirrors and translations know the story by it; another story's would take that one's place.
    FieldPanel("story_id", read_only=True),
    CommentPanel(),  # no field: with it, colleagues can comment on all others
]


def story_panels() -> TabbedInterface:
    """Two tabs."""
    return TabbedInterface([WritingPanel(WRITING, heading=_("Story")), ObjectList(PUBLISHING, heading=_("Publishing"))])
