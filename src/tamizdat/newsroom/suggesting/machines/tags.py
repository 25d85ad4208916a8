"""Marks of a text on their way through a machine: numbered, so that addresses stay here, and checked when they return.

A text in which a mark was lost, doubled or turned inside out is no translation: a link would lead nowhere.
"""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(r"<(/?)(a|b|strong|i|em|li|br|span)((?:\s[^<>]*)?)(/?)>", re.IGNORECASE)
_NUMBER: Final = re.compile(r"""\bid\s*=\s*["']?n(\d{1,6})\b""")
_SAME: Final = {"strong": "b", "em": "i"}
_KEPT: Final = "span"
_LONE: Final = "br"
_KEPT_WORDS: Final = re.compile(r'<span translate="no">.*?</span>')
_SEVERAL: Final = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """A text as a machine gets it, and its marks in their order as they were."""

    text: str
    opened: tuple[str, ...]


def sent(inner: str, kept: Sequence[str] = ()) -> Sent:
    """The inside of a piece (HTML), its marks numbered; words of ``kept`` are marked as not to be translated."""
    opened: list[str] = []
    parts: list[str] = []
    end = 0
    for tag in _TAG.finditer(inner):
        parts.append(_guarded(inner[end : tag.start()], kept))
        end = tag.end()
        name = _name(tag[2])
        if tag[1]:
            parts.append(f"</{name}>")
        elif name == _LONE:
            parts.append("<br>")
        else:
            opened.append(tag[0])
            parts.append(f'<{name} id="n{len(opened)}">')
    parts.append(_guarded(inner[end:], kept))
    return Sent("".join(parts), tuple(opened))


def _name(tag: str) -> str:
    name = tag.lower()
    return _SAME.get(name, name)


def _guarded(text: str, kept: Sequence[str]) -> str:
    if not kept or not text:
        return text
    words = "|".join(re.escape(html.escape(word, quote=False)) for word in sorted(kept, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda found: f'<span translate="no">{found[0]}</span>', text)


def returned(text: str, given: Sent) -> str | None:
    """What came back as the inside of a piece, with the marks of ``given``; None if they are not all there, nested."""
    parts: list[str] = []
    stack: list[str] = []
    numbers: Counter[int] = Counter()
    end = 0
    for tag in _TAG.finditer(text):
        parts.append(_escaped(text[end : tag.start()]))
        end = tag.end()
        name = _name(tag[2])
        if name == _KEPT:
            continue
        if name == _LONE:
            parts.append("<br/>")
        elif tag[1]:
            if not stack or stack.pop() != name:
                return None
            parts.append(f"</{name}>")
        else:
            number = _NUMBER.search(tag[3])
            at = int(number[1]) if number else 0
            if not 0 < at <= len(given.opened) or not _is(given.opened[at - 1], name):
                return None
            numbers[at] += 1
            stack.append(name)
            parts.append(given.opened[at - 1] if name == "a" else f"<{name}>")
    parts.append(_escaped(text[end:]))
    if stack or numbers != Counter(range(1, len(given.opened) + 1)):
        return None
    return "".join(parts)


def is_echo(text: str, given: Sent) -> bool:
    """Whether several words that are to be translated came back as they were. A name or a number may do so."""
    said = _words(given.text)
    free = [word for word in _words(_KEPT_WORDS.sub(" ", given.text)) if any(map(str.isalpha, word))]
    return len(free) >= _SEVERAL and _words(text) == said


def _words(text: str) -> list[str]:
    return html.unescape(_TAG.sub(" ", text)).split()


def _is(tag: str, name: str) -> bool:
    found = _TAG.fullmatch(tag)
    return found is not None and _name(found[2]) == name


def _escaped(text: str) -> str:
    """Text with its entities written in one way: some services send ``&`` and ``<`` as they are."""
    return html.escape(html.unescape(text), quote=False)
