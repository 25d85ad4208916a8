"""What a page is made of: its elements in order, as the parser of Python's library sees them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """``inside`` are the elements around it, the outermost first; ``text`` is all text in it."""

    tag: str
    attributes: dict[str, str]
    inside: tuple["Element", ...]
    text: str = field(default="")

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> says something twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in _EMPTY:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Only drawings in the page (SVG) close elements so."""
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data


class Page:
    """One page. ``path`` is below the web root."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        parser = _Parser()
        parser.feed(data.decode())
        parser.close()
        self.elements = parser.elements

    def every(self, *tags: str) -> Iterator[Element]:
        return (element for element in self.elements if not tags or element.tag in tags)

    def one(self, tag: str) -> Element:
        (element,) = self.every(tag)
        return element

    @property
    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]
