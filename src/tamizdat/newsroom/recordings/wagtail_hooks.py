"""The library of recordings in the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet

from tamizdat.newsroom.recordings.cover_views import CoversView
from tamizdat.newsroom.recordings.covers import PERMISSION
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


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """The screen of covers."""
    return [path("podcast-cover/", CoversView.as_view(), name="podcast_covers")]


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
