"""What front pages add to the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from tamizdat.newsroom.fronts.permits import languages_of
from tamizdat.newsroom.fronts.section_views import SectionsView
from tamizdat.newsroom.fronts.sections import CHANGE
from tamizdat.newsroom.fronts.views import FrontHistoryView, FrontProofView, FrontsView, FrontView


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the screens."""
    return [
        path("fronts/", FrontsView.as_view(), name="fronts"),
        path("fronts/<str:language>/", FrontView.as_view(), name="front_edit"),
        path("fronts/<str:language>/proof/", FrontProofView.as_view(), name="front_proof"),
        path("fronts/<str:language>/history/", FrontHistoryView.as_view(), name="front_history"),
        path("sections/", SectionsView.as_view(), name="sections"),
    ]


class PublishersItem(MenuItem):
    """An entry for those who may publish in some language."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person may."""
        return bool(languages_of(request.user))


class SectionsItem(MenuItem):
    """An entry for those who may change sections."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person may."""
        user: Any = request.user
        return bool(user.has_perm(CHANGE))


@hooks.register("register_admin_menu_item")
def fronts_item() -> MenuItem:
    """Front pages."""
    return PublishersItem(_("Front pages"), reverse("fronts"), name="fronts", icon_name="home", order=150)


@hooks.register("register_admin_menu_item")
def sections_item() -> MenuItem:
    """Sections."""
    return SectionsItem(_("Sections"), reverse("sections"), name="sections", icon_name="list-ul", order=160)
