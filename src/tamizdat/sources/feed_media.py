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


def media_texts(xml: bytes) -> MediaTexts:
    """Read ``media:description``, ``media:title`` and ``media:credit``.

    feedparser mixes them with the texts of the entries; this tells them apart again. Never raises.
    """
    if b"search.yahoo.com/mrss" not in xml:
        return MediaTexts()
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.LxmlError, ValueError):
        return MediaTexts()
    found: dict[str, MediaText] = {}
    descriptions: set[str] = set()
    for namespace in _NAMESPACES if root is not None else ():
        descriptions.update(_text(element) for element in root.iter(f"{{{namespace}}}description"))
        for name in ("content", "thumbnail"):
            for element in root.iter(f"{{{namespace}}}{name}"):
                found.setdefault(str(element.get("url", "")).strip(), _about(element, namespace))
    return MediaTexts(found, frozenset(descriptions))


def _about(element: etree._Element, namespace: str) -> MediaText:
    """Texts inside the element, else beside it in its group or entry."""
    texts = {"description": "", "title": "", "credit": ""}
    parent = element.getparent()
    for holder in (element, parent):
        for name, text in texts.items():
            child = holder.find(f"{{{namespace}}}{name}") if holder is not None else None
            if child is not None and not text:
                texts[name] = plain_text(_text(child))
    return MediaText(texts["description"] or texts["title"], texts["credit"])


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
