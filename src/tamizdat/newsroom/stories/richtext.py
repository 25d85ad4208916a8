"""Rich text as the editor stores it, to and from a story's blocks, without losing a space.

The editor's HTML has few elements and no white space that means nothing, so it is read exactly. What has others (an
import, a paste by way of the database) is read as any foreign HTML is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from html.parser import HTMLParser
from typing import Final

from tamizdat.errors import StoryError
from tamizdat.markup import read_html
from tamizdat.markup.line import has_ink
from tamizdat.markup.write import block_html, inline_html
from tamizdat.story import Block, Heading, ListBlock, Paragraph, RichText, Run, rich

TextBlock = Paragraph | Heading | ListBlock
LinkOf = Callable[[dict[str, str]], str]
"""From the attributes of an ``<a>`` to an address; empty for a link that leads nowhere."""

_HEADINGS: Final = {"h2": 2, "h3": 3, "h4": 4}
_LISTS: Final = {"ul": False, "ol": True}
_STRONG: Final = frozenset({"b", "strong"})
_EMPHASIS: Final = frozenset({"i", "em"})
_OWN: Final = "#tz-page-"
_OWN_LINK: Final = re.compile(rf'<a href="{_OWN}([0-9]{{1,18}})">')


class _Foreign(Exception):  # noqa: N818 - no error: another way to read
    """The HTML is not the editor's own."""


def page_key(attributes: Mapping[str, str]) -> int | None:
    """The page of the newsroom that a link of the editor leads to; None for other links."""
    number = attributes.get("id", "")
    is_key = attributes.get("linktype") == "page" and number.isascii() and number.isdigit()
    return int(number) if is_key else None


def kept_link(attributes: dict[str, str]) -> str:
    """The address as it is written. A page of the newsroom has one that only :func:`text_html` and its like know."""
    key = page_key(attributes)
    return attributes.get("href", "") if key is None else f"{_OWN}{key}"


def _with_pages(html: str) -> str:
    """HTML in which links to pages of the newsroom are the editor's."""
    return _OWN_LINK.sub(r'<a linktype="page" id="\1">', html) if _OWN in html else html


def text_html(texts: Iterable[TextBlock]) -> str:
    """Blocks of running text as the editor stores them."""
    return _with_pages("".join(block_html(block) for block in texts))


def line_html(text: RichText) -> str:
    """One line of rich text as it stands in a cell; empty for none."""
    return _with_pages(inline_html(text))


def quote_html(paragraphs: Iterable[RichText]) -> str:
    """Paragraphs of a quotation."""
    return _with_pages("".join(f"<p>{inline_html(text)}</p>" for text in paragraphs))


def text_blocks(html: str, link: LinkOf = kept_link) -> tuple[Block, ...]:
    """The blocks of a text. Raises StoryError for a link that no story may carry."""
    reader = _Reader(link)
    try:
        reader.feed(html)
        reader.close()
        return tuple(reader.finish())
    except _Foreign:
        return read_html(html).blocks


def paragraphs_of(html: str, link: LinkOf = kept_link) -> tuple[RichText, ...]:
    """The texts of all blocks, for places that hold paragraphs alone."""
    texts: list[RichText] = []
    for block in text_blocks(html, link):
        match block:
            case Paragraph(text) | Heading(text, _):
                texts.append(text)
            case ListBlock(items, _):
                texts.extend(items)
            case _:
                continue
    return tuple(texts)


def line_of(html: str, link: LinkOf = kept_link) -> RichText:
    """One line of rich text; ``()`` for none. Several paragraphs are joined by spaces."""
    texts = paragraphs_of(html if html.startswith("<p") else f"<p>{html}</p>", link)
    runs: list[Run] = []
    for text in texts:
        runs += ([Run(" ")] if runs else []) + list(text)
    return rich(runs) if runs else ()


class _Reader(HTMLParser):
    """Reads ``p``, ``h2`` to ``h4``, ``ul``, ``ol`` with ``li``, and ``b``, ``i``, ``a`` inside them."""

    def __init__(self, link: LinkOf) -> None:
        super().__init__(convert_charrefs=True)
        self._link = link
        self._blocks: list[Block] = []
        self._open = ""
        self._list = ""
        self._items: list[RichText] = []
        self._runs: list[Run] = []
        self._emphasis = self._strong = 0
        self._href = ""

    def finish(self) -> list[Block]:
        """All that was read."""
        if self._open or self._list:
            raise _Foreign
        return self._blocks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag in _EMPHASIS or tag in _STRONG or tag == "a":
            self._mark(tag, attrs)
        elif tag in _LISTS and not self._open and not self._list:
            self._list = tag
        elif (tag == "li") == bool(self._list) and (tag in {"li", "p"} or tag in _HEADINGS) and not self._open:
            self._open = tag
        else:
            raise _Foreign

    def _mark(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._open:
            raise _Foreign
        self._emphasis += tag in _EMPHASIS
        self._strong += tag in _STRONG
        if tag == "a":
            self._href = self._link({name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in _EMPHASIS:
            self._emphasis = max(0, self._emphasis - 1)
        elif tag in _STRONG:
            self._strong = max(0, self._strong - 1)
        elif tag == "a":
            self._href = ""
        elif tag == self._open:
            self._end_block(tag)
        elif tag == self._list and not self._open:
            if self._items:
                self._blocks.append(ListBlock(tuple(self._items), ordered=_LISTS[tag]))
            self._items, self._list = [], ""
        else:
            raise _Foreign

    def _end_block(self, tag: str) -> None:
        runs, self._runs, self._open = self._runs, [], ""
        if not has_ink("".join(run.text for run in runs)):
            return
        text = rich(runs)
        if tag == "li":
            self._items.append(text)
        else:
            self._blocks.append(Heading(text, _HEADINGS[tag]) if tag in _HEADINGS else Paragraph(text))

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._open:
            if data.strip():
                raise _Foreign
            return
        for character in ("\n", "\t", "\r"):
            data = data.replace(character, " ")
        try:
            self._runs.append(Run(data, self._emphasis > 0, self._strong > 0, self._href))
        except StoryError:
            if self._href:
                raise
            raise _Foreign from None
