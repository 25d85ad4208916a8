"""What corrections add to the admin: a screen for each story, and ways to it."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter

from tamizdat.newsroom.corrections import views
from tamizdat.newsroom.corrections.models import KINDS
from tamizdat.newsroom.corrections.waiting import waiting_texts
from tamizdat.newsroom.stories.models import StoryPage


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the screens."""
    return [
        path("record/<str:story_id>/", views.story, name="corrections_story"),
        path("record/revoke/<int:key>/", views.revoke, name="corrections_revoke"),
        path("record/text/<int:key>/", views.add_text, name="corrections_add_text"),
    ]


@hooks.register("register_page_header_buttons")
def header_button(page: Any, user: Any, next_url: str = "", view_name: str = "") -> Iterator[Button]:
    """From a story's own screen to its record."""
    del user, next_url, view_name
    story = page if isinstance(page, StoryPage) else page.specific_deferred
    if isinstance(story, StoryPage) and story.pk and story.story_id:
        address = reverse("corrections_story", args=[story.story_id])
        address += f"?language={page.locale.language_code}"
        yield Button(_("Correct or retract"), address, icon_name="warning", priority=20)


class WaitingPanel(Component):
    """Corrections without a text, on the home page of those who work in that language."""

    name = "corrections-waiting"
    template_name = "corrections/waiting.html"
    order = 45

    def __init__(self, user: Any) -> None:
        self._user = user

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """What the template shows."""
        del parent_context
        return {"waiting": waiting_texts(self._user)}


@hooks.register("construct_homepage_panels")
def home_panel(request: HttpRequest, panels: list[Any]) -> None:
    """On the home page."""
    panels.append(WaitingPanel(request.user))


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls them."""
    for kind, label in KINDS:
        name = str(label).partition(":")[0]
        _register(actions, f"corrections.{kind}", name, name)
    _register(actions, "corrections.revoke", _("Take a correction back"), _("Took a correction back"))
    _register(actions, "corrections.text", _("Give a correction its text"), _("Gave a correction its text"))


def _register(actions: Any, action: str, called: Any, said: Any) -> None:
    """What a newspaper's history says names the story, too: its page was deleted."""

    @actions.register_action(action)
    class _Said(LogFormatter):
        label = called

        def format_message(self, log_entry: Any) -> str:
            story = log_entry.data.get("story")
            return f"{said} ({story})" if story else str(said)
