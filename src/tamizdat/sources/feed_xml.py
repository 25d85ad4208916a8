"""One item, or what stands around the items, through feedparser's strict parser.

feedparser's own entry point would try encodings, rewrite DOCTYPEs and fall back on a parser of broken HTML whose
regular expressions take quadratic time. Here the text is decoded already, has no DOCTYPE, and is made well-formed.
"""

import xml.sax.handler
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax import SAXParseException, expatreader
from xml.sax.xmlreader import AttributesNSImpl

from feedparser.api import StrictFeedParser

from tamizdat.errors import ItemError
from tamizdat.sources.feed_repair import repair

MAX_ELEMENTS: Final = 100_000
MAX_DEPTH: Final = 256
MAX_ATTRIBUTES: Final = 256
_MAX_NAMESPACES: Final = 64
_MAX_BASE_CHARS: Final = 2_000
_MAX_SHORT_CHARS: Final = 1_000
_SHOWN_CHARS: Final = 100
_ADDRESSES: Final = frozenset({"xml:base", "base"})
_LANGUAGES: Final = frozenset({"xml:lang", "lang"})
# feedparser looks for dates and addresses in these with patterns that suit short texts.
_SHORT: Final = frozenset({
    "author", "created", "email", "expired", "language", "name", "published", "publisher", "updated", "width", "height",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parsed:
    """What feedparser made of a document. ``fault`` says what was not well-formed (empty: nothing)."""

    version: str
    feed: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[Mapping[str, Any], ...] = ()
    fault: str = ""
    xml: str = ""
    """The document that was parsed in the end."""


class _Parser(StrictFeedParser):  # type: ignore[misc] # feedparser has no types
    """feedparser's parser with bounds where a feed could make its work grow faster than itself."""

    lang: str | None

    def __init__(self) -> None:
        super().__init__("", None, "utf-8")
        self.resolve_relative_uris = self.sanitize_html = False
        self._elements = self._nested = 0

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        self._elements += 1
        self._nested += 1
        if self._nested > MAX_DEPTH:
            raise ItemError(f"nests elements more than {MAX_DEPTH} deep", where="", what="")
        if self._elements > MAX_ELEMENTS:
            raise ItemError(f"has more than {MAX_ELEMENTS} elements", where="", what="")
        room = _MAX_BASE_CHARS - len(self.baseuri or "")
        fit = [
            (name, value)
            for name, value in attrs
            if not (name in _ADDRESSES and len(value) > room) and not (name in _LANGUAGES and len(value) > _SHOWN_CHARS)
        ]
        super().unknown_starttag(tag, fit)

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl) -> None:  # noqa: N802 - the name is SAX's
        if len(attrs) > MAX_ATTRIBUTES:
            raise ItemError(f"has an element with more than {MAX_ATTRIBUTES} attributes", where="", what="")
        super().startElementNS(name, qname, attrs)

    def unknown_endtag(self, tag: str) -> None:
        self._nested -= 1
        super().unknown_endtag(tag)

    def track_namespace(self, prefix: str | None, uri: str) -> None:
        if len(self.namespaces_in_use) < _MAX_NAMESPACES:
            super().track_namespace(prefix, uri)

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:  # noqa: ANN401 - as feedparser has it
        if element in _SHORT and self.elementstack and self.elementstack[-1][0] == element:
            self.elementstack[-1][2] = ["".join(self.elementstack[-1][2])[:_MAX_SHORT_CHARS]]
        return super().pop(element, strip_whitespace)

    def push_content(
        self, tag: str, attrs_d: Mapping[str, str], default_content_type: str, expecting_text: int
    ) -> None:
        self.lang = (self.lang or "")[:_SHOWN_CHARS]
        super().push_content(tag, attrs_d, default_content_type, expecting_text)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        # Ours takes no look at the tags that are there already: topics are told apart when the story is made.
        tags = self._get_context().setdefault("tags", [])
        if term or scheme or label:
            tags.append({"term": term, "scheme": scheme, "label": label})


def parse(opening: str, text: str, closing: str) -> Parsed:
    """Parse ``text`` between the start and end tags of what it stands in. Raises ItemError.

    There is no DOCTYPE. What is not well-formed is repaired first.
    """
    try:
        return _strict(f"{opening}{text}{closing}", "")
    except SAXParseException as error:
        fault = " ".join(error.getMessage().split())[:_SHOWN_CHARS]
    repaired = repair(opening, text)
    if not repaired:
        raise ItemError(f"is not well-formed ({fault}), and nothing of it can be read", where="", what="")
    try:
        return _strict(repaired, fault)
    except SAXParseException as error:
        raise ItemError(f"is not well-formed ({fault}), nor after repair", where="", what="") from error


def _strict(document: str, fault: str) -> Parsed:
    parser = _Parser()
    reader = expatreader.create_parser(namespaceHandling=True)  # noqa: S315 - there is no DOCTYPE, and expat bounds the rest
    reader.setFeature(xml.sax.handler.feature_external_ges, state=False)
    reader.setContentHandler(parser)
    try:
        reader.feed(document)
        reader.close()
    except (SAXParseException, ItemError):
        raise
    except Exception as error:  # a parser of hostile text may raise anything; none of it is ours
        raise ItemError(f"cannot be read ({type(error).__name__})", where="", what="") from error
    return Parsed(parser.version, parser.feeddata, tuple(parser.entries), fault, document)
