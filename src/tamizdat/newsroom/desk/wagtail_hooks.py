"""Ways to the desk: the menu, and a line on the home page that says whether all is well."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from tamizdat.newsroom.clock import shared_now
from tamizdat.newsroom.desk import views
from tamizdat.newsroom.desk.state import for_everybody, state_now


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the desk."""
    return [
        path("desk/", views.desk, name="publication_desk"),
        path("desk/look/", views.look_now, name="desk_look_now"),
        path("desk/totals/", views.take_totals, name="desk_take_totals"),
    ]


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    """One item of the menu."""
    return MenuItem(_("Publication desk"), reverse("publication_desk"), icon_name="globe", order=150)


class StatePanel(Component):
    """Whether the news gets out, in one line."""

    name = "state"
    template_name = "desk/state.html"
    order = 50

    def __init__(self, user: Any) -> None:
        self._user = user

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """What the template shows."""
        del parent_context
        return {"state": for_everybody(state_now(shared_now()), self._user)}


@hooks.register("construct_homepage_panels")
def home_panel(request: HttpRequest, panels: list[Any]) -> None:
    """On top of the home page."""
    panels.insert(0, StatePanel(request.user))


@hooks.register("insert_global_admin_css")
def css() -> str:
    """The desk's look."""
    return format_html('<link rel="stylesheet" href="{}">', static("desk/desk.css"))


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls them."""
    actions.register_action(views.TOTALS_TAKEN, _("Take in a mirror's totals"), _("Took in a mirror's totals"))
