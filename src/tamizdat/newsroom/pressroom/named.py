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

Word = tuple[str, str, str]
"""A file, a kind of words beside it, and these words."""


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


def words_gone(before: Story, after: Story, kinds: Collection[str]) -> set[Word]:
    """The words of ``kinds`` that a version had, and without which the next one went out because they name somebody.

    Whose name a byline stands for may be noted otherwise by now, or no more: the names that are secret do not tell.
    """
    there = set(_worded(after))

    def went(word: Word) -> bool:
        file, kind, _text = word
        return kind in kinds and (file, kind, _nothing(kind)) in there and word not in there

    return set(filter(went, _worded(before)))


def as_others_see(story: Story, secret: Names, gone: Collection[Word]) -> Story:
    """A version as who may not see real names sees it: as if the words that name somebody had never stood there.

    Those are what has ``secret`` names, and words that are ``gone`` because they did when a later version went out.
    """
    return _without(without_names(story, secret), lambda *word: word in gone)


def _without(story: Story, goes: Callable[[str, str, str], bool]) -> Story:
    """The story without the words that go; it is asked with what :func:`_worded` gives."""

    def left(file: str, kind: str, text: str) -> str:
        if not goes(file, kind, text):
            return text
        return _nothing(kind)

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


def _nothing(kind: str) -> str:
    return _NOTHING_SAID if kind in _NEEDED else ""


def _worded(story: Story) -> Iterator[Word]:
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
