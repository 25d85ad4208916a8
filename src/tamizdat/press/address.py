"""Where the pages of lists lie, below a language's folder. Those of stories are in :mod:`tamizdat.press.card`."""

from functools import lru_cache
from typing import Final

from minijinja import Markup

from tamizdat.locales import Month
from tamizdat.press.slugs import slug
from tamizdat.press.stack import ALL, CORRECTED, StackName

FRONT: Final = "index.html"
ARCHIVE: Final = "archive.html"
_FOLDERS: Final = {"section": "s", "topic": "t"}


def as_is(address: str) -> Markup:
    """An address of ours for a template: its characters need no escaping, and ``/`` would be escaped, too."""
    return Markup(address)


def up(path: str) -> str:
    """The way from the page at ``path`` back to the language's folder: ``../../`` from ``2026/11/x.html``."""
    return "../" * path.count("/")


@lru_cache(maxsize=32_768)
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
    """Feeds of a list by format: ``atom``, ``rss``, ``json``. Only sections have their own, all others everything's."""
    stem = f"{stack_path(name).removesuffix('.html')}." if name.kind == "section" else ""
    return {"atom": f"{stem or 'feed.'}atom.xml", "rss": f"{stem}rss.xml", "json": f"{stem or 'feed.'}json"}


def archived_feed_path(month: Month, part: int) -> str:
    """The feed with the same stories as a page of the archive: ``archive/2026-11.2.atom.xml``."""
    return f"{month_path(ALL, month, part).removesuffix('.html')}.atom.xml"


def sitemap_path(month: Month, part: int) -> str:
    """The map of the same stories: ``sitemap-2026-11.2.xml``. A map may speak of what lies beside and below it only."""
    return f"sitemap-{month}.{part}.xml" if part > 1 else f"sitemap-{month}.xml"
