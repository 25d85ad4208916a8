"""What stands beside pictures and recordings names nobody whose name must not come out: refused in the form of whoever
may see real names, and left out of whatever goes to readers otherwise.

It is left out and not refused there: that would tell anybody whose name it is, a correction must not wait
for it, and a byline may get its real name after pictures got their credits.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any, Final

from tamizdat.newsroom.pictures.naming import NAMES_SOMEBODY, Names, that_name_somebody
from tamizdat.story import Picture, PictureBlock, SoundBlock, Story

_WORDS: Final = ("credit", "caption", "alt")
_NOTHING_SAID: Final = "—"
"""In place of words that a picture or a recording cannot be without."""
_NEEDED: Final = frozenset({"alt", "title"})


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
    return _without(story, lambda _file, _kind, text: text in named)


def as_others_see(before: Story, after: Story, secret: Names, kinds: Collection[str]) -> tuple[Story, Story]:
    """A version and the next one as who may not see real names sees them: as if the words that name somebody had never
    stood there.

    Those are what has ``secret`` names, and words of ``kinds`` without which ``after`` went out: whose name a byline
    stands for may be noted otherwise by now, or no more.
    """
    before, after = without_names(before, secret), without_names(after, secret)
    there = set(_worded(after))

    def went(file: str, kind: str, text: str) -> bool:
        nothing = (file, kind, _NOTHING_SAID if kind in _NEEDED else "")
        return kind in kinds and nothing in there and (file, kind, text) not in there

    return _without(before, went), after


def _without(story: Story, goes: Callable[[str, str, str], bool]) -> Story:
    """The story without the words that go; it is asked with what :func:`_worded` gives."""

    def left(file: str, kind: str, text: str) -> str:
        if not goes(file, kind, text):
            return text
        return _NOTHING_SAID if kind in _NEEDED else ""

    def shown(picture: Picture) -> Picture:
        file = picture.file or picture.origin
        words: dict[str, Any] = {kind: left(file, kind, getattr(picture, kind)) for kind in _WORDS}
        return replace(picture, **words)

    body = (
        PictureBlock(shown(block.picture))
        if isinstance(block, PictureBlock)
        else replace(block, title=left(_file_of(block), "title", block.title))
        if isinstance(block, SoundBlock)
        else block
        for block in story.body
    )
    return replace(story, body=tuple(body), picture=shown(story.picture) if story.picture else None)


def _worded(story: Story) -> Iterator[tuple[str, str, str]]:
    """The words beside pictures and recordings, each with the file that they stand beside, and their kind."""
    for picture in story.pictures:
        yield from ((picture.file or picture.origin, kind, getattr(picture, kind)) for kind in _WORDS)
    for block in story.body:
        if isinstance(block, SoundBlock):
            yield _file_of(block), "title", block.title


def _file_of(block: SoundBlock) -> str:
    return block.recording.files[0].file if block.recording and block.recording.files else ""


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
