"""XML out: whatever a text holds, what comes out is well-formed."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
ATOM: Final = "http://www.w3.org/2005/Atom"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# Stories may hold these two, XML may not (section 2.2). Of the others that it forbids, stories have none.
_IMPOSSIBLE: Final = "\ufffe\uffff"
_IN_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
# Parsers make spaces of the ends of lines and of tabs (XML 1.0, 3.3.3).
_IN_ATTRIBUTE: Final = _IN_TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def add(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    """A new last child of ``parent``, with ``text`` in it. Attributes that are empty are left out."""
    child = etree.SubElement(parent, tag)
    for name, value in attributes.items():
        if value:
            child.set(name, possible(value))
    if text:
        child.text = possible(text)
    return child


def element(tag: str, text: str = "", /, **attributes: str) -> str:
    """What :func:`add` adds, as text and much quicker. Attributes that are empty are left out."""
    said = "".join(f' {name}="{_escaped(value, _IN_ATTRIBUTE)}"' for name, value in attributes.items() if value)
    return f"<{tag}{said}>{_escaped(text, _IN_TEXT)}</{tag}>" if text else f"<{tag}{said}/>"


def _escaped(text: str, references: Mapping[str, str]) -> str:
    text = possible(text)
    for character, reference in references.items():
        if character in text:
            text = text.replace(character, reference)
    return text


def inside(root: etree._Element) -> bytes:
    """What stands between the tags of ``root``, which has children. Its namespaces are not declared again."""
    data = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return data[data.index(b">") + 1 : data.rindex(b"</")]


def document(root: etree._Element, last: bytes, more: bytes) -> bytes:
    """The whole document, with ``more`` before the closing tags ``last``."""
    data = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return DECLARATION + data.removesuffix(last) + more + last + b"\n"


def possible(text: str) -> str:
    """``text`` without the characters that cannot stand in XML, not even escaped."""
    for character in _IMPOSSIBLE:
        if character in text:
            text = text.replace(character, "")
    return text
