"""Credit and caption in IPTC's newer form: an XMP packet (ISO 16684-1), which is RDF in XML."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from tamizdat.limits import LIMITS

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
CREATOR: Final = f"{{{_DC}}}creator"
DESCRIPTION: Final = f"{{{_DC}}}description"
CREDIT: Final = f"{{{_PHOTOSHOP}}}Credit"


def read_xmp(packet: bytes) -> dict[str, list[str]]:
    """Texts of creator, description and credit by name, the default language first. Raises nothing: broken is empty."""
    if len(packet) > LIMITS.max_picture_extra_bytes:
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(packet.strip(b"\0 \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return {}
    names = (CREATOR, DESCRIPTION, CREDIT)
    found = {name: [text for about in _abouts(root) for text in _texts(about, name)] for name in names}
    return {name: texts for name, texts in found.items() if texts}


def _abouts(root: etree._Element) -> Iterator[etree._Element]:
    """What is said about the picture itself; the same properties further down belong to what it was made from."""
    for rdf in root.iter(f"{{{_RDF}}}RDF"):
        yield from rdf.iterchildren(f"{{{_RDF}}}Description")
        return


def _texts(about: etree._Element, name: str) -> Iterator[str]:
    """A property may be an attribute, an element, or an element with a list of alternatives or of values."""
    attribute = about.get(name)
    if attribute:
        yield str(attribute)
    for element in about.iterchildren(name):
        items = list(element.iterfind(f"*/{{{_RDF}}}li"))
        items.sort(key=lambda item: item.get(_LANG, "x-default") != "x-default")
        yield from (item.text for item in items or [element] if item.text)


def xmp_packet(credit: str, caption: str) -> bytes:
    """A packet with these texts and nothing else; empty without any."""
    if not (credit or caption):
        return b""
    credit_xml = f"<photoshop:Credit>{escape(credit)}</photoshop:Credit>" if credit else ""
    caption_xml = (
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(caption)}</rdf:li></rdf:Alt></dc:description>'
        if caption
        else ""
    )
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about=""'
        f' xmlns:dc="{_DC}" xmlns:photoshop="{_PHOTOSHOP}">{credit_xml}{caption_xml}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
