"""XLIFF 1.0 to 1.2 and 2.0 to 2.2, from whichever program, to sheets. Untrusted: no DOCTYPE, bounded, our errors alone.

What a code stands for is read where the file says it (``equiv-text``, ``originalData``, native code between ``bpt`` and
``ept``), else from the source's code of the same id, else from its type.
"""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from tamizdat.errors import ItemError, SourceError
from tamizdat.newsroom.exchange.bounds import MAX_CHARS, Bounds, is_closed
from tamizdat.newsroom.exchange.codes import CLOSE, LONE, OPEN, Code, Tokens, printable, tokens_of, well_formed
from tamizdat.newsroom.exchange.sheet import CHECK, DONE, TODO, UNSAID, Sheet, Unit, parsed_name
from tamizdat.newsroom.exchange.xliff_write import NAMESPACE_OWN
from tamizdat.sources.xml_tree import Node, read_elements

_PREFIXES: Final = {NAMESPACE_OWN: "own", "http://www.w3.org/XML/1998/namespace": "xml", "": ""}
_STATES_1: Final = {
    "final": DONE, "signed-off": DONE, "translated": DONE, "new": UNSAID, "needs-translation": UNSAID,
    "needs-adaptation": CHECK, "needs-l10n": CHECK, "needs-review-adaptation": CHECK, "needs-review-l10n": CHECK,
    "needs-review-translation": CHECK,
}  # fmt: skip
_STATES_2: Final = {"initial": UNSAID, "translated": DONE, "reviewed": DONE, "final": DONE}
_KINDS: Final = {
    "bold": "b", "italic": "i", "link": "a", "lb": "br", "x-li": "li",
    "xlf:b": "b", "xlf:i": "i", "xlf:lb": "br", "html:li": "li",
    "x-html-b": "b", "x-html-strong": "b", "x-html-i": "i", "x-html-em": "i", "x-html-a": "a", "x-html-li": "li",
}  # fmt: skip
_PAIRED: Final = frozenset({"g", "pc"})
_BEGINS: Final = frozenset({"bpt", "bx", "sc"})
_ENDS: Final = frozenset({"ept", "ex", "ec"})
_ALONE: Final = frozenset({"x", "ph"})
_SILENT: Final = frozenset({"sm", "em", "note"})


def _prefix(namespace: str) -> str:
    if namespace.startswith("urn:oasis:names:tc:xliff:document:"):
        return ""
    return _PREFIXES.get(namespace, "foreign")


def read_xliff(data: bytes, name: str, closed: Collection[str] = ()) -> list[Sheet]:
    """The sheets of a file, one for each ``<file>``; without their units in languages that are ``closed``.

    Raises SourceError, which names file and line.
    """
    root = next(iter(read_elements(io.BytesIO(data), lambda _tag, depth: depth == 1, name=name, prefix=_prefix)), None)
    if root is None or root.tag != "xliff":
        raise SourceError(f"is {f'<{root.tag[:60]}>' if root else 'empty'}, not <xliff>", source=name)
    version = root.attributes.get("version", "")
    second = version.startswith("2.")
    if not second and not version.startswith("1."):
        raise SourceError(f"is XLIFF {version[:10]!r}; 1.2 and 2.1 are read (line {root.line})", source=name)
    bounds = Bounds(name)
    sheets = [_sheet(root, file, bounds, closed, second=second) for file in root.all("file")]
    if not sheets:
        raise SourceError("has no <file>", source=name)
    return sheets


def _sheet(root: Node, file: Node, bounds: Bounds, closed: Collection[str], *, second: bool) -> Sheet:
    bounds.begin_story(file.line)
    story_id, task, revision = parsed_name(file.attributes.get("original", ""))
    languages = (
        (root.attributes.get("srcLang", ""), root.attributes.get("trgLang", ""))
        if second
        else (file.attributes.get("source-language", ""), file.attributes.get("target-language", ""))
    )
    units: list[Unit] = []
    for node in _nodes(file, "unit" if second else "trans-unit") if not is_closed(languages[1], closed) else ():
        units.append(_unit_2(node) if second else _unit_1(node))
        bounds.count(units[-1])
    return Sheet(story_id, languages[0][:40], languages[1][:40], task, revision, tuple(units))


def _nodes(node: Node, tag: str) -> Iterator[Node]:
    """The elements of that name, however grouped, in order."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.tag == tag:
            yield each
        elif each.tag in {"file", "body", "group"}:
            waiting += reversed(each.children)


def _unit_1(node: Node) -> Unit:
    target = node.find("target")
    said = target.attributes.get("state", "") if target else ""
    state = DONE if node.attributes.get("approved") == "yes" else _STATES_1.get(said, UNSAID)
    return _unit(node, [node.find("source")], [target] if target else [], {}, state)


def _unit_2(node: Node) -> Unit:
    originals = {
        data.attributes.get("id", ""): data.text() for holder in node.all("originalData") for data in holder.all("data")
    }
    parts = node.all("segment", "ignorable")
    segments = [each for each in parts if each.tag == "segment"]
    states = {_STATES_2.get(each.attributes.get("state", ""), UNSAID) for each in segments}
    state = next((each for each in (UNSAID, CHECK) if each in states), DONE)
    translated = [each for each in segments if each.find("target")]
    if translated and len(translated) < len(segments):
        state = CHECK  # a half of it is missing
    targets = _in_order(parts) if translated else []
    return _unit(node, [each.find("source") for each in parts], targets, originals, state)


def _in_order(parts: list[Node]) -> list[Node | None]:
    """Translations may stand in another order than their sources."""
    found = [each.find("target") or (each.find("source") if each.tag == "ignorable" else None) for each in parts]
    places = [_number(each.attributes.get("order", "") if each else "", at) for at, each in enumerate(found, 1)]
    return [found[at] for at in sorted(range(len(found)), key=lambda at: places[at])]


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def _unit(
    node: Node, sources: list[Node | None], targets: list[Node | None], originals: dict[str, str], state: str
) -> Unit:
    codes = _Codes(originals)
    source = tuple(token for each in sources if each for token in codes.read(each, first=True))
    fault, raw = "", ""
    target: Tokens = ()
    try:
        target = well_formed(token for each in targets if each for token in codes.read(each))
        if sum(len(each) for each in target if isinstance(each, str)) > MAX_CHARS:
            raise ItemError(f"is longer than {MAX_CHARS} characters", where="text")
    except ItemError as error:
        fault, target = error.detail, ()
        raw = " ".join(each.text() for each in targets if each)[:MAX_CHARS]
    return Unit(
        id=node.attributes.get("id", "")[:300],
        source=source,
        target=target,
        state=state if target or fault else TODO,
        was=node.attributes.get("own:was", "")[:40],
        line=node.line,
        fault=fault,
        raw=raw,
    )


@dataclass(slots=True)
class _Codes:
    """What the ids of a unit's codes stand for."""

    originals: dict[str, str]
    known: "dict[str, Code] | None" = None

    def read(self, node: Node, *, first: bool = False) -> list[str | Code]:
        """The tokens of a source (``first``), or of a translation, whose codes must be known. Raises ItemError."""
        if self.known is None:
            self.known = {}
        found: list[str | Code] = []
        self._read(node, found, {}, strict=not first)
        return found

    def _read(self, node: Node, found: list[str | Code], begun: dict[str, Code], *, strict: bool) -> None:
        for part in node.parts:
            if isinstance(part, str):
                found.append(printable(part))
            elif part.tag in _PAIRED:
                code = self._code(part, OPEN, strict=strict)
                found += [code] if code else []
                self._read(part, found, begun, strict=strict)
                found += [Code(CLOSE, code.tag)] if code else []
            elif part.tag in _BEGINS or (part.tag == "it" and part.attributes.get("pos") in {"open", "begin"}):
                code = self._code(part, OPEN, strict=strict)
                if code:
                    found.append(code)
                    begun[_link_of(part)] = code
            elif part.tag in _ENDS or part.tag == "it":
                code = begun.pop(_link_of(part), None)
                if code:
                    found.append(Code(CLOSE, code.tag))
                elif strict:
                    raise ItemError(f"the code {_link_of(part)[:40]!r} ends and has not begun", where="text")
            elif part.tag in _ALONE:
                code = self._code(part, LONE, strict=strict)
                found += [code] if code else []
            elif part.tag == "cp":
                found.append("")
            elif part.tag not in _SILENT:
                self._read(part, found, begun, strict=strict)  # mrk, and whatever else only marks text

    def _code(self, node: Node, kind: str, *, strict: bool) -> Code | None:
        name = node.attributes.get("id", "")
        code = _from_markup(self._markup(node), kind) or (self.known or {}).get(name) or _from_type(node, kind)
        if code is None and strict:
            raise ItemError(f"nobody knows what the code {name[:40]!r} stands for", where="text")
        if code and self.known is not None:
            self.known.setdefault(name, code)
        return code

    def _markup(self, node: Node) -> str:
        key = node.attributes.get("dataRefStart") or node.attributes.get("dataRef") or ""
        if key in self.originals:
            return self.originals[key]
        shown = node.attributes.get("equiv-text") or node.attributes.get("dispStart") or node.attributes.get("disp")
        return shown or (node.text() if node.tag in {"bpt", "ph", "it"} else "")


def _link_of(node: Node) -> str:
    """What the two halves of a pair have in common."""
    attributes = node.attributes
    return attributes.get("startRef") or attributes.get("rid") or attributes.get("id", "")


def _from_markup(markup: str, kind: str) -> Code | None:
    tokens: Tokens = tokens_of(markup[:4_000]) if "<" in markup else ()
    return next((each for each in tokens if isinstance(each, Code) and each.kind == kind), None)


def _from_type(node: Node, kind: str) -> Code | None:
    for name in ("subType", "ctype"):
        tag = _KINDS.get(node.attributes.get(name, ""))
        if tag and tag != "a" and (tag == "br") == (kind == LONE):
            return Code(kind, tag)
    return None
