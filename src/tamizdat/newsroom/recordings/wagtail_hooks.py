"""The library of recordings in the admin."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import EditView
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet

from tamizdat.newsroom.recordings.cover_views import CoversView
from tamizdat.newsroom.recordings.covers import PERMISSION
from tamizdat.newsroom.recordings.forms import RecordingForm
from tamizdat.newsroom.recordings.hearing import heard, recording_form, recording_shown
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.recordings.widgets import RecordingWidget


class SoundColumn(Column):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """A player, how long it is, and how much has to be loaded of each form; or why there is none."""

    cell_template_name = "recordings/heard_cell.html"


class RecordingEdit(EditView):  # type: ignore[misc,unused-ignore] # as above
    """The form, below what readers get."""

    template_name = "recordings/edit.html"

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        """With the player."""
        context: dict[str, Any] = super().get_context_data(**options)
        return {**context, "heard": heard(self.object)}


class RecordingViewSet(ModelViewSet):
    """List, add, change."""

    model = LibraryRecording
    icon = "media"
    menu_label = _("Recordings")
    menu_order = 420
    add_to_admin_menu = True
    list_display = ["title", SoundColumn("sound", label=_("Sound"), accessor=heard), "added"]
    edit_view_class = RecordingEdit
    edit_template_name = RecordingEdit.template_name
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
    base_widget_class = RecordingWidget
    register_widget = True


recording_chooser = RecordingChooser("recording_chooser")


@hooks.register("register_admin_viewset")
def viewsets() -> list[Any]:
    """Both."""
    return [RecordingViewSet("recordings"), recording_chooser]


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """The screen of covers, and what players and the story's form ask for."""
    return [
        path("podcast-cover/", CoversView.as_view(), name="podcast_covers"),
        path("recording-form/<int:key>/<int:at>/", recording_form, name="recording_form"),
        path("recording-shown/<int:key>/", recording_shown, name="recording_shown"),
    ]


@hooks.register("insert_global_admin_css")
def heard_css() -> str:
    """What players look like, wherever they are."""
    return format_html('<link rel="stylesheet" href="{}">', static("recordings/heard.css"))


class CoversItem(MenuItem):
    """An entry for those who may set covers."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person may."""
        user: Any = request.user
        return bool(user.has_perm(PERMISSION))


@hooks.register("register_settings_menu_item")
def covers_item() -> MenuItem:
    """Among the newsroom's settings."""
    return CoversItem(_("Podcast cover"), reverse("podcast_covers"), name="podcast-cover", icon_name="media", order=700)
