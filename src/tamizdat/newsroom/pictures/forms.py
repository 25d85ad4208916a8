"""The form of a library picture."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm


class UploadField(WagtailImageField):
    """A picture's file. One that is broken halfway is refused in words; Pillow's own are not caught by Wagtail."""

    def to_python(self, data: Any) -> Any:
        """The file, opened. Raises ValidationError."""
        try:
            return super().to_python(data)
        except (OSError, SyntaxError, ValueError) as error:
            raise ValidationError(
                _("The picture is broken and cannot be read (%(reason)s). Try to save it anew, as JPEG or PNG."),
                params={"reason": error},
            ) from error


class PictureForm(BaseImageForm):
    """A picture without words for those who cannot see it is not ready for anybody."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if file := self.fields.get("file"):
            self.fields["file"] = UploadField(
                label=file.label, required=file.required, widget=file.widget, help_text=file.help_text
            )
        description = self.fields["description"]
        description.required = True
        description.label = _("What it shows, for readers who cannot see it")
