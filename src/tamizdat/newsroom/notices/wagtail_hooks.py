"""What notices add to the admin: a menu entry, screens, the permission to sign off, and reminders on the first page."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.notices.acting import BROUGHT_BACK, SIGNED, TAKEN_OUT
from tamizdat.newsroom.notices.reminding import due_reviews, waiting_drafts
from tamizdat.newsroom.notices.views import (
    NoticeFormView,
    NoticeProofView,
    NoticesView,
    NoticeView,
    may_see,
    title_of,
)


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the screens."""
    return [
        path("notices/", NoticesView.as_view(), name="notices"),
        path("notices/new/", NoticeFormView.as_view(), name="notice_new"),
        path("notices/<int:pk>/", NoticeView.as_view(), name="notice"),
        path("notices/<int:pk>/edit/", NoticeFormView.as_view(), name="notice_edit"),
        path("notices/<int:pk>/proof/", NoticeProofView.as_view(), name="notice_proof"),
    ]


class NoticesItem(MenuItem):
    """An entry for those who write or sign notices."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person does."""
        return may_see(request.user)


@hooks.register("register_admin_menu_item")
def notices_item() -> MenuItem:
    """Notices."""
    return NoticesItem(_("Notices"), reverse("notices"), name="notices", icon_name="lock", order=170)


@hooks.register("register_permissions")
def permissions() -> "QuerySet[Permission]":
    """For the screen on which groups get their permissions."""
    names = ("add_legalnotice", "change_legalnotice", "review_notices")
    return Permission.objects.filter(content_type__app_label="notices", codename__in=names)


class RemindersPanel(Component):
    """Reviews that end, and drafts that wait, on the first page of those who can do something."""

    name = "notices"
    template_name = "notices/panel.html"
    order = 90

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Both, with what they are called."""
        del parent_context
        return {
            "due": [(due, title_of(due.wording.data)) for due in due_reviews(settings=publication_settings().notices)],
            "drafts": [(wording, title_of(wording.data)) for wording in waiting_drafts()],
        }


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls them."""
    actions.register_action(SIGNED, _("Sign off"), _("Signed off"))
    actions.register_action(TAKEN_OUT, _("Taken out"), _("Taken out"))
    actions.register_action(BROUGHT_BACK, _("Brought back"), _("Brought back"))


@hooks.register("construct_homepage_panels")
def reminders(request: HttpRequest, panels: list[Any]) -> None:
    """Add the reminders."""
    if may_see(request.user):
        panels.append(RemindersPanel())
