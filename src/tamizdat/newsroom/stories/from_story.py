"""From a story of elsewhere to the fields of a page, and what no page can hold. ``pressroom/story_of.py`` leads back.

What comes back is the same story but for this: its revision and corrections are no fields of a page; texts that a page
has no room for are cut, and blocks that the newsroom does not know are left out, both with a word in ``losses``; text
that shows nothing is dropped by the editor's own reading; a name that is a term here is shown as the term says, and one
in a byline loses the signs by which a form here tells bylines apart.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.stories.mapping import KeyOf, raw_body
from tamizdat.story import Block, Picture, PictureBlock, Story

MAX_HEADLINE_CHARS: Final = 255
MAX_DATELINE_CHARS: Final = 200
MAX_TERM_CHARS: Final = 200
_MORE: Final = "…"
_KEYS: Final = UUID("6d1fbb0e-2f10-5d0e-8d57-8a5b0f0f6b1c")
_TRANSLATIONS: Final = ("", "machine")
_TERMS: Final = ("byline", "sections", "topics", "agencies")
_SIGNS: Final = re.compile(r"(?:[=\s]|~(?=[0-9]+\s*\Z))+")
"""What says on a form here that a name is none of our bylines, or which of them it is (``keys.py``)."""

Loss = tuple[str, str]
"""A field, and what became of what it held."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A story that fits a page, and what was lost for that."""

    story: Story
    losses: tuple[Loss, ...]


def fitted(story: Story) -> Fitted:
    """The story cut to what a page can hold."""
    losses: list[Loss] = []
    changes: dict[str, Any] = {
        "headline": _cut(story.headline, MAX_HEADLINE_CHARS, "headline", losses),
        "dateline": _cut(story.dateline, MAX_DATELINE_CHARS, "dateline", losses),
        "body": tuple(_fit_blocks(story.body, losses)),
        "picture": _fit_picture(story.picture, "picture", losses) if story.picture else None,
        "recordings": (),
        **{name: _fit_terms(getattr(story, name), name, losses) for name in _TERMS},
    }
    if story.translation not in _TRANSLATIONS:
        losses.append(("translation", f"{story.translation!r} became 'machine': the newsroom knows no other"))
        changes["translation"] = "machine"
    if story.corrections:
        losses.append(("corrections", f"{len(story.corrections)} left out: write them again in the story's record"))
        changes["corrections"] = ()
    return Fitted(replace(story, **changes), tuple(losses))


def _cut(text: str, most: int, field: str, losses: list[Loss]) -> str:
    if len(text) <= most:
        return text
    losses.append((field, f"cut from {len(text)} to {most} characters"))
    return text[: most - len(_MORE)] + _MORE


def _fit_terms(names: tuple[str, ...], field: str, losses: list[Loss]) -> tuple[str, ...]:
    """Each name once, as lists of terms have it, at most as long as a term."""
    plain = _without_signs(names, losses) if field == "byline" else names
    stripped = dict.fromkeys(filter(None, (name.strip() for name in plain)))
    if len(stripped) < len(names):
        losses.append((field, f"{len(names) - len(stripped)} that were empty or there twice left out"))
    return tuple(dict.fromkeys(_cut(name, MAX_TERM_CHARS, field, losses) for name in stripped))


def _without_signs(names: tuple[str, ...], losses: list[Loss]) -> tuple[str, ...]:
    """Names without what only a form here may say: foreign text names no byline of ours, nor what stands for one."""
    plain = tuple(name[found.end() :] if (found := _SIGNS.match(name)) else name for name in names)
    for name, left in zip(names, plain, strict=True):
        if name.strip() != left.strip():
            losses.append(("byline", f"{name[:40]!r} became {left[:40]!r}: the sign before it means something here"))
    return plain


def _fit_blocks(blocks: tuple[Block, ...], losses: list[Loss]) -> Iterator[Block]:
    for at, block in enumerate(blocks, 1):
        if isinstance(block, PictureBlock):
            yield PictureBlock(_fit_picture(block.picture, f"block {at}: picture", losses))
            continue
        try:
            raw_body((block,), lambda _picture: 0)
        except StoryError as error:
            losses.append((f"block {at}", f"{type(block).__name__} left out: it {error.detail}"))
            continue
        yield block


def _fit_picture(picture: Picture, field: str, losses: list[Loss]) -> Picture:
    return replace(
        picture,
        alt=_cut(picture.alt, LIMITS.max_caption_chars, f"{field}.alt", losses),
        caption=_cut(picture.caption, LIMITS.max_caption_chars, f"{field}.caption", losses),
        credit=_cut(picture.credit, LIMITS.max_credit_chars, f"{field}.credit", losses),
    )


def page_fields(story: Story, key_of: KeyOf, published: datetime | None = None) -> dict[str, Any]:
    """The values of a :class:`StoryPage`'s own fields for a story that fits it.

    ``published`` stands in the page as the story's date; None leaves the date to whoever publishes it. Raises what
    ``key_of`` raises.
    """
    shown = story.picture
    return {
        "title": story.headline,
        "story_id": story.story_id,
        "lead": story.lead,
        "body": raw_body(story.body, key_of),
        "dateline": story.dateline,
        **{name: list(getattr(story, name)) for name in (*_TERMS, "related")},
        "picture_id": key_of(shown) if shown else None,
        "picture_alt": shown.alt if shown else "",
        "picture_caption": shown.caption if shown else "",
        "picture_credit": shown.credit if shown else "",
        "published": published,
        "updated": story.updated,
        "breaking_until": story.breaking_until,
        "translation": story.translation,
    }


def slug_of(story_id: str) -> str:
    """What Wagtail calls a page of this story; nobody outside sees it."""
    return story_id.lower().replace(".", "-").replace("~", "-")


def translation_key(story_id: str) -> UUID:
    """What ties the languages of a story that came from elsewhere."""
    return uuid5(_KEYS, story_id)
