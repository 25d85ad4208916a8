"""Choosing a recording, with what readers get of it."""

from typing import Any, Final

from django import forms
from django.urls import reverse
from wagtail.admin.widgets import BaseChooser

_SCRIPT: Final[Any] = forms.Script("pictures/chosen.js", type="module")


class RecordingWidget(BaseChooser):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """Wagtail's chooser; below it a player, the length, and how much has to be loaded."""

    template_name = "recordings/chosen.html"

    def get_context(self, name: str, value_data: Any, attrs: Any) -> dict[str, Any]:
        """What the template shows."""
        context: dict[str, Any] = super().get_context(name, value_data, attrs)
        return {**context, "shown_url": reverse("recording_shown", args=[0])}

    @property
    def media(self) -> forms.Media:
        """The chooser's script and ours."""
        chooser: forms.Media = super().media
        return chooser + forms.Media(js=[_SCRIPT])
