"""The library of recordings in the admin."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet

from tamizdat.newsroom.recordings.forms import RecordingForm
from tamizdat.newsroom.recordings.models import LibraryRecording


class RecordingViewSet(ModelViewSet):
    """List, add, change."""

    model = LibraryRecording
    icon = "media"
    menu_label = _("Recordings")
    menu_order = 420
    add_to_admin_menu = True
    list_display = ["title", "state", "seconds", "fault", "added"]
    form_fields = ["title"]
    inspect_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[RecordingForm]:
        """The form with the file."""
        del for_update
        return RecordingForm


class RecordingChooser(ChooserViewSet):
    """Choosing one inside a story; handing in a new one there, too."""

    model = LibraryRecording
    icon = "media"
    choose_one_text = _("Choose a recording")
    choose_another_text = _("Choose another recording")
    creation_form_class = RecordingForm
    register_widget = True


recording_chooser = RecordingChooser("recording_chooser")


@hooks.register("register_admin_viewset")
def viewsets() -> list[Any]:
    """Both."""
    return [RecordingViewSet("recordings"), recording_chooser]
