"""Recordings that front matter names."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tamizdat.errors import ItemError
from tamizdat.sources.front_matter import FrontMatter
from tamizdat.story import SoundBlock, clean_text, rich

_KEYS: Final = frozenset({"file", "src", "title", "transcript"})
_WHAT: Final = "must be {file, title, transcript}, or a list of such"
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n")


def sounds(
    front: FrontMatter, find: Callable[[str], str], note: Callable[[str, str], None], headline: str
) -> tuple[SoundBlock, ...]:
    """What ``audio`` names; one without a file or a transcript is left out with a note. Raises ItemError."""
    key, value = front.find("audio", "sound")
    if value is None:
        return ()
    found = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict) or set(item) - _KEYS:
            raise front.error(key, _WHAT)
        if block := _sound(front, key, item, find, note, headline):
            found.append(block)
    return tuple(found)


def _sound(
    front: FrontMatter,
    key: str,
    about: Mapping[str, Any],
    find: Callable[[str], str],
    note: Callable[[str, str], None],
    headline: str,
) -> SoundBlock | None:
    file = front.as_line(key, about.get("file") or about.get("src"))
    words = _paragraphs(front, key, about.get("transcript"))
    if not words:
        note(front.where(key), f"{key} left out: it has no transcript (words for who cannot hear or load it)")
        return None
    try:
        origin = find(file)
    except ItemError as error:
        note(front.where(key), f"{key} left out: {file[:200]}: {error.detail}")
        return None
    title = front.as_line(key, about.get("title")) or headline
    return SoundBlock(title, tuple(map(rich, words)), origin=origin)


def _paragraphs(front: FrontMatter, key: str, value: object) -> list[str]:
    """A list of texts, or one text with empty lines between paragraphs."""
    texts: list[Any] = value if isinstance(value, list) else [value] if value else []
    if not all(isinstance(text, str) for text in texts):
        raise front.error(key, "must have a transcript that is text or a list of texts")
    cleaned = (clean_text(part) for text in texts for part in _PARAGRAPHS.split(text))
    return [part for part in cleaned if part]
