"""Buttons that other apps put beside pages, and that the newsroom has better ones for."""

from typing import Final

from wagtail import hooks
from wagtail_localize.wagtail_hooks import page_listing_more_buttons

_PLACES: Final = ("register_page_listing_more_buttons", "register_page_header_buttons")


def take_out() -> None:
    """Take out wagtail-localize's: two queries for each row of a list, and ways past our own screens."""
    for place in _PLACES:
        hooks.get_hooks(place)  # finds all that there are
        # Wagtail has no public way to take a hook out; tests/newsroom/test_many_stories.py sees if this one is back.
        found = hooks._hooks.get(place, [])  # noqa: SLF001 - as said
        if (page_listing_more_buttons, 0) in found:
            found.remove((page_listing_more_buttons, 0))
