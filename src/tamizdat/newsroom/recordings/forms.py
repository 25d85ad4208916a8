"""The form of a recording."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.recordings.models import LibraryRecording


class RecordingForm(forms.ModelForm):  # type: ignore[type-arg] # Django takes no argument here at run time
    """A title and a file. What the file says of who recorded it, where and with what, is left out of what is made."""

    upload = forms.FileField(
        label=_("File"),
        help_text=_("Any usual format. What readers get is small, and says nothing of how it was recorded."),
        widget=forms.FileInput(attrs={"accept": "audio/*,video/*"}),
    )

    class Meta:
        model = LibraryRecording
        fields = ["title"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["upload"].required = not self.instance.pk

    def clean(self) -> dict[str, Any] | None:
        """Take the file in. Raises ValidationError at its field."""
        cleaned = super().clean()
        if cleaned and (upload := cleaned.get("upload")):
            try:
                self.instance.take(upload)
            except forms.ValidationError as error:
                self.add_error("upload", error)
        return cleaned
