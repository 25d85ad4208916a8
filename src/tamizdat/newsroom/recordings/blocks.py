"""Choosing a recording inside a story's body."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ChooserBlock, RichTextBlock, StructBlock
from wagtail.blocks.struct_block import StructBlockValidationError

from tamizdat.newsroom.recordings.models import FAILED, LibraryRecording, is_ready


class RecordingChooserBlock(ChooserBlock):
    """One recording of the library."""

    @cached_property
    def target_model(self) -> type[LibraryRecording]:
        """What is chosen from."""
        return LibraryRecording

    @cached_property
    def widget(self) -> Any:
        """The chooser."""
        from tamizdat.newsroom.recordings.wagtail_hooks import recording_chooser  # noqa: PLC0415 - needs loaded models

        return recording_chooser.widget_class()

    class Meta:
        icon = "media"


class SoundBlock(StructBlock):
    """Something to listen to, and every word of it."""

    recording = RecordingChooserBlock(label=_("Recording"))
    title = CharBlock(label=_("Title"))
    transcript = RichTextBlock(
        features=["bold", "italic", "link"],
        label=_("Transcript"),
        help_text=_("Every word. It is what most readers get: sound is large, and listening can be heard."),
    )

    class Meta:
        icon = "media"
        label = _("Sound")

    def clean(self, value: Any) -> Any:
        """Refuse a recording that readers could not get yet; a draft may wait for it, or for one to be chosen."""
        cleaned = super().clean(value)
        recording = cleaned["recording"]
        if not self.is_deferred_validation and not is_ready(recording):
            fault = recording.fault if recording.state == FAILED else _("It is still being prepared; a minute more.")
            raise StructBlockValidationError({"recording": ValidationError(fault)})
        return cleaned
