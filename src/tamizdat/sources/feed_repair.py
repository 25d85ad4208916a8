"""Text that is nearly XML made well-formed, so that one strict parser reads everything.

Feeds are glued together by hand: ``&nbsp;`` and bare ampersands, tags that nothing closes, attributes without quotes,
prefixes that nothing declares. What is no markup becomes text, so that no word is lost; time grows with the text.
"""

import re
from collections import Counter
from html.entities import html5
from typing import Final

_CHARACTER: Final = re.compile(r"&(?:#([0-9]{1,7});|#[xX]([0-9A-Fa-f]{1,6});|([A-Za-z][A-Za-z0-9]{0,31});)?|[<>]")
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_.-]{0,99}"
_QNAME: Final = re.compile(rf"(?:(?!xmlns:){_NAME}:)?{_NAME}")
_DECLARATION: Final = re.compile(rf"xmlns:{_NAME}")
_START: Final = re.compile(r"""<([A-Za-z_][\w.:-]*+)(?:(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+|[^<>]*+)>""")
_END: Final = re.compile(r"</\s*([A-Za-z_][\w.:-]*+)[^<>]*+>")
_ATTRIBUTE: Final = re.compile(r"""([^\s=<>"'/]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++))?""")
_HIDING: Final = (("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>"), ("<!", ">"))
# HTML's own that stand in a text which should have been escaped, and never hold anything.
_VOID: Final = frozenset({"br", "hr", "img", "wbr"})
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


def repair(opening: str, text: str) -> str:
    """A well-formed document: ``text`` inside the start tags ``opening``; '' if there is no element at all.

    End tags in ``text`` close what was opened there and nothing around it. Never raises.
    """
    repairer = _Repairer()
    repairer.take(opening)
    repairer.keep_open()
    repairer.take(text)
    return repairer.document()


class _Repairer:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[str] = []
        self._counts: Counter[str] = Counter()
        self._kept = 1  # the root stays open: whatever follows its end tag is its content
        self._prefixes: dict[str, None] = {}
        self._declared: set[str] = set()

    def keep_open(self) -> None:
        """What is open now stays open to the end."""
        self._kept = max(1, len(self._open))
        self._counts.clear()

    def take(self, xml: str) -> None:
        """Add more text and tags."""
        # Beyond its last end nothing can be hidden: looked for from each beginning, that would take quadratic time.
        last = {begin: xml.rfind(end) for begin, end in _HIDING}
        at = done = 0
        while (at := xml.find("<", at)) >= 0:
            end = self._markup(xml, at, last, done)
            if end:
                done = end
            at = end or at + 1
        self._text(xml[done:])

    def document(self) -> str:
        """All that was taken, with everything closed."""
        if not self._open:
            return ""
        missing = [prefix for prefix in self._prefixes if prefix not in self._declared | _BUILT_IN][:_MAX_PREFIXES]
        names = "".join(f' xmlns:{name}="{_NAMESPACES.get(name, f"urn:undeclared:{name}")}"' for name in missing)
        root = f"{self._parts[0][:-1]}{names}>"
        return "".join((root, *self._parts[1:], *(f"</{name}>" for name in reversed(self._open))))

    def _markup(self, xml: str, at: int, last: dict[str, int], done: int) -> int:
        """Take the text from ``done`` and the markup at ``at``: where that ends, or 0 if it is no markup."""
        for begin, end in _HIDING:
            if xml.startswith(begin, at):
                if last[begin] < at + len(begin):
                    return 0
                stop = xml.index(end, at + len(begin)) + len(end)
                self._text(xml[done:at])
                if begin == "<![CDATA[" and self._open:
                    self._parts.append(xml[at:stop])
                return stop
        if found := _END.match(xml, at):
            self._text(xml[done:at])
            self._end(found[1])
        elif found := _START.match(xml, at):
            if not _QNAME.fullmatch(found[1]):
                return 0
            self._text(xml[done:at])
            self._start(found[1], found[0])
        return found.end() if found else 0

    def _text(self, text: str) -> None:
        if self._open and text:
            self._parts.append(_CHARACTER.sub(_character, text))

    def _start(self, name: str, tag: str) -> None:
        empty = tag.endswith("/>") or name.lower() in _VOID
        attributes = self._attributes(tag[len(name) + 1 : -1], is_root=not self._open)
        self._note_prefix(name)
        if not self._open:
            empty = False
        self._parts.append(f"<{name}{attributes}{'/' if empty else ''}>")
        if not empty:
            self._open.append(name)
            self._counts[name] += len(self._open) > self._kept

    def _end(self, name: str) -> None:
        if not self._counts[name]:
            return
        while True:
            opened = self._open.pop()
            self._counts[opened] -= 1
            self._parts.append(f"</{opened}>")
            if opened == name:
                return

    def _attributes(self, text: str, *, is_root: bool) -> str:
        given: dict[str, str] = {}
        for name, value in _ATTRIBUTE.findall(text):
            bare = value[1:-1] if value[:1] in {'"', "'"} else value.removesuffix("/")
            fits = not _is_reserved(name, bare) if name.startswith("xmlns") else _QNAME.fullmatch(name)
            if fits:
                given.setdefault(name, _CHARACTER.sub(_character, bare).replace('"', "&quot;"))
                self._note_prefix(name)
        if is_root:
            self._declared.update(name[6:] for name in given if name.startswith("xmlns:"))
        return "".join(f' {name}="{value}"' for name, value in given.items())

    def _note_prefix(self, name: str) -> None:
        prefix, colon, _ = name.partition(":")
        if colon:
            self._prefixes.setdefault(prefix)


def _is_reserved(name: str, value: str) -> bool:
    """Whether a declaration is none, or says what none may (Namespaces in XML 1.0, 3)."""
    of_xml = value.startswith(("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"))
    unfit = name != "xmlns" and not (value and _DECLARATION.fullmatch(name))
    return of_xml or unfit or name in {"xmlns:xml", "xmlns:xmlns"}


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
