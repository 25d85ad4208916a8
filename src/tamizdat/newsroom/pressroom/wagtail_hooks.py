"""What the pressroom adds to the history."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter

from tamizdat.newsroom.pressroom.scheduling import FAILED


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """A schedule that could not be kept, with its reason."""

    @actions.register_action(FAILED)
    class _Failed(LogFormatter):
        label = _("Schedule not kept")

        def format_message(self, log_entry: Any) -> str:
            text = str(_("Could not be published or taken back on schedule: %(reason)s"))
            return text % {"reason": log_entry.data.get("reason", "")}
