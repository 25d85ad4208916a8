"""From the settings of a source to the source."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tamizdat.errors import UsageError
from tamizdat.sources.feed import FeedSource
from tamizdat.sources.fetch import FeedState
from tamizdat.sources.folder import FolderSource
from tamizdat.sources.ghost import GhostSource
from tamizdat.sources.jsonl import JsonLinesSource
from tamizdat.sources.newsml import NewsmlSource
from tamizdat.sources.ninjs import NinjsSource
from tamizdat.sources.port import Source
from tamizdat.sources.wordpress import WordPressSource
from tamizdat.sources.wordpress_rest import WordPressRestSource


def _wordpress(
    place: str | Path,
    *,
    embargoed: bool,
    drafts: bool,
    state: FeedState | None,
    **settings: Any,  # noqa: ANN401 - as the sources take them
) -> Source:
    """The export of a site, or the site itself, which shows nobody what is not published yet."""
    if isinstance(place, str):
        return WordPressRestSource(place, state=state, **settings)
    return WordPressSource(place, embargoed=embargoed, drafts=drafts, **settings)


_FILES: Final[dict[str, Callable[..., Source]]] = {
    "folder": FolderSource,
    "jsonl": JsonLinesSource,
    "ghost": GhostSource,
}
_ANYWHERE: Final[dict[str, Callable[..., Source]]] = {
    "ninjs": NinjsSource,
    "newsml": NewsmlSource,
    "wordpress": _wordpress,
}
KINDS: Final = ("feed", *_FILES, *_ANYWHERE)
"""The values of ``kind`` in ``[[sources]]``."""
WEB_KINDS: Final = ("feed", *_ANYWHERE)
"""Those that may have a ``url`` instead of a ``path``."""
_EMBARGOES: Final = frozenset({"ninjs", "newsml", "wordpress", "ghost"})
_FOLDERS: Final = frozenset({"folder", "ninjs", "newsml"})
_DRAFTS: Final = frozenset({"wordpress", "ghost"})


def open_source(
    kind: str,
    *,
    base_dir: Path,
    now: datetime,
    path: str | None = None,
    url: str | None = None,
    language: str | None = None,
    state: FeedState | None = None,
    embargoed: bool = False,
    drafts: bool = False,
    newest_first: bool = False,
    withdrawn_pictures: bool = False,
) -> Source:
    """The source of one ``[[sources]]`` table; a relative ``path`` starts at ``base_dir``.

    ``now`` (UTC, whole seconds) stands in for missing times of publication. ``state`` is what a feed's server said last
    time, or how far WordPress was read. With ``embargoed`` a source that knows of embargoes yields what is under one,
    too, and with ``drafts`` one that knows of drafts yields these; origins say what is what. With ``newest_first`` the
    files of a folder come in the order in which they last changed, the last first. With ``withdrawn_pictures`` a
    picture that was taken back by itself stays in what shows it, for those who take back all of that. Nothing is read
    yet. Raises UsageError for an unknown kind, or for a place that the kind does not take.
    """
    if kind not in KINDS:
        raise UsageError(f"sources: kind {kind!r} is not known; there is: {', '.join(KINDS)}")
    if bool(path) == bool(url):
        raise UsageError(
            f"sources: a {kind} needs either path or url" if kind in WEB_KINDS else f"sources: {kind} needs path"
        )
    if url and kind not in WEB_KINDS:
        raise UsageError(f"sources: {kind} takes a path, not a url")
    place = url or base_dir / Path(path or "").expanduser()
    name = url or str(path)
    if kind == "feed":
        return FeedSource(place, name=name, now=now, language=language or "", state=state)
    more: dict[str, Any] = {"embargoed": embargoed} if kind in _EMBARGOES else {}
    more |= {"drafts": drafts} if kind in _DRAFTS else {}
    more |= {"newest_first": newest_first} if kind in _FOLDERS else {}
    more |= {"withdrawn_pictures": withdrawn_pictures} if kind == "ninjs" else {}
    more |= {"state": state} if kind == "wordpress" else {}
    return {**_FILES, **_ANYWHERE}[kind](place, name=name, now=now, language=language or "", **more)
