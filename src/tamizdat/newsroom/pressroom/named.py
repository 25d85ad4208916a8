"""What stands beside pictures and recordings names nobody whose name must not come out: refused in the form of whoever
may see real names, and left out of whatever goes to readers otherwise.

It is left out and not refused there: that would tell anybody whose name it is, a correction must not wait
for it, and a byline may get its real name after pictures got their credits.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from tamizdat.newsroom.pictures.naming import NAMES_SOMEBODY, Names, that_name_somebody
from tamizdat.story import Picture, PictureBlock, SoundBlock, Story

_WORDS: Final = ("credit", "caption", "alt")
_NOTHING_SAID: Final = "—"
"""In place of words that a picture or a recording cannot be without."""


def names_said(story: Story) -> dict[str, Any]:
    """The fields of a story's page in which these words stand, and what is said of them."""
    said = list(_said(story))
    named = that_name_somebody(text for _field, _kind, text in said)
    return {field: NAMES_SOMEBODY for field, _kind, text in said if text in named}


def without_names(story: Story, secret: Names | None = None, left_out: set[str] | None = None) -> Story:
    """The story without these words; for whoever has many, with all ``secret`` names.

    To ``left_out`` is added which kinds of words go: credit, caption, alt, or title (of a recording).
    """
    said = list(_said(story))
    named = that_name_somebody((text for _field, _kind, text in said), secret)
    if not named:
        return story
    if left_out is not None:
        left_out.update(kind for _field, kind, text in said if text in named)

    def left(text: str, instead: str = "") -> str:
        return instead if text in named else text

    def shown(picture: Picture) -> Picture:
        alt = left(picture.alt, _NOTHING_SAID)
        return replace(picture, alt=alt, caption=left(picture.caption), credit=left(picture.credit))

    body = (
        PictureBlock(shown(block.picture))
        if isinstance(block, PictureBlock)
        else replace(block, title=left(block.title, _NOTHING_SAID))
        if isinstance(block, SoundBlock)
        else block
        for block in story.body
    )
    return replace(story, body=tuple(body), picture=shown(story.picture) if story.picture else None)


def _said(story: Story) -> Iterator[tuple[str, str, str]]:
    """The words beside pictures and recordings, with their fields and kinds."""
    if story.picture:
        yield from ((f"picture_{name}", name, getattr(story.picture, name)) for name in _WORDS)
    for block in story.body:
        if isinstance(block, PictureBlock):
            yield from (("body", name, getattr(block.picture, name)) for name in _WORDS)
        elif isinstance(block, SoundBlock):
            yield "body", "title", block.title


def texts_in(story: bytes) -> list[str]:
    """The lines of a story's canonical bytes, without the tags with which they begin."""
    return [line[1:] for line in story.decode(errors="replace").split("\n")]
