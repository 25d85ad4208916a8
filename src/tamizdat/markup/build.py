"""The walk: tags and text in, parts of a story out. Iterative, so nesting costs no stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tamizdat.limits import LIMITS
from tamizdat.markup.found import FoundEmbed, FoundPicture, Part, settle
from tamizdat.markup.frames import (
    CaptionedFrame,
    CellFrame,
    FigureFrame,
    Frame,
    HeadingFrame,
    ItemFrame,
    ListFrame,
    QuoteFrame,
    TableFrame,
    WordsFrame,
)
from tamizdat.markup.line import Line, Mark, split_long
from tamizdat.markup.links import picture_address, resolve
from tamizdat.markup.tags import (
    BLOCKS,
    DROPPED,
    EMOJI,
    EMPHASIS,
    HEADINGS,
    PLAYERS,
    SILENT_PLAYERS,
    STRONG,
    STRUCK,
)
from tamizdat.story import Block, clean_text

Result = tuple[tuple[Block, ...], tuple[str, ...]]
"""The blocks, and what was lost or changed on the way."""

_MAX_FRAMES: Final = 32
_MAX_NOTES: Final = 20
_CREDITS: Final = ("credit", "copyright", "source")
_STRUCK_NOTE: Final = "struck-out text stands as ordinary text"


@dataclass(slots=True)
class _Open:
    """An element that has begun: what its end must undo."""

    tag: str
    mark: Mark
    framed: bool = False


@dataclass(slots=True)
class _Player:
    """An element that plays something, until its address is known."""

    title: str
    url: str = ""


class Builder:
    """Takes ``start``, ``end`` and ``data`` in document order (the interface of an lxml parser target)."""

    def __init__(self, base: str = "") -> None:
        self._base = base
        self._root = Frame()
        self._frames: list[Frame] = [self._root]
        self._open: list[_Open] = []
        self._line = Line()
        self._waiting: list[Part] = []
        self._mark = Mark()
        self._hidden = self._verbatim = self._unscripted = 0
        self._sources = ""
        self._player: _Player | None = None
        self._origins: set[str] = set()
        self._notes: dict[str, None] = {}

    def note(self, text: str) -> None:
        """Remember, once, what was lost or changed."""
        self._notes.setdefault(text)

    def paragraph(self, text: str) -> None:
        """One paragraph of text between the elements, if there is anything to see in it."""
        self._flush()
        self.data(text)
        self._flush()

    # --- events ---

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        element = _Open(tag, self._mark)
        self._open.append(element)
        if self._hidden:
            self._hidden += tag in DROPPED or tag in SILENT_PLAYERS
            if tag == "source" and self._player and not self._player.url:
                self._player.url = resolve(attributes.get("src", ""), self._base)
            return
        if tag in BLOCKS:
            self._flush()
            frame = self._frame(tag, attributes)
            if frame and len(self._frames) < _MAX_FRAMES:
                self._frames.append(frame)
                element.framed = True
        elif tag in DROPPED:
            self._hidden += 1
        else:
            self._start_inline(tag, attributes)

    def end(self, tag: str) -> None:
        """An element ends. One that never began is ignored."""
        if not self._open or self._open[-1].tag != tag:
            return
        element = self._open.pop()
        if self._hidden:
            self._hidden -= tag in DROPPED or tag in SILENT_PLAYERS
            if not self._hidden and tag in SILENT_PLAYERS:
                self._end_player()
            return
        if tag in BLOCKS:
            self._end_block(element)
        elif tag == "object":
            self._end_player()
        elif tag == "q":
            self._line.add("\u201d", self._mark)
        elif tag == "noscript":
            self._unscripted -= 1
        self._mark = element.mark

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._hidden:
            return
        if not self._verbatim:
            self._line.add(text, self._mark)
            return
        for at, line in enumerate(text.split("\n")):
            if at:
                self._line.line_break(self._mark)
                self._line.line_break(self._mark)
            self._line.add(line, self._mark)

    def comment(self, text: str) -> None:
        """Comments are for nobody."""

    def close(self) -> Result:
        """End all that is open and give the result."""
        while self._open:
            self.end(self._open[-1].tag)
        self._flush()
        while len(self._frames) > 1:
            self._frames.pop().close(self._frames[-1])
        blocks: list[Block] = []
        for part in self._root.parts:
            block, loss = settle(part)
            blocks += [block] if block else []
            if loss:
                self.note(loss)
        notes = list(self._notes)
        if len(notes) > _MAX_NOTES:
            notes[_MAX_NOTES:] = [f"and {len(notes) - _MAX_NOTES} more such losses"]
        return tuple(blocks), tuple(notes)

    # --- blocks ---

    def _flush(self) -> None:
        """End the paragraph: give its text, then the pictures that stood inside it, to the open container."""
        frame = self._frames[-1]
        for paragraph in self._line.take():
            for pieces in split_long(paragraph):
                cited = isinstance(frame, QuoteFrame) and all(mark.role == "cite" for _, mark in pieces)
                if isinstance(frame, WordsFrame) or cited:
                    for href in dict.fromkeys(mark.href for _, mark in pieces if mark.href):
                        self.note(f"link to {href[:200]} left out: captions and attributions carry none")
                frame.take(pieces)
        frame.parts += self._waiting
        self._waiting = []

    def _add(self, part: Part) -> None:
        """Put a part after the text of the paragraph that it stands in."""
        if self._line.is_empty:
            self._frames[-1].parts.append(part)
        else:
            self._waiting.append(part)

    def _frame(self, tag: str, attributes: Mapping[str, str]) -> Frame | None:
        """The container that this element opens here, if any."""
        top, classes = self._frames[-1], attributes.get("class", "").split()
        self._verbatim += tag == "pre"
        match tag:
            case "blockquote":
                return QuoteFrame(attributes, self._base)
            case "dl" if "gallery-item" in classes:
                return FigureFrame(attributes)
            case "ul" | "ol" | "dl" | "menu" | "dir":
                return self._list(tag, attributes)
            case "li" | "dt" | "dd" if isinstance(top, ListFrame):
                return ItemFrame()
            case "figure":
                return FigureFrame(attributes)
            case "div" if "wp-caption" in classes:
                return FigureFrame(attributes)
            case "figcaption" | "caption" if isinstance(top, CaptionedFrame):
                return WordsFrame()
            case "p" | "dd" if "wp-caption-text" in classes and isinstance(top, FigureFrame):
                return WordsFrame()
            case "footer" | "figcaption" if isinstance(top, QuoteFrame):
                return WordsFrame()
            case _ if tag in HEADINGS and not isinstance(top, HeadingFrame | WordsFrame):
                return HeadingFrame(tag)
        return self._table_frame(tag, attributes, top)

    def _list(self, tag: str, attributes: Mapping[str, str]) -> Frame:
        """A list. What a story's list cannot say is told: that it stands in another one, and how it counts."""
        if any(isinstance(frame, ItemFrame) for frame in self._frames):
            self.note("a list inside a list: its items follow in order in that one")
        elif tag == "ol" and (start := attributes.get("start", "").strip()) not in {"", "1"}:
            self.note(f"a list that counts from {clean_text(start)[:20]} counts from 1")
        if tag == "ol" and "reversed" in attributes:
            self.note("a list that counts down counts up")
        return ListFrame(ordered=tag == "ol")

    def _table_frame(self, tag: str, attributes: Mapping[str, str], top: Frame) -> Frame | None:
        if tag == "table":
            return TableFrame(attributes)
        if isinstance(top, TableFrame):
            if tag in {"td", "th"}:
                return CellFrame(attributes, heads=tag == "th")
            if tag == "tr":
                top.rows.begin_row(head=top.in_head)
            top.in_head = tag == "thead" or (top.in_head and tag == "tr")
        return None

    def _end_block(self, element: _Open) -> None:
        self._flush()
        if element.framed:
            self._frames.pop().close(self._frames[-1])
        self._verbatim -= element.tag == "pre"
        top = self._frames[-1]
        if element.tag == "thead" and isinstance(top, TableFrame):
            top.in_head = False

    # --- inside a paragraph ---

    def _start_inline(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in EMPHASIS:
            self._mark = self._mark._replace(emphasis=True)
        elif tag in STRONG:
            self._mark = self._mark._replace(strong=True)
        elif tag in STRUCK:
            self.note(_STRUCK_NOTE)
        elif tag in PLAYERS:
            self._start_player(tag, attributes)
        else:
            self._start_other(tag, attributes)
        in_words = isinstance(self._frames[-1], WordsFrame)
        if in_words and (tag == "small" or any(word in attributes.get("class", "") for word in _CREDITS)):
            self._mark = self._mark._replace(role="credit")

    def _start_other(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag:
            case "a":
                self._link(attributes.get("href", ""))
            case "br":
                self._line.line_break(self._mark)
            case "img" | "amp-img":
                self._image(attributes)
            case "source":
                self._sources = self._sources or picture_address(attributes, self._base)
            case "picture":
                self._sources = ""
            case "q":
                self._line.add("\u201c", self._mark)
            case "cite" if any(isinstance(frame, QuoteFrame) for frame in self._frames):
                self._mark = self._mark._replace(role="cite")
            case "cite":
                self._mark = self._mark._replace(emphasis=True)
            case "noscript":
                self._unscripted += 1

    def _link(self, href: str) -> None:
        address = resolve(href, self._base)
        if href.strip() and not address:
            self.note(f"link to {clean_text(href)[:60]!r} left out, its text kept")
        self._mark = self._mark._replace(href=address)

    def _image(self, attributes: Mapping[str, str]) -> None:
        alt = _words(attributes.get("alt")) or _words(attributes.get("title"))
        if EMOJI.intersection(attributes.get("class", "").split()):
            self._line.add(alt, self._mark)
            return
        if {attributes.get("width"), attributes.get("height")} <= {"0", "1"}:
            return  # a counting pixel shows nothing
        origin = picture_address(attributes, self._base) or self._sources
        self._sources = ""
        if not origin:
            self.note(f"picture {clean_text(attributes.get('src', ''))[:60]!r} left out: not an address to fetch from")
            self._line.add(f" {alt} ", self._mark)
        elif not (self._unscripted and origin in self._origins):
            self._origins.add(origin)
            self._add(FoundPicture(origin, alt))

    def _start_player(self, tag: str, attributes: Mapping[str, str]) -> None:
        candidates = (attributes.get(name, "") for name in ("src", "data", "data-src", "data-lazy-src"))
        url = next(filter(None, (resolve(address, self._base) for address in candidates)), "")
        title = _words(attributes.get("title")) or _words(attributes.get("aria-label"))
        player = _Player(title, url)
        if tag == "embed":
            self._play(player)
            return
        self._player = player
        self._hidden += tag in SILENT_PLAYERS

    def _end_player(self) -> None:
        if self._player:
            self._play(self._player)
        self._player = None

    def _play(self, player: _Player) -> None:
        if player.url in self._origins:
            return
        if player.url:
            self._origins.add(player.url)
            self._add(FoundEmbed(player.url, player.title))
        else:
            self.note("a player without a usable address left out")
            self._line.add(f" {player.title} ", self._mark)


def _words(value: str | None) -> str:
    """An attribute's text in one line, as a story can carry it."""
    return " ".join(clean_text(value or "").split(" "))[: LIMITS.max_line_chars].strip(" ")
