"""What an import brings and must not let out, for other languages of the same story wait."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tamizdat.newsroom.stories.embargoes import embargoes_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.holding import held_among

UNDER_EMBARGO: Final = "under embargo"


def why_waiting(pages: Sequence[StoryPage]) -> list[str]:
    """For each of ``pages``, none of them written yet, why it does not go out at once; empty if it may."""
    if not pages:
        return []
    held = held_among({page.translation_key for page in pages})
    whys = []
    for page, embargo in zip(pages, embargoes_of(pages), strict=True):
        if embargo:
            whys.append(f"{UNDER_EMBARGO} until {embargo.at:%Y-%m-%d %H:%M} ({embargo.language}): a draft here")
        elif page.translation_key in held:
            whys.append("other languages of it are held here, to go out together: a draft here")
        else:
            whys.append("")
    return whys


def waits_until(at: datetime) -> str:
    """What is said of a change that is not out yet: another language of the story is under embargo."""
    return f"another language is under embargo: what changed goes out at {at:%Y-%m-%d %H:%M}"
