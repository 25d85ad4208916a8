"""Text that is nearly XML made well-formed, so that one strict parser reads everything.

Feeds are glued together by hand: ``&nbsp;`` and bare ampersands, tags that nothing closes, prefixes that nothing
declares. libxml2 puts up with broken structure, but drops characters that are meant as text; those are escaped first.
"""

import re
from html.entities import html5
from typing import Final

from lxml import etree

_LOOSE: Final = re.compile(
    r"&(?:#([0-9]{1,7});|#[xX]([0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{0,31});)?|<(?![A-Za-z_/!?])"
)
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_PREFIX: Final = re.compile(r"(?:</?|\s)([A-Za-z_][\w.-]{0,62}):[A-Za-z_]")
_ROOT: Final = re.compile(r"<[A-Za-z_][\w.:-]*")
_DECLARED: Final = re.compile(r"\sxmlns:([\w.-]+)\s*=")
# What authors mean when they leave out the declaration.
_NAMESPACES: Final = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_BUILT_IN: Final = frozenset({"xml", "xmlns"})
_MAX_PREFIXES: Final = 64


def repair(xml: str) -> str:
    """A well-formed document with the text and, as far as it can be told, the elements of ``xml``; '' for nothing."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(_declared(_escaped(xml)).encode(), parser)
        return "" if root is None else etree.tostring(root, encoding="unicode")
    except (etree.LxmlError, ValueError):
        return ""


def _escaped(xml: str) -> str:
    """``xml`` with every character that must be text written as text. CDATA sections and comments stay."""
    parts: list[str] = []
    at = 0
    # Beyond the last end no section can close: looked for again and again, that alone would take quadratic time.
    last = {begin: xml.rfind(end) for begin, end in (("<![CDATA[", "]]>"), ("<!--", "-->"))}
    for found in re.finditer(r"<!\[CDATA\[|<!--", xml):
        begin, end = found[0], "]]>" if found[0] == "<![CDATA[" else "-->"
        if found.start() < at:
            continue
        parts.append(_LOOSE.sub(_character, xml[at : found.start()]))
        if last[begin] < found.end():
            parts.append(_ESCAPED["<"])
            at = found.start() + 1
        else:
            at = xml.index(end, found.end()) + len(end)
            parts.append(xml[found.start() : at] if begin == "<![CDATA[" else "")
    return "".join((*parts, _LOOSE.sub(_character, xml[at:])))


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return f"&#{code};" if _is_character(code) else ""
    if name in _XML_ENTITIES:
        return found[0]
    if name and f"{name};" in html5:
        return "".join(_ESCAPED.get(character, character) for character in html5[f"{name};"])
    return _ESCAPED[found[0][0]] + found[0][1:]


def _is_character(code: int) -> bool:
    """Whether XML 1.0 allows the character (section 2.2)."""
    return code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _declared(xml: str) -> str:
    """``xml`` with a declaration for every prefix that has none."""
    used = dict.fromkeys(found[1] for found in _PREFIX.finditer(xml))
    known = _BUILT_IN.union(_DECLARED.findall(xml))
    missing = [prefix for prefix in used if prefix not in known][:_MAX_PREFIXES]
    root = _ROOT.search(xml)
    if not missing or not root:
        return xml
    names = "".join(f' xmlns:{prefix}="{_NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in missing)
    return f"{xml[: root.end()]}{names}{xml[root.end() :]}"
