"""One item of NewsML-G2, and what of it has been taken. No I/O."""

from typing import Final

from tamizdat.sources.fields import as_line
from tamizdat.sources.languages import normal_language
from tamizdat.sources.xml_tree import Node

_TECHNICAL: Final = frozenset({"generator", "catalogRef", "catalog", "hash", "timestamp", "fileName", "channel"})


class Item:
    """An item that knows what was taken of it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._taken: set[int] = set()

    def all(self, path: str) -> list[Node]:
        """Every element at ``path`` (``contentMeta/headline``)."""
        found = [self.node]
        for step in path.split("/"):
            found = [inside for each in found for inside in each.all(step)]
        return found

    def take(self, node: Node) -> str:
        """All words of an element in one line, taken."""
        self._taken.add(id(node))
        return as_line(node.text())

    def text(self, *paths: str) -> str:
        """The words of the first element at any of ``paths`` that has some, taken."""
        for path in paths:
            for each in self.all(path):
                if words := as_line(each.text()):
                    self._taken.add(id(each))
                    return words
        return ""

    def texts(self, path: str) -> str:
        """The words of all elements at ``path``, each once, taken."""
        return " \u00b7 ".join(dict.fromkeys(filter(None, map(self.take, self.all(path)))))

    def names(self, path: str, language: str = "") -> list[str]:
        """What the concepts at ``path`` are called: in ``language`` if they say so, else by the first name."""
        found = []
        for each in self.all(path):
            names = each.all("name")
            own = [name for name in names if normal_language(name.attributes.get("lang", "")) == language]
            if chosen := (own or names)[:1]:
                found.append(self.take(chosen[0]))
            elif code := each.attributes.get("literal") or each.attributes.get("qcode", "").rpartition(":")[2]:
                found.append(as_line(code))
        return found

    def left(self) -> list[str]:
        """Elements with words of their own that were not taken, by path and line."""
        found: dict[str, int] = {}
        waiting: list[tuple[Node, str]] = [(each, "") for each in reversed(self.node.children)]
        while waiting:
            node, path = waiting.pop()
            if id(node) in self._taken or (node.tag in _TECHNICAL and path in {"", "itemMeta"}):
                continue
            here = f"{path}/{node.tag[:40]}".lstrip("/")[-200:]
            if any(isinstance(part, str) and part.strip() for part in node.parts):
                found.setdefault(here, node.line)
            waiting += [(each, here) for each in reversed(node.children)]
        return [f"{path} (line {line})" for path, line in found.items()]


def code_of(node: Node | None) -> str:
    """The code of a concept without its scheme: the end of its ``qcode`` or ``uri``. No catalog is needed for that."""
    if node is None:
        return ""
    qcode, uri = node.attributes.get("qcode", ""), node.attributes.get("uri", "")
    return qcode.rpartition(":")[2] or uri.rstrip("/").rpartition("/")[2]


def described(item: Item, roles: tuple[str, ...]) -> str:
    """The description whose role comes first in ``roles``."""
    found = item.all("contentMeta/description")
    for role in roles:
        for each in found:
            if role in each.attributes.get("role", "").lower() and (words := item.take(each)):
                return words
    return ""
