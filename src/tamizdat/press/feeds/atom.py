"""Atom (RFC 4287), with its archive (RFC 5005)."""

from collections.abc import Iterable
from typing import Final

from lxml import etree

from tamizdat.edition.canonical import time_to_text
from tamizdat.press.feeds.entry import CORRECTIONS, Entry
from tamizdat.press.feeds.head import Chain, Head
from tamizdat.press.xml import ATOM, XML_LANG, add, document, element

MEDIA_TYPE: Final = "application/atom+xml"
_HISTORY: Final = "http://purl.org/syndication/history/1.0"
_A: Final = f"{{{ATOM}}}"
_NAMESPACES: Final[dict[str | None, str]] = {None: ATOM, "fh": _HISTORY}


def atom_entry(entry: Entry) -> bytes:
    """One entry as it stands in a feed."""
    parts = [
        element("title", entry.title),
        element("id", entry.urn),
        element("published", time_to_text(entry.published)),
        element("updated", time_to_text(entry.updated)),
    ]
    for kind, names in (("author", entry.authors), ("contributor", entry.agencies)):
        parts += (f"<{kind}>{element('name', name)}</{kind}>" for name in names)
    parts.append(element("link", rel="alternate", type="text/html", href=entry.address))
    if entry.media:
        media = entry.media
        parts.append(element("link", rel="enclosure", type="image/jpeg", href=media.address, title=media.alt))
    for sound in entry.sounds:
        length = str(sound.size)
        parts.append(element("link", rel="enclosure", type=sound.media_type, href=sound.address, length=length))
    parts += (element("category", term=term, label=label) for term, label in entry.sections)
    parts += (element("category", term=topic) for topic in entry.topics)
    parts += (element("category", term=kind, scheme=CORRECTIONS) for kind in entry.kinds)
    if entry.summary:
        parts.append(element("summary", entry.summary))
    parts.append(element("content", entry.content, type="html"))
    return f"<entry>{''.join(parts)}</entry>".encode()


def atom_feed(head: Head, entries: Iterable[bytes]) -> bytes:
    """The feed around ``entries``."""
    root = _feed()
    root.set(XML_LANG, head.language)
    add(root, f"{_A}title", head.title)
    add(root, f"{_A}subtitle", head.description)
    add(root, f"{_A}id", head.urn)
    add(root, f"{_A}updated", time_to_text(head.updated))
    add(add(root, f"{_A}author"), f"{_A}name", head.paper)
    add(root, f"{_A}rights", head.rights)
    add(root, f"{_A}link", rel="alternate", type="text/html", href=head.page)
    add(root, f"{_A}link", rel="self", type=MEDIA_TYPE, href=head.itself)
    if head.chain:
        _add_chain(root, head.chain)
    return document(root, b"</feed>", b"\n".join((b"", *entries, b"")))


def _add_chain(root: etree._Element, chain: Chain) -> None:
    links = (("current", chain.current), ("prev-archive", chain.older), ("next-archive", chain.newer))
    for rel, address in links:
        if address:
            add(root, f"{_A}link", rel=rel, type=MEDIA_TYPE, href=address)
    if chain.archived:
        add(root, f"{{{_HISTORY}}}archive")


def _feed() -> etree._Element:
    return etree.Element(f"{_A}feed", nsmap=_NAMESPACES)  # type: ignore[arg-type]  # its stubs know no default namespace
