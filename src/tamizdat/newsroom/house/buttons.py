"""Buttons that other apps put into lists of pages, and that no list of ours can afford."""

from wagtail import hooks
from wagtail_localize.wagtail_hooks import page_listing_more_buttons

_LISTS = "register_page_listing_more_buttons"


def take_out() -> None:
    """Take out wagtail-localize's, which asks the database twice for each row. On a story's own screen it stays."""
    hooks.get_hooks(_LISTS)  # finds all that there are
    entry = (page_listing_more_buttons, 0)
    # Wagtail has no public way to take a hook out; tests/newsroom/test_many_stories.py would see that this one is back.
    found = hooks._hooks.get(_LISTS, [])  # noqa: SLF001 - as said
    if entry in found:
        found.remove(entry)
