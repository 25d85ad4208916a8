"""What wires add to the admin: the desk, subscriptions, and loud words where an item was taken back or changed."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from tamizdat.newsroom.ingest import views
from tamizdat.newsroom.ingest.lists import alarms
from tamizdat.newsroom.ingest.models import Subscription
from tamizdat.newsroom.ingest.telling import tell_of
from tamizdat.newsroom.stories.permits import may_write
from tamizdat.newsroom.translating.sourcing import sources_of

_MOST_ALARMS = 20


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the desk."""
    return [
        path("wires/", views.wires, name="wires"),
        path("wires/read/", views.read_all, name="wires_read_all"),
        path("wires/<int:key>/", views.pane, name="wires_pane"),
        path("wires/<int:key>/draft/", views.draft, name="wires_draft"),
        path("wires/changes/<int:key>/", views.changes, name="wires_changes"),
    ]


class _WritersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_write(request.user)


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    """One item of the menu, for those who write."""
    return _WritersItem(_("Wires"), reverse("wires"), icon_name="download", order=160)


class SubscriptionViewSet(SnippetViewSet):
    """Subscriptions, with what is wrong with them."""

    model = Subscription
    icon = "download"
    menu_label = _("Subscriptions")
    add_to_settings_menu = True
    list_display: ClassVar[list[str]] = ["__str__", "kind", "language", "active", "fetched", "fault"]


register_snippet(SubscriptionViewSet)


@hooks.register("before_edit_page")
def tell_editors(request: HttpRequest, page: Any) -> None:
    """Say above a draft, and above its translations, what became of the item that it was made of, and its terms."""
    if request.method == "GET":
        tell_of(request, sources_of(page.pk))


class AlarmPanel(Component):
    """Stories whose source took their item back, with the way to it for those who may answer for going on."""

    name = "wire-alarms"
    template_name = "ingest/alarms.html"
    order = 40

    def __init__(self, user: Any) -> None:
        self._user = user

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """What the template shows."""
        del parent_context
        found = alarms(self._user)[:_MOST_ALARMS]
        return {"alarms": [(each, each.page.permissions_for_user(self._user).can_edit()) for each in found]}


@hooks.register("construct_homepage_panels")
def home_panel(request: HttpRequest, panels: list[Any]) -> None:
    """On the home page."""
    panels.append(AlarmPanel(request.user))


@hooks.register("insert_global_admin_css")
def css() -> str:
    """The look of alarms, wherever they stand."""
    return format_html('<link rel="stylesheet" href="{}">', static("ingest/wires.css"))
