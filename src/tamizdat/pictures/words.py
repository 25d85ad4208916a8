"""The two things that a picture may say of itself: who is to be credited, and what it shows."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """Credit and caption, one line each; empty where there is none."""

    credit: str = ""
    caption: str = ""


_NOTHING: Final = "—"
"""Said instead of no text: of what a picture says of itself, nothing but this could be in it."""


def all_said(given: Words) -> Words:
    """``given`` where nothing else is to be said: what it leaves empty stays out of the file."""
    return Words(given.credit or _NOTHING, given.caption or _NOTHING)


def shown(given: Words, found: Words) -> Words:
    """What stands beside the picture: what the newsroom wrote, else what the picture says of itself."""
    return Words(given.credit or found.credit, given.caption or found.caption)


def kept(given: Words, found: Words) -> Words:
    """What stays in the published file: what the picture says of itself, where the story says that too.

    A newsroom that credits "a reader" must not publish the reader's name inside the file.
    """
    public = shown(given, found)
    return Words(
        found.credit if found.credit in public.credit else "",
        found.caption if found.caption in public.caption else "",
    )
