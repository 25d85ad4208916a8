"""What stands on the first page of the newsroom until its keys are whole."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.ui.components import Component

from tamizdat.newsroom.here import here
from tamizdat.trust.keyring import has_state, is_rehearsal


class KeysPanel(Component):
    """That this is a rehearsal; or that nothing can be published yet, and what is to be done."""

    template_name = "first_run/keys.html"
    order = 10

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        """Which of the two."""
        del parent_context
        folder = here().folder
        return {"is_rehearsal": is_rehearsal(folder), "folder": folder}


@hooks.register("construct_homepage_panels")
def keys_panel(request: HttpRequest, panels: list[Any]) -> None:
    """For everybody as long as it matters: what is published rests on it."""
    del request
    folder = here().folder
    if is_rehearsal(folder) or not has_state(folder):
        panels.insert(0, KeysPanel())
