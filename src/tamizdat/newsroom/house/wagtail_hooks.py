"""The menu: what people of a newspaper look for, under the names that they know."""

from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.auth import user_has_any_page_permission
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.views.pages.bulk_actions import MoveBulkAction
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Page

from tamizdat.newsroom.house.stories_list import stories_listing, story_pages
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import edits_wherever_at_work

_HIDDEN: Final = frozenset({"documents", "help"})
"""Files for download are none of ours; help leads to pages on the web about other people's software."""
_RENAMED: Final = {"explorer": _("Newspapers"), "images": _("Pictures")}

# Wagtail's screen of a copy saves over the row that it copies, for whoever may add one, and asks for no password where
# that row is an account. Nothing here needs copies: not accounts, recordings, terms, subscriptions, sites or locales.
ModelViewSet.copy_view_enabled = False
# A story is where its language is; nobody is offered to move many.
MoveBulkAction.models = []


@hooks.register("construct_main_menu")
def main_menu(request: HttpRequest, items: list[Any]) -> None:
    """Take out what a newspaper has no use for."""
    del request
    items[:] = [item for item in items if item.name not in _HIDDEN]
    for item in items:
        item.label = _RENAMED.get(item.name, item.label)


@hooks.register("construct_reports_menu")
def reports_menu(request: HttpRequest, items: list[Any]) -> None:
    """Take out the report of translations, which are on the board; and what :mod:`.doors` refuses."""
    shut = {reverse("wagtail_localize:translations_report")}
    if not request.user.is_superuser:
        shut.add(reverse("wagtailadmin_reports:page_types_usage"))
    if not edits_wherever_at_work(request.user):
        shut.add(reverse("wagtailadmin_reports:site_history"))
    items[:] = [item for item in items if item.url not in shut]


@hooks.register("construct_settings_menu")
def settings_menu(request: HttpRequest, items: list[Any]) -> None:
    """Take out what :mod:`.doors` keeps shut: the settings name the languages, and there are no sites."""
    del request
    shut = {reverse("wagtaillocales:index"), reverse("wagtailsites:index")}
    items[:] = [item for item in items if item.url not in shut]


@hooks.register("construct_search")
def search_areas(request: HttpRequest, areas: list[Any]) -> None:
    """Take out files for download, as above."""
    del request
    areas[:] = [area for area in areas if area.name not in _HIDDEN]


class StoriesSummary(SummaryItem):
    """How many stories there are, and the way to them."""

    order = 100
    template_name = "house/summary.html"

    def is_shown(self) -> bool:
        """To who may open the list: not to moderators, say."""
        return bool(user_has_any_page_permission(self.request.user))

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """What the template shows."""
        del parent_context
        # Counted where there is no other table to join.
        pages = Page.objects.filter(content_type=ContentType.objects.get_for_model(StoryPage))
        return {"stories": pages.count(), "out": pages.filter(live=True).count()}


@hooks.register("construct_homepage_summary_items", order=1_000)  # after those of all others
def summary(request: HttpRequest, items: list[Any]) -> None:
    """Stories, not pages and files."""
    items[:] = [StoriesSummary(request)]


@hooks.register("register_admin_viewset")
def stories_viewset() -> list[Any]:
    """All stories in one list, and the screens of each."""
    return [stories_listing, story_pages]


@hooks.register("register_icons")
def icons(found: list[str]) -> list[str]:
    """Our own pictograms."""
    return [*found, "house/icons/newspaper.svg"]


@hooks.register("insert_global_admin_css")
def css() -> str:
    """The house's colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("house/house.css"))
