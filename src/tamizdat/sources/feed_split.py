"""A feed's text cut into its items and what stands around them, so that no more than one item is ever in memory.

This is no XML parser. It knows what may hide a tag (CDATA sections, comments, processing instructions, DOCTYPE) and
which elements are open around an item; everything else is for the parser that gets the pieces. Where XML is broken
it follows XML all the same: a CDATA section ends at the first ``]]>`` and nowhere else. Guessing where its author meant
it to end would let the text inside a section, which may be a stranger's comment, become an item of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_TAG_CHARS: Final = 16_384
"""A start tag longer than this is text."""
MAX_OPEN: Final = 64
_NAMES: Final = ("item", "entry")
# Elements around items. Of others nothing matters to an item.
_AROUND: Final = frozenset({"rss", "rdf", "feed", "channel"})
_FEED_NAMESPACES: Final = (
    "http://www.w3.org/2005/atom", "http://purl.org/atom/ns#", "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/", "http://backend.userland.com/rss",
    "http://blogs.law.harvard.edu/tech/rss",
)  # fmt: skip
_TAG: Final = re.compile(r"""<([A-Za-z_][\w.:-]*+)(?:\s(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)?+/?>""")
_OUTSIDE: Final = re.compile(r"<[!?/A-Za-z_]")
_INSIDE: Final = re.compile(r"<(?:!\[CDATA\[|!--|\?|/?(?:[\w.-]+:)?(?:item|entry)(?=[\s/>]))", re.IGNORECASE)
_END_NAME: Final = re.compile(r"</\s*([A-Za-z_][\w.:-]*)")
_DECLARATION_PART: Final = re.compile(r"[\[>]")
_SUBSET_END: Final = re.compile(r"\]\s*>")
_XMLNS: Final = re.compile(r"""\sxmlns:([\w.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
# What a pattern of this module may need to see of a tag's beginning; longer names are nobody's.
_AHEAD_CHARS: Final = 128
_HIDING: Final = (("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>"))


@dataclass(frozen=True, slots=True)
class Outside:
    """What stands before, between and after the items, DOCTYPE left out."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One ``<item>`` or ``<entry>`` with its tags, and the tags of the elements that it stands in."""

    text: str
    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class TooLong:
    """An item, or with ``outside`` a stretch between items, that is longer than the limit; its text is not kept."""

    outside: bool


Piece = Outside | Item | TooLong


class _Window:
    """The text from ``keep`` on. It slides over the pieces that come in; what lies before ``keep`` is forgotten."""

    def __init__(self, pieces: Iterator[str], max_chars: int) -> None:
        self._pieces = pieces
        self._max_chars = max_chars
        self.text = ""
        self.at = 0
        self.keep = 0
        self.over = False
        self.ended = False

    def more(self) -> bool:
        """Read on; False at the end. A stretch that grows over the limit is not kept any longer."""
        piece = next(self._pieces, None)
        if piece is None:
            self.ended = True
            return False
        if self.at - self.keep > self._max_chars:
            self.over = True
        if self.over:
            self.keep = self.at
        self.text = self.text[self.keep :] + piece
        self.at -= self.keep
        self.keep = 0
        return True

    def take(self, end: int) -> str | None:
        """The stretch up to ``end``, or None if it was too long. The next one begins there."""
        found = None if self.over or end - self.keep > self._max_chars else self.text[self.keep : end]
        self.keep = self.at = end
        self.over = False
        return found

    def search(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The next match from ``at``, which goes to its start; None, at the end of the text, if there is none."""
        while True:
            found = pattern.search(self.text, self.at)
            start = found.start() if found else max(self.at, len(self.text) - _AHEAD_CHARS)
            if found and (self.ended or start + _AHEAD_CHARS <= len(self.text)):
                self.at = start
                return found
            self.at = start
            if self.ended or not self.more():
                if found := pattern.search(self.text, self.at):
                    self.at = found.start()
                    return found
                self.at = len(self.text)
                return None

    def skip(self, ending: str) -> bool:
        """Go behind the next ``ending``; False, at the end of the text, if there is none."""
        while True:
            found = self.text.find(ending, self.at)
            if found >= 0:
                self.at = found + len(ending)
                return True
            self.at = max(self.at, len(self.text) - len(ending) + 1)
            if not self.more():
                self.at = len(self.text)
                return False

    def tag(self) -> re.Match[str] | None:
        """The whole start tag at ``at``, or None if what stands there is none."""
        while True:
            found = _TAG.match(self.text, self.at)
            if found or len(self.text) - self.at > MAX_TAG_CHARS or not self.more():
                return found if found and len(found[0]) <= MAX_TAG_CHARS else None


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that is open between items: its name, and its start tag if that matters to items."""

    name: str
    start_tag: str


class _Splitter:
    def __init__(self, pieces: Iterator[str], max_chars: int) -> None:
        self._window = _Window(pieces, max_chars)
        self._open: list[_Open] = []

    def pieces(self) -> Iterator[Piece]:
        window = self._window
        while found := window.search(_OUTSIDE):
            begin = found[0]
            if begin == "</":
                self._close()
            elif begin in {"<!", "<?"}:
                if not self._hidden():
                    yield from self._outside()
                    self._skip_declaration()
            elif tag := window.tag():
                if not self._is_item(tag):
                    self._start(tag)
                    continue
                yield from self._outside()
                yield self._item(tag)
            else:
                window.at += 1
        yield from self._outside()

    # --- between items ---

    def _outside(self) -> Iterator[Piece]:
        text = self._window.take(self._window.at)
        if text is None:
            yield TooLong(outside=True)
        elif text:
            yield Outside(text)

    def _hidden(self) -> bool:
        """Pass over a CDATA section, comment or processing instruction; False if none begins here."""
        window = self._window
        for begin, ending in _HIDING:
            if window.text.startswith(begin, window.at):
                window.at += len(begin)
                window.skip(ending)
                return True
        return False

    def _skip_declaration(self) -> None:
        """Pass over ``<!DOCTYPE ...>`` and the like; nothing of it is kept."""
        window = self._window
        found = window.search(_DECLARATION_PART)
        if found:
            window.at = found.end()
            if found[0] == "[" and (end := window.search(_SUBSET_END)):
                window.at = end.end()
        window.take(window.at)

    def _start(self, tag: re.Match[str]) -> None:
        self._window.at = tag.end()
        if not tag[0].endswith("/>") and len(self._open) < MAX_OPEN:
            around = tag[1].lower().rpartition(":")[2] in _AROUND
            room = MAX_TAG_CHARS - sum(len(element.start_tag) for element in self._open)
            self._open.append(_Open(tag[1], tag[0] if around and len(tag[0]) <= room else ""))

    def _close(self) -> None:
        window = self._window
        found = _END_NAME.match(window.text, window.at)
        window.skip(">")
        names = [element.name.lower() for element in self._open]
        if found and found[1].lower() in names:
            del self._open[len(names) - 1 - names[::-1].index(found[1].lower()) :]

    # --- items ---

    def _is_item(self, tag: re.Match[str]) -> bool:
        prefix, _, local = tag[1].lower().rpartition(":")
        if local not in _NAMES:
            return False
        if not prefix:
            return True
        around = "".join(element.start_tag for element in self._open)
        declared = {found[1].lower(): found[2] or found[3] or "" for found in _XMLNS.finditer(around + tag[0])}
        return declared.get(prefix, "").lower().startswith(_FEED_NAMESPACES)

    def _item(self, tag: re.Match[str]) -> Piece:
        """The item whose start tag is here, up to its end tag or to the next item if it has none."""
        window = self._window
        window.at = tag.end()
        if not tag[0].endswith("/>"):
            self._go_to_end(tag[1].lower())
        text = window.take(window.at)
        if text is None:
            return TooLong(outside=False)
        around = [element for element in self._open if element.start_tag]
        opening = "".join(element.start_tag for element in around)
        closing = "".join(f"</{element.name}>" for element in reversed(around))
        return Item(text, opening, closing)

    def _go_to_end(self, name: str) -> None:
        window = self._window
        while found := window.search(_INSIDE):
            token = found[0].lower()
            if self._hidden():
                continue
            if token == f"</{name}":
                window.skip(">")
                return
            if token == f"<{name}" and window.tag():
                return
            window.at += 1


def split(pieces: Iterator[str], max_chars: int) -> Iterator[Piece]:
    """Cut a feed's text, which comes in pieces of any size, into its items and the rest, in order.

    At most ``max_chars`` characters of one stretch are kept. Never raises.
    """
    return _Splitter(pieces, max_chars).pieces()
