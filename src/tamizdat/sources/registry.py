"""From the settings of a source to the source."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from tamizdat.errors import UsageError
from tamizdat.sources.feed import FeedSource
from tamizdat.sources.fetch import FeedState
from tamizdat.sources.folder import FolderSource
from tamizdat.sources.jsonl import JsonLinesSource
from tamizdat.sources.port import Source

_FILES: Final[dict[str, Callable[..., Source]]] = {"folder": FolderSource, "jsonl": JsonLinesSource}
KINDS: Final = ("feed", *_FILES)
"""The values of ``kind`` in ``[[sources]]``."""


def open_source(
    kind: str,
    *,
    base_dir: Path,
    now: datetime,
    path: str | None = None,
    url: str | None = None,
    language: str | None = None,
    state: FeedState | None = None,
) -> Source:
    """The source of one ``[[sources]]`` table; a relative ``path`` starts at ``base_dir``.

    ``now`` (UTC, whole seconds) stands in for missing times of publication. ``state`` is what a feed's server said last
    time. Nothing is read yet. Raises UsageError for an unknown kind, or for a place that the kind does not take.
    """
    if kind not in KINDS:
        raise UsageError(f"sources: kind {kind!r} is not known; there is: {', '.join(KINDS)}")
    if bool(path) == bool(url):
        raise UsageError(
            f"sources: a {kind} needs either path or url" if kind == "feed" else f"sources: {kind} needs path"
        )
    if url:
        if kind != "feed":
            raise UsageError(f"sources: {kind} takes a path, not a url")
        return FeedSource(url, name=url, now=now, language=language or "", state=state)
    place, name = base_dir / Path(path or "").expanduser(), str(path)
    if kind == "feed":
        return FeedSource(place, name=name, now=now, language=language or "", state=state)
    return _FILES[kind](place, name=name, now=now, language=language or "")
