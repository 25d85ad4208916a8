"""Sheets as XLIFF 1.2 and 2.1. Marks are inline codes: ``g`` and ``x`` in the one, ``pc`` and ``ph`` in the other.

A code's number is its place in the source; the translation's codes have the numbers of the source's that are the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tamizdat.locales import is_right_to_left
from tamizdat.newsroom.exchange.codes import CLOSE, OPEN, Code, Tokens, html_of, printable
from tamizdat.newsroom.exchange.sheet import CHECK, DONE, TODO, Sheet, Unit

NAMESPACE_1: Final = "urn:oasis:names:tc:xliff:document:1.2"
NAMESPACE_2: Final = "urn:oasis:names:tc:xliff:document:2.0"
NAMESPACE_OWN: Final = "urn:tamizdat:exchange:1"
_STATES_1: Final = {TODO: "needs-translation", CHECK: "needs-review-translation", DONE: "translated"}
_STATES_2: Final = {
    TODO: 'state="initial"',
    CHECK: 'state="initial" subState="newsroom:changed"',
    DONE: 'state="translated"',
}
_TYPES_1: Final = {"b": "bold", "i": "italic", "a": "link", "br": "lb", "li": "x-li"}
_TYPES_2: Final = {
    "b": 'type="fmt" subType="xlf:b"',
    "i": 'type="fmt" subType="xlf:i"',
    "br": 'type="fmt" subType="xlf:lb"',
    "a": 'type="link"',
    "li": 'type="fmt" subType="html:li"',
}


@dataclass(slots=True)
class Numbers:
    """Numbers for the codes of a unit: the source's first, then those that only the translation has."""

    source: list[Code] = field(default_factory=list)
    own: list[Code] = field(default_factory=list)

    def of_source(self, code: Code) -> int:
        """The next one of the source."""
        self.source.append(code)
        return len(self.source)

    def of_target(self, left: list[int], code: Code) -> int:
        """That of the first code of the source that is the same and still ``left``, or a new one."""
        for number in left:
            if self.source[number - 1] == code:
                left.remove(number)
                return number
        self.own.append(code)
        return len(self.source) + len(self.own)


Shape = Callable[[Code, int], tuple[str, str]]
"""How a code looks: what begins it and what ends it."""


def _written(tokens: Tokens, number: Callable[[Code], int], shape: Shape) -> str:
    parts: list[str] = []
    ends: list[str] = []
    for token in tokens:
        if isinstance(token, str):
            parts.append(escape(printable(token)))
        elif token.kind == CLOSE:
            parts.append(ends.pop() if ends else "")
        else:
            begin, end = shape(token, number(token))
            parts.append(begin)
            if token.kind == OPEN:
                ends.append(end)
    return "".join(parts + ends[::-1])


def _pair(unit: Unit, shape: Shape) -> tuple[str, str]:
    """Source and translation."""
    numbers = Numbers()
    source = _written(unit.source, numbers.of_source, shape)
    left = list(range(1, len(numbers.source) + 1))
    return source, _written(unit.target, lambda code: numbers.of_target(left, code), shape)


def _shape_1(code: Code, number: int) -> tuple[str, str]:
    attributes = f'id="{number}" ctype="{_TYPES_1[code.tag]}" equiv-text={quoteattr(code.markup)}'
    return (f"<g {attributes}>", "</g>") if code.kind == OPEN else (f"<x {attributes}/>", "")


def xliff_1(sheet: Sheet) -> str:
    """The sheet as XLIFF 1.2."""
    languages = f'source-language="{sheet.source_language}" target-language="{sheet.language}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<xliff version="1.2" xmlns="{NAMESPACE_1}" xmlns:newsroom="{NAMESPACE_OWN}">',
        f'<file original={quoteattr(sheet.name)} {languages} datatype="html" xml:space="preserve">',
        "<body>",
    ]
    for unit in sheet.units:
        source, target = _pair(unit, _shape_1)
        lines += [
            f'<trans-unit id={quoteattr(unit.id)} newsroom:was="{unit.was}">',
            f"<source>{source}</source>",
            f'<target state="{_STATES_1[unit.state]}">{target if unit.state != TODO else ""}</target>',
            *(f'<note from="newsroom">{escape(printable(note))}</note>' for note in _notes(unit)),
            "</trans-unit>",
        ]
    return "\n".join([*lines, "</body>", "</file>", "</xliff>", ""])


def _notes(unit: Unit) -> Iterator[str]:
    yield from (note for note in unit.notes if note)
    if unit.before:
        yield f"Source before it changed: {html_of(unit.before)}"


@dataclass(slots=True)
class _Originals:
    """What codes stand for, once for each, as XLIFF 2 wants it."""

    found: dict[str, str] = field(default_factory=dict)

    def _key(self, markup: str) -> str:
        return self.found.setdefault(markup, f"d{len(self.found) + 1}")

    def shape(self, code: Code, number: int) -> tuple[str, str]:
        start = self._key(code.markup)
        shown = quoteattr(code.markup)
        if code.kind != OPEN:
            return f'<ph id="{number}" {_TYPES_2[code.tag]} dataRef="{start}" disp={shown}/>', ""
        end = self._key(f"</{code.tag}>")
        begin = (
            f'<pc id="{number}" {_TYPES_2[code.tag]} dataRefStart="{start}" dataRefEnd="{end}" dispStart={shown} '
            f'dispEnd="&lt;/{code.tag}&gt;">'
        )
        return begin, "</pc>"

    def lines(self) -> list[str]:
        if not self.found:
            return []
        data = (f'<data id="{key}">{escape(markup)}</data>' for markup, key in self.found.items())
        return ["<originalData>", *data, "</originalData>"]


def xliff_2(sheet: Sheet) -> str:
    """The sheet as XLIFF 2.1."""
    languages = f'srcLang="{sheet.source_language}" trgLang="{sheet.language}"'
    directions = [f'{name}="rtl"' for name, language in (("srcDir", sheet.source_language), ("trgDir", sheet.language))
                  if is_right_to_left(language)]  # fmt: skip
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<xliff version="2.1" xmlns="{NAMESPACE_2}" xmlns:newsroom="{NAMESPACE_OWN}" {languages}>',
        " ".join(["<file", 'id="story"', f"original={quoteattr(sheet.name)}", *directions, 'xml:space="preserve">']),
    ]
    for unit in sheet.units:
        lines += _unit_2(unit)
    return "\n".join([*lines, "</file>", "</xliff>", ""])


def _unit_2(unit: Unit) -> list[str]:
    originals = _Originals()
    source, target = _pair(unit, originals.shape)
    notes = [f"<note>{escape(printable(note))}</note>" for note in _notes(unit)]
    return [
        f'<unit id={quoteattr(unit.id)} newsroom:was="{unit.was}">',
        *(["<notes>", *notes, "</notes>"] if notes else []),
        *originals.lines(),
        f"<segment {_STATES_2[unit.state]}>",
        f"<source>{source}</source>",
        *([f"<target>{target}</target>"] if unit.state != TODO else []),
        "</segment>",
        "</unit>",
    ]
