"""Ways to the screen."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets import Button

from tamizdat.newsroom.sharing import views
from tamizdat.newsroom.stories.models import StoryPage


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Its address."""
    return [
        path("share/<str:story_id>/", views.share, name="share_story"),
        path("share/<str:story_id>/<str:language>/<str:kind>/", views.take_out, name="take_out_story"),
    ]


@hooks.register("register_page_header_buttons")
def header_button(page: Any, user: Any, next_url: str = "", view_name: str = "") -> Iterator[Button]:
    """From a story that is out."""
    del user, next_url, view_name
    story = page if isinstance(page, StoryPage) else page.specific_deferred
    if isinstance(story, StoryPage) and page.pk and page.live:
        yield Button(_("Post elsewhere"), reverse("share_story", args=[story.story_id]), icon_name="globe", priority=30)
