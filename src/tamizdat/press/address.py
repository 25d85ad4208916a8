"""Where the pages of lists lie, below a language's folder. Those of stories are in :mod:`tamizdat.press.card`."""

from typing import Final

from tamizdat.locales import Month
from tamizdat.press.slugs import slug
from tamizdat.press.stack import ALL, CORRECTED, StackName

FRONT: Final = "index.html"
ARCHIVE: Final = "archive.html"
_FOLDERS: Final = {"section": "s", "topic": "t"}


def up(path: str) -> str:
    """The way from the page at ``path`` back to the language's folder: ``../../`` from ``2026/11/x.html``."""
    return "../" * path.count("/")


def stack_path(name: StackName) -> str:
    """The first page of a list: ``archive.html``, ``corrections.html``, ``s/politics.html``, ``t/prices.html``."""
    if name == ALL:
        return ARCHIVE
    if name == CORRECTED:
        return "corrections.html"
    return f"{_FOLDERS[name.kind]}/{slug(name.name)}.html"


def month_path(name: StackName, month: Month, part: int) -> str:
    """A month of a list: ``s/politics/2026-11.html``, and ``s/politics/2026-11.2.html`` for its second part."""
    number = f".{part}" if part > 1 else ""
    return f"{stack_path(name).removesuffix('.html')}/{month.year:04d}-{month.month:02d}{number}.html"


def feed_paths(name: StackName) -> dict[str, str]:
    """Feeds of a list by format: ``atom``, ``rss``, ``json``. Those of everything lie in the language's folder."""
    stem = "" if name == ALL else f"{stack_path(name).removesuffix('.html')}."
    return {"atom": f"{stem or 'feed.'}atom.xml", "rss": f"{stem}rss.xml", "json": f"{stem or 'feed.'}json"}
