"""What lists show beside their rows."""

from typing import Any

from django import template

from tamizdat.newsroom.stories.changed import found_in_changes

register = template.Library()


@register.inclusion_tag("house/found_in_changes.html", takes_context=True)
def found_in_changes_too(context: dict[str, Any]) -> dict[str, Any]:
    """Stories that are found by changes that are not out, each with whether whoever asks may edit it."""
    request = context["request"]
    pages = found_in_changes(request.GET.get("q", ""), request.user)
    return {"found": [(page, page.permissions_for_user(request.user).can_edit()) for page in pages]}
