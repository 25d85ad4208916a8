"""The menu: what people of a newspaper look for, under the names that they know."""

from typing import Any, Final

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.site_summary import SummaryItem

from tamizdat.newsroom.house.stories_list import StoriesListing, stories_listing
from tamizdat.newsroom.stories.models import StoryPage

_HIDDEN: Final = frozenset({"documents", "help"})
"""Files for download are none of ours; help leads to pages on the web about other people's software."""
_RENAMED: Final = {"explorer": _("Newspapers"), "images": _("Pictures")}


@hooks.register("construct_main_menu")
def main_menu(request: HttpRequest, items: list[Any]) -> None:
    """Take out what a newspaper has no use for."""
    del request
    items[:] = [item for item in items if item.name not in _HIDDEN]
    for item in items:
        item.label = _RENAMED.get(item.name, item.label)


class StoriesSummary(SummaryItem):
    """How many stories there are, and the way to them."""

    order = 100
    template_name = "house/summary.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """What the template shows."""
        del parent_context
        return {"stories": StoryPage.objects.count(), "out": StoryPage.objects.filter(live=True).count()}


@hooks.register("construct_homepage_summary_items")
def summary(request: HttpRequest, items: list[Any]) -> None:
    """Stories, not pages and files."""
    items[:] = [StoriesSummary(request)]


@hooks.register("register_admin_viewset")
def stories_viewset() -> StoriesListing:
    """All stories in one list."""
    return stories_listing


@hooks.register("register_icons")
def icons(found: list[str]) -> list[str]:
    """Our own pictograms."""
    return [*found, "house/icons/newspaper.svg"]


@hooks.register("insert_global_admin_css")
def css() -> str:
    """The house's colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("house/house.css"))
