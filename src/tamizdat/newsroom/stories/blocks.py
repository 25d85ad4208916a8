"""The blocks that editors write a story in. Each has its like in ``story.py``; ``mapping.py`` leads both ways."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageBlock

from tamizdat.limits import LIMITS
from tamizdat.newsroom.recordings.blocks import SoundBlock
from tamizdat.newsroom.stories.grids import Rows, RowsField
from tamizdat.story import is_safe_url

TEXT_FEATURES: Final = ["h2", "h3", "h4", "bold", "italic", "link", "ol", "ul"]
LINE_FEATURES: Final = ["bold", "italic", "link"]


def check_address(value: str) -> None:
    """Refuse an address that a story may not link to. Raises ValidationError."""
    if not is_safe_url(value):
        raise ValidationError(
            _("“%(address)s” is not an address we link to: begin with https:// or http://"),
            params={"address": value[:60]},
        )


class PictureBlock(blocks.StructBlock):
    """A picture inside the text."""

    picture = ImageBlock(label=_("Picture"))
    caption = blocks.CharBlock(required=False, max_length=LIMITS.max_caption_chars, label=_("Caption"))
    credit = blocks.CharBlock(
        required=False,
        max_length=LIMITS.max_credit_chars,
        label=_("Credit"),
        help_text=_("Leave it empty to show the library's."),
    )

    class Meta:
        icon = "image"
        label = _("Picture")

    def __init__(self, local_blocks: Any = None, **options: Any) -> None:
        super().__init__(local_blocks, **options)
        # Wagtail says "Alt text", which is a word of web pages and not of newspapers.
        self.child_blocks["picture"].child_blocks["alt_text"].label = _("What it shows, for readers who cannot see it")

    def clean(self, value: Any) -> Any:
        """Refuse a picture of which a reader who cannot see would learn nothing; not while it is still a draft."""
        cleaned = super().clean(value)
        if not self.is_deferred_validation and not (cleaned["picture"].contextual_alt_text or "").strip():
            message = _("Say what the picture shows: some readers cannot see it.")
            raise StructBlockValidationError({"picture": ValidationError(message)})
        return cleaned


class QuoteBlock(blocks.StructBlock):
    """What somebody said or wrote."""

    text = blocks.RichTextBlock(features=LINE_FEATURES, label=_("Quotation"))
    attribution = blocks.CharBlock(required=False, label=_("Who said it"))

    class Meta:
        icon = "openquote"
        label = _("Quotation")


class RowsBlock(blocks.FieldBlock):
    """The rows of a table."""

    def __init__(self, required: bool = True, help_text: str | None = None, **options: Any) -> None:
        self.field = RowsField(required=required, help_text=help_text or "")
        super().__init__(**options)

    def get_prep_value(self, value: Any) -> Rows:
        """As it is stored."""
        return list(value or [])

    def get_searchable_content(self, value: Any) -> list[str]:
        """What a search finds."""
        return [cell for row in value or [] for cell in row if cell]

    def get_translatable_segments(self, value: Any) -> list[Any]:
        """Each cell that holds words, for translators (wagtail-localize)."""
        from wagtail_localize.segments import StringSegmentValue  # noqa: PLC0415 - needs loaded models

        return [
            StringSegmentValue.from_source_html(f"{at}-{nth}", cell)[0]
            for at, row in enumerate(value or [])
            for nth, cell in enumerate(row)
            if cell
        ]

    def restore_translated_segments(self, value: Any, segments: list[Any]) -> Rows:
        """The rows with their cells translated."""
        rows = [list(row) for row in value or []]
        for segment in segments:
            at, _dash, nth = segment.path.partition("-")
            rows[int(at)][int(nth)] = segment.render_html()
        return rows

    class Meta:
        icon = "table"
        default: Rows = [["", ""], ["", ""]]


class TableBlock(blocks.StructBlock):
    """A table."""

    caption = blocks.CharBlock(required=False, label=_("Caption"))
    header = blocks.BooleanBlock(required=False, default=True, label=_("The first row names the columns"))
    rows = RowsBlock(label=_("Rows"))

    class Meta:
        icon = "table"
        label = _("Table")


class EmbedBlock(blocks.StructBlock):
    """Something of somebody else's: readers get a link with a title, and nothing is loaded."""

    url = blocks.CharBlock(validators=[check_address], label=_("Address"))
    title = blocks.CharBlock(label=_("What is there"))

    def clean(self, value: Any) -> Any:
        """Refuse an address that a story may not link to; not in a draft, where somebody is still typing it."""
        return value if self.is_deferred_validation else super().clean(value)

    class Meta:
        icon = "link-external"
        label = _("Video, post or map elsewhere")


class BodyBlock(blocks.StreamBlock):
    """A story's body."""

    text = blocks.RichTextBlock(required=False, features=TEXT_FEATURES, label=_("Text"), icon="pilcrow")
    quote = QuoteBlock()
    picture = PictureBlock()
    table = TableBlock()
    embed = EmbedBlock()
    sound = SoundBlock()


def empty_body() -> list[tuple[str, str]]:
    """What a new story begins with: a place to write, and not a menu of blocks."""
    return [("text", "")]
