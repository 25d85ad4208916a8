"""Pictures and recordings of a feed's entries, and the texts that belong to them (Media RSS, enclosures)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from tamizdat.markup import plain_text
from tamizdat.markup.links import resolve

_NAMESPACES: Final = ("http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss")
_PICTURE_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif")


@dataclass(frozen=True, slots=True)
class MediaText:
    """What a feed says about one file."""

    alt: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class MediaTexts:
    """All that a feed says about files, by address. ``descriptions`` are not texts of the entries themselves."""

    by_address: Mapping[str, MediaText] = field(default_factory=dict)
    descriptions: frozenset[str] = frozenset()


def media_texts(xml: str) -> MediaTexts:
    """Read ``media:description``, ``media:title`` and ``media:credit`` of one item, a well-formed document.

    feedparser mixes them with the texts of the entry; this tells them apart again. Never raises.
    """
    if "search.yahoo.com/mrss" not in xml.lower():
        return MediaTexts()
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(xml.encode(), parser)
    except (etree.LxmlError, ValueError):
        return MediaTexts()
    found: dict[str, MediaText] = {}
    descriptions: set[str] = set()
    for namespace in _NAMESPACES if root is not None else ():
        descriptions.update(_text(element) for element in root.iter(f"{{{namespace}}}description"))
        beside: dict[etree._Element | None, dict[str, str]] = {}
        for name in ("content", "thumbnail"):
            for element in root.iter(f"{{{namespace}}}{name}"):
                parent = element.getparent()
                if parent not in beside:
                    beside[parent] = _said_in(parent, namespace)
                said = beside[parent] | _said_in(element, namespace)
                about = MediaText(said.get("description") or said.get("title", ""), said.get("credit", ""))
                found.setdefault(str(element.get("url", "")).strip(), about)
    return MediaTexts(found, frozenset(descriptions))


def _said_in(holder: etree._Element | None, namespace: str) -> dict[str, str]:
    """The texts that are children of ``holder``: of a file itself, or of its group or entry."""
    if holder is None:
        return {}
    children = ((name, holder.find(f"{{{namespace}}}{name}")) for name in ("description", "title", "credit"))
    said = {name: plain_text(_text(child)) for name, child in children if child is not None}
    return {name: text for name, text in said.items() if text}


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext()).strip()


@dataclass(frozen=True, slots=True)
class Attached:
    """One file that an entry carries besides its text."""

    url: str
    title: str
    is_picture: bool
    width: int = 0


def attachments(entry: Mapping[str, Any], base: str) -> list[Attached]:
    """Enclosures and media of an entry, the best picture first, then everything that is no picture."""
    found: dict[str, Attached] = {}
    for rank, (name, key) in enumerate((("enclosures", "href"), ("media_content", "url"), ("media_thumbnail", "url"))):
        for item in _mappings(entry.get(name)):
            url = resolve(str(item.get(key) or item.get("url") or ""), base)
            if url and url not in found:
                found[url] = _attached(url, item, thumbnail=rank == 2)
    full = {item.url: item for item in found.values()}
    return sorted(full.values(), key=lambda item: (not item.is_picture, -item.width))


def _attached(url: str, item: Mapping[str, Any], *, thumbnail: bool) -> Attached:
    kind, medium = str(item.get("type") or ""), str(item.get("medium") or "")
    named = url.partition("?")[0].lower().endswith(_PICTURE_ENDINGS)
    is_picture = thumbnail or kind.startswith("image/") or medium == "image" or (not kind and not medium and named)
    width = str(item.get("width") or "")
    # A picture whose size nobody says is probably the full one; a thumbnail never is.
    known = int(width) if width.isascii() and width.isdigit() and len(width) < 6 else (0 if thumbnail else 1_000)
    return Attached(url, str(item.get("title") or ""), is_picture, known)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
