"""Old addresses and new ones, as the old site's web server reads them: who follows an old link finds the story."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.press.slugs import id_slug

_KEPT: Final = "/%:@!&'()*+,;=~-._"


def _nginx(old: str, new: str) -> str:
    """A line of ``map $request_uri $moved_to { include ...; }``."""
    return f'"{old}" "{new}";'


def _apache(old: str, new: str) -> str:
    """A line of a text file for ``RewriteMap``, which knows no queries."""
    return "" if "?" in old else f"{old} {new}"


def _caddy(old: str, new: str) -> str:
    """A line of the ``map {uri} {moved_to} { import ... }`` directive."""
    return f'"{old}" "{new}"'


FORMS: Final[Mapping[str, Callable[[str, str], str]]] = {"nginx": _nginx, "apache": _apache, "caddy": _caddy}


def redirect_lines(form: str, base: str) -> Iterator[str]:
    """One line for each story that came from an address and is out. ``base`` is the address of the new site."""
    write = FORMS[form]
    rows = MovedItem.objects.exclude(address="").filter(page__live=True, page__published__isnull=False)
    columns = rows.order_by("address", "language").values_list(
        "address", "language", "page__story_id", "page__published"
    )
    said: set[str] = set()
    # The page's id, not the source's: of a group of translations it is the first one's.
    for address, language, story_id, published in columns.iterator(chunk_size=1_000):
        old = path_of(address)
        if published is None or not old or old in said:
            continue
        said.add(old)
        # As press/card.py makes it out of the story.
        path = f"{language}/{published.year:04}/{published.month:02}/{id_slug(story_id)}.html"
        if line := write(old, f"{base.rstrip('/')}/{path}"):
            yield line


def path_of(address: str) -> str:
    """Path and query of an address as servers compare them, in ASCII; empty for the front page and for no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = quote(parts.path or "/", safe=_KEPT, errors="replace")
    query = quote(parts.query, safe=_KEPT + "?", errors="replace")
    if not path.startswith("/") or (path == "/" and not query):
        return ""
    return f"{path}?{query}" if query else path
