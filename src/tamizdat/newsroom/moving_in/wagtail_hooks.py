"""What moving in adds to the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from tamizdat.newsroom.moving_in import views
from tamizdat.newsroom.moving_in.uploads import may_move_in


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the screens."""
    return [
        path("moving-in/", views.moves, name="moving_in_moves"),
        path("moving-in/<int:key>/", views.move, name="moving_in_move"),
        path("moving-in/<int:key>/progress/", views.progress, name="moving_in_progress"),
        path("moving-in/<int:key>/again/", views.again, name="moving_in_again"),
        path("moving-in/<int:key>/forget/", views.forget, name="moving_in_forget"),
        path("moving-in/redirects/<str:form>/", views.redirects, name="moving_in_redirects"),
    ]


class _MovesItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_move_in(request.user)


@hooks.register("register_settings_menu_item")
def menu_item() -> MenuItem:
    """Among the settings: most newsrooms need it once."""
    return _MovesItem(_("Move a site in"), reverse("moving_in_moves"), icon_name="upload", order=900)


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls it."""
    actions.register_action("moving_in.moved", _("Move in"), _("Moved in from another site"))
