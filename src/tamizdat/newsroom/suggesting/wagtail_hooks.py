"""What suggestions add to the admin."""

from typing import Any

from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter

from tamizdat.newsroom.reasons import said
from tamizdat.newsroom.suggesting import glossary_views, views


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses of the screens."""
    return [
        path("suggesting/machine/", views.ask_many, name="suggesting_ask_many"),
        path("suggesting/machine/<int:key>/", views.ask, name="suggesting_ask"),
        path("suggesting/machine/<int:key>/state/", views.state, name="suggesting_state"),
        path("glossary/", glossary_views.index, name="suggesting_glossaries"),
        path("glossary/word/<int:key>/", glossary_views.word, name="suggesting_word"),
        path("glossary/<str:language>/", glossary_views.glossary, name="suggesting_glossary"),
        path("glossary/<str:language>/table.csv", glossary_views.table, name="suggesting_table"),
        path("glossary/<str:language>/take/", glossary_views.take_table, name="suggesting_take_table"),
    ]


@hooks.register("insert_global_admin_css")
def css() -> str:
    """Their look."""
    return format_html('<link rel="stylesheet" href="{}">', static("suggesting/suggesting.css"))


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls them."""
    actions.register_action("suggesting.ask", _("Ask a machine"), _("Asked a machine for a draft"))
    actions.register_action("suggesting.table", _("Take a table in"), _("Took a table into the glossary"))
    actions.register_action("suggesting.follow", _("Follow the source"), _("Published anew: its source was"))
    actions.register_action("suggesting.late")(_LateFormatter)
    actions.register_action("suggesting.machine", _("Draft by machine"), _("A machine drafted what was untranslated"))


class _LateFormatter(LogFormatter):
    """Why a translation in another script did not go out with its source."""

    label = _("Not published with its source")

    def format_message(self, log_entry: Any) -> str:
        """With the reason."""
        return str(_("Not published with its source: %(reason)s")) % {"reason": said(log_entry.data)}
