"""Addresses in feeds: whole where the site has a base address, else relative to the feed that gives them."""

import re
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlsplit

from tamizdat.press.paper import Paper

# Everything in a body is escaped, so this is a link and nothing else; it has neither scheme nor host.
_RELATIVE: Final = re.compile(r'<a href="(?![A-Za-z][A-Za-z0-9+.-]*:|//)([^"]*)"')


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are, seen from one feed. ``folder`` is the language's, ``root`` the web root."""

    root: str
    folder: str
    server: str
    """Scheme and host, like ``https://news.example``; empty where addresses are relative."""

    @classmethod
    def of(cls, paper: Paper, up: str) -> "Places":
        """For a feed from which ``up`` (``../`` or empty) leads to the language's folder."""
        base = paper.base_url
        if not base:
            return cls(f"{up}../", up, "")
        parts = urlsplit(base)
        return cls(base, f"{base}{paper.language}/", f"{parts.scheme}://{parts.netloc}")

    @property
    def whole(self) -> bool:
        """Whether addresses can be followed from anywhere."""
        return bool(self.server)

    def page(self, path: str) -> str:
        """The address of what lies at ``path`` below the language's folder."""
        return self.folder + path

    def file(self, path: str) -> str:
        """The address of what lies at ``path`` below the web root."""
        return self.root + path

    def resolve(self, html: str, path: str) -> str:
        """The HTML of the page at ``path`` with links that hold wherever the feed is read."""
        page = escape(self.page(path))
        folder = page[: page.rindex("/") + 1]

        def link(found: re.Match[str]) -> str:
            address = found[1]
            if address.startswith("/"):
                return f'<a href="{escape(self.server)}{address}"'
            return f'<a href="{page if address.startswith("#") else folder}{address}"'

        return _RELATIVE.sub(link, html)
