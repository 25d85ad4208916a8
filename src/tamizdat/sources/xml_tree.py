"""Foreign XML, element by element. There is no DOCTYPE, so there are no entities; depth and size are bounded."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final
from xml.parsers import expat

from tamizdat.errors import SourceError
from tamizdat.limits import LIMITS

MAX_DEPTH: Final = 200
MAX_ELEMENTS: Final = 200_000
"""Of one wanted element."""
_CHUNK_BYTES: Final = 1 << 16
_TEXT: Final = frozenset({9, 10, 13})
# Exports hold control characters that XML does not know; UTF-8 has no such byte inside a character.
_CONTROLS: Final = bytes(code for code in (*range(0x20), 0x7F) if code not in _TEXT)


class Node:
    """An element: its name (``prefix:name`` for the namespaces that the reader knows), attributes, content and line."""

    __slots__ = ("attributes", "line", "parts", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.line = line
        self.parts: list[str | Node] = []

    @property
    def children(self) -> "list[Node]":
        """The elements directly inside."""
        return [part for part in self.parts if isinstance(part, Node)]

    def all(self, *tags: str) -> "list[Node]":
        """Elements of these names directly inside, in order."""
        return [each for each in self.children if each.tag in tags]

    def find(self, *tags: str) -> "Node | None":
        """The first element of these names directly inside."""
        return next(iter(self.all(*tags)), None)

    def text(self, tag: str = "") -> str:
        """All text inside this element, or inside the first ``tag`` directly inside it."""
        node = self.find(tag) if tag else self
        if node is None:
            return ""
        words: list[str] = []
        waiting: list[str | Node] = [node]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                words.append(part)
            else:
                waiting += reversed(part.parts)
        return "".join(words)


class _Reader:
    """Collects wanted elements from the events of expat."""

    def __init__(self, wanted: Callable[[str, int], bool], prefix: Callable[[str], str], name: str) -> None:
        self._wanted = wanted
        self._prefix = prefix
        self._name = name
        self._open: list[Node] = []
        self._depth = self._elements = self._chars = 0
        self.found: list[Node] = []
        self.root = ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _tag(self, name: str) -> str:
        namespace, _, local = name.rpartition(" ")
        prefix = self._prefix(namespace)
        return f"{prefix}:{local}" if prefix else local

    def _fault(self, detail: str) -> SourceError:
        return SourceError(f"{detail} (line {self.parser.CurrentLineNumber})", source=self._name)

    def _doctype(self, *_: object) -> None:
        raise self._fault("has a DOCTYPE, which is not read: it may define entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tag(name)
        self.root = self.root or tag
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(f"nests elements more than {MAX_DEPTH} deep")
        if not self._open and not self._wanted(tag, self._depth):
            return
        named = {self._tag(key): value for key, value in attributes.items()}
        node = Node(tag, named, self.parser.CurrentLineNumber)
        self._count(sum(map(len, named.values())), 1)
        if self._open:
            self._open[-1].parts.append(node)
        self._open.append(node)

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._open:
            node = self._open.pop()
            if not self._open:
                self.found.append(node)
                self._elements = self._chars = 0

    def _data(self, text: str) -> None:
        if self._open:
            self._count(len(text), 0)
            self._open[-1].parts.append(text)

    def _count(self, chars: int, elements: int) -> None:
        self._chars += chars
        self._elements += elements
        if self._chars > LIMITS.max_item_bytes or self._elements > MAX_ELEMENTS:
            raise self._fault(f"has an item of more than {LIMITS.max_item_bytes} characters or {MAX_ELEMENTS} elements")


def read_elements(
    stream: BinaryIO, wanted: Callable[[str, int], bool], *, name: str, prefix: Callable[[str], str], root: str = ""
) -> Iterator[Node]:
    """Every element for which ``wanted(tag, depth)`` holds, whole, in order; one at a time is kept.

    ``prefix`` gives the short name of a namespace. ``root`` is what the outermost element must be called. Raises
    SourceError for what is not well-formed, has a DOCTYPE, or is over a bound; what came before was yielded.
    """
    reader = _Reader(wanted, prefix, name)
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            reader.parser.Parse(chunk.translate(None, _CONTROLS) if _is_bytewise(chunk) else chunk, False)
            if root and reader.root and reader.root != root:
                raise SourceError(f"is <{reader.root[:60]}>, not <{root}>", source=name)
            yield from reader.found
            reader.found.clear()
        reader.parser.Parse(b"", True)
        yield from reader.found
    except expat.ExpatError as error:
        detail = f"is not well-formed at line {error.lineno}: {expat.ErrorString(error.code)}"
        raise SourceError(detail, source=name) from error
    except (ValueError, LookupError, OSError) as error:
        raise SourceError(f"cannot be read ({type(error).__name__})", source=name) from error


def _is_bytewise(chunk: bytes) -> bool:
    """Whether the text is in an encoding of bytes; UTF-16 has zeros."""
    return b"\x00" not in chunk[:64]
