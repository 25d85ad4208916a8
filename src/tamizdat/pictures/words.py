"""The two things that a picture may say of itself: who is to be credited, and what it shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Credit and caption, one line each; empty where there is none."""

    credit: str = ""
    caption: str = ""


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
