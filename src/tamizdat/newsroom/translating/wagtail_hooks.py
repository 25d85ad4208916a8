"""What translating adds to the admin: the board, ways to it from a story, and names for what the log holds."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter

from tamizdat.newsroom.reasons import said
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating import views
from tamizdat.newsroom.translating.holding import failed_releases
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sourcing import said_of_source


@hooks.register("register_admin_urls", order=-1)
def urls() -> list[URLPattern]:
    """Addresses of the screens. The second one stands where wagtail-localize would have its own."""
    return [
        path("translating/", views.board, name="translating_board"),
        path("translating/send/<int:page_id>/", views.send, name="translating_send"),
        path("localize/submit/page/<int:page_id>/", views.send),
        path("translating/<int:key>/", views.beside, name="translating_beside"),
        path("translating/<int:key>/take/", views.take, name="translating_take"),
        path("translating/<int:key>/ready/", views.ready, name="translating_ready"),
        path("translating/together/<int:page_id>/", views.together, name="translating_together"),
        path("translating/release/<int:key>/", views.release, name="translating_release"),
        path("translating/stop/<int:key>/", views.stop, name="translating_stop"),
    ]


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    """One item of the menu."""
    return MenuItem(_("Translations"), reverse("translating_board"), icon_name="wagtail-localize-language", order=110)


@hooks.register("insert_global_admin_css")
def css() -> str:
    """The look of the board and of the two columns."""
    return format_html('<link rel="stylesheet" href="{}">', static("translating/translating.css"))


@hooks.register("before_edit_page")
def tell_translators(request: HttpRequest, page: Any) -> None:
    """Say above a translation that readers have its source no more."""
    task = Task.objects.filter(target_id=page.pk).select_related("source").first() if request.method == "GET" else None
    if task and (said := said_of_source(task.source)):
        messages.error(request, said)


@hooks.register("register_page_header_buttons")
def header_button(page: Any, user: Any, next_url: str = "", view_name: str = "") -> Iterator[Button]:
    """From a translation's own form to its source beside it, and from a source to what goes out together."""
    del user, next_url, view_name
    if not page.pk or not isinstance(page.specific_deferred, StoryPage):
        return
    tasks = Task.objects.filter(Q(target_id=page.pk) | Q(source_id=page.pk)).only("target_id", "together_id")
    own = next((task for task in tasks if task.target_id == page.pk), None)
    if own:
        yield Button(_("Side by side"), reverse("translating_beside", args=[own.pk]), icon_name="columns", priority=15)
    # From a translation only while it is held: there is no other way out of that.
    if own.together_id if own else tasks:
        address = reverse("translating_together", args=[page.pk])
        yield Button(_("Release together"), address, icon_name="time", priority=16)


class FailedPanel(Component):
    """Releases that could not go at their time, on the home page of those who can let them go."""

    name = "translating-failed"
    template_name = "translating/failed.html"
    order = 42

    def __init__(self, user: Any) -> None:
        self._user = user

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """What the template shows."""
        del parent_context
        return {"failed": failed_releases(self._user)}


@hooks.register("construct_homepage_panels")
def home_panel(request: HttpRequest, panels: list[Any]) -> None:
    """On the home page."""
    panels.append(FailedPanel(request.user))


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls them."""
    actions.register_action("translating.send", _("Send for translation"), _("Sent for translation"))
    actions.register_action("translating.hold", _("Hold translations"), _("Held translations until they go together"))
    actions.register_action("translating.release", _("Release together"), _("Released with its translations"))
    actions.register_action("translating.stop", _("Stop holding"), _("Stopped holding translations"))
    actions.register_action("stories.approved_held")(_ApprovedFormatter)
    actions.register_action("translating.late")(_LateFormatter)


class _ApprovedFormatter(LogFormatter):
    """What became of an approval, and why it was not enough."""

    label = _("Approved, and held until it goes out with its other languages")

    def format_message(self, log_entry: Any) -> str:
        """With the reason."""
        reason = said(log_entry.data)
        return f"{self.label}. {reason}" if reason else str(self.label)


class _LateFormatter(LogFormatter):
    """Why a release did not happen."""

    label = _("Release together failed")

    def format_message(self, log_entry: Any) -> str:
        """With the reason."""
        return str(_("Could not be released together: %(reason)s")) % {"reason": said(log_entry.data)}
