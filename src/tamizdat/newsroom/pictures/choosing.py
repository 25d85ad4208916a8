"""Choosing a lead picture, with what readers will see of it."""

from typing import Any, Final

from django import forms
from django.urls import reverse
from wagtail.images.widgets import AdminImageChooser

from tamizdat.newsroom.people.real_names import SEES_REAL_NAMES
from tamizdat.newsroom.pictures.naming import NAMES_SOMEBODY, names_somebody

_SCRIPT: Final[Any] = forms.Script("pictures/chosen.js", type="module")


def shown_of(picture: Any, user: Any = None) -> dict[str, Any]:
    """What the page shows of a library picture: its cuts, and whom readers see credited, before they do.

    That a credit will be left out is told to a ``user`` who may see real names, and to nobody else.
    """
    is_told = user is not None and user.has_perm(SEES_REAL_NAMES)
    warning = NAMES_SOMEBODY if is_told and names_somebody(picture.credit) else ""
    return {"cuts": picture.cuts, "address": picture.file.url, "credit": picture.credit, "warning": warning}


class LeadPictureChooser(AdminImageChooser):
    """Wagtail's chooser, and the cuts of what is chosen."""

    template_name = "pictures/chosen.html"

    def get_value_data_from_instance(self, instance: Any) -> dict[str, Any]:
        """Of the chosen picture, what the template shows."""
        data: dict[str, Any] = super().get_value_data_from_instance(instance)
        return {**data, **shown_of(instance)}

    def get_context(self, name: str, value_data: Any, attrs: Any) -> dict[str, Any]:
        """What the template shows."""
        context: dict[str, Any] = super().get_context(name, value_data, attrs)
        found = value_data or {}
        return {**found, **context, "cuts_url": reverse("picture_cuts", args=[0])}

    @property
    def media(self) -> forms.Media:
        """The chooser's scripts and ours."""
        chooser: forms.Media = super().media
        return chooser + forms.Media(js=[_SCRIPT], css={"all": ["pictures/cuts.css"]})
