"""Choosing a lead picture, with what readers will see of it."""

from typing import Any, Final

from django import forms
from django.urls import reverse
from wagtail.images.widgets import AdminImageChooser

_SCRIPT: Final[Any] = forms.Script("pictures/chosen.js", type="module")


class LeadPictureChooser(AdminImageChooser):
    """Wagtail's chooser, and the cuts of what is chosen."""

    template_name = "pictures/chosen.html"

    def get_value_data_from_instance(self, instance: Any) -> dict[str, Any]:
        """Of the chosen picture, what the template shows."""
        data: dict[str, Any] = super().get_value_data_from_instance(instance)
        return {**data, "cuts": instance.cuts, "address": instance.file.url}

    def get_context(self, name: str, value_data: Any, attrs: Any) -> dict[str, Any]:
        """What the template shows."""
        context: dict[str, Any] = super().get_context(name, value_data, attrs)
        found = {"cuts": value_data.get("cuts"), "address": value_data.get("address")} if value_data else {}
        return {**context, **found, "cuts_url": reverse("picture_cuts", args=[0])}

    @property
    def media(self) -> forms.Media:
        """The chooser's scripts and ours."""
        chooser: forms.Media = super().media
        return chooser + forms.Media(js=[_SCRIPT], css={"all": ["pictures/cuts.css"]})
