"""Where stories of the old site are by now, by any address at which its readers knew them."""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.sources.ids import story_id_from

_NUMBER: Final = re.compile(rb"(?:\A|&)p=([0-9]{1,15})(?:&|\Z)")
_PORTS: Final = frozenset({None, 80, 443})


class Address(NamedTuple):
    """An address as it is compared: without scheme, ``www.``, closing slash and fragment, percent signs undone."""

    host: str
    """Empty where a site does not know its own."""
    path: bytes
    query: bytes


def address_of(href: str, base: str = "") -> Address | None:
    """The address that a link leads to from a story at ``base``; None for what is no page of a site."""
    try:
        parts = urlsplit(urljoin(base, href))
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https", ""} or not (host or parts.path.startswith("/")):
        return None
    return Address(
        host if port in _PORTS else f"{host}:{port}",
        unquote_to_bytes(parts.path).rstrip(b"/"),
        unquote_to_bytes(parts.query),
    )


class Places:
    """Pages by the addresses and ids of what they were on the site that moves in as ``source``."""

    def __init__(self, source: str) -> None:
        self._pages: dict[Address, int] = {}
        self._by_id: dict[str, int] = {}
        self._hosts: set[str] = set()
        rows = MovedItem.objects.filter(source=source).order_by("pk").values_list("page", "story_id", "address")
        for page, story_id, address in rows.iterator(chunk_size=2_000):
            self.learn(page, story_id, address)

    def learn(self, page: int | None, story_id: str, *addresses: str) -> None:
        """Note where a story was, and which page it is now: 0 if it would be one, None if it is none."""
        for each in filter(None, addresses):
            if address := address_of(each):
                self._hosts.add(address.host)
                if page is not None:
                    self._pages[address] = page
        if page is not None:
            self._by_id.setdefault(story_id, page)

    def is_there(self, address: Address | None) -> bool:
        """Whether it is one of the old site's."""
        return address is not None and address.host in self._hosts

    def page_at(self, address: Address | None) -> int | None:
        """The page that the story at this address is now; None if there was none, or what was there did not come.

        WordPress shows a post at ``?p=`` and its number, too, and anything at its address, whatever the query.
        """
        if address is None:
            return None
        found = self._pages.get(address)
        if found is None and (number := _NUMBER.search(address.query)):
            query = b"p=" + number[1]
            found = self._pages.get(address._replace(query=query))
            found = found if found is not None else self._by_id.get(_id_at(address._replace(query=query)))
        if found is None and address.path:
            found = self._pages.get(address._replace(query=b""))
        return found if found is not None else self._by_id.get(_id_at(address))


def _id_at(address: Address) -> str:
    """The id of a story that its source calls by this address."""
    path, query = (part.decode("utf-8", "replace") for part in (address.path, address.query))
    return story_id_from(f"https://{address.host}{path}" + (f"/?{query}" if query else "/"))
