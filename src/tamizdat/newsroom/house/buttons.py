"""Hooks of wagtail-localize that the newsroom has better screens for, or no use."""

from collections.abc import Callable
from typing import Any, Final

from wagtail import hooks
from wagtail_localize import synctree
from wagtail_localize import wagtail_hooks as theirs

_OUT: Final[dict[str, Callable[..., Any]]] = {
    # Two queries for each row of a list, and ways past our own screens.
    "register_page_listing_more_buttons": theirs.page_listing_more_buttons,
    "register_page_header_buttons": theirs.page_listing_more_buttons,
    # Each form of a story would ask for translations of theirs, of which there are none.
    "before_edit_page": theirs.before_edit_page,
    # Each new story would be copied into languages that somebody once had follow another, as out and past everything.
    "after_create_page": synctree.after_create_page,
    "register_page_action_menu_item": theirs.register_restart_translation_page_action_menu_item,
}


def take_out() -> None:
    """Take them out."""
    for place, hook in _OUT.items():
        hooks.get_hooks(place)  # finds all that there are
        # Wagtail has no public way to take a hook out; tests/newsroom/test_many_stories.py sees if one is back.
        found = hooks._hooks.get(place, [])  # noqa: SLF001 - as said
        found[:] = [each for each in found if each[0] is not hook]
