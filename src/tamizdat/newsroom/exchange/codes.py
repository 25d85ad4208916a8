"""A piece's words with its marks as tokens: what XLIFF calls inline codes and PO shows as tags.

Tokens are strings and :class:`Code`. ``b`` and ``strong`` are one mark, as are ``i`` and ``em``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from html import escape, unescape
from itertools import groupby
from typing import Final

from tamizdat.errors import ItemError
from tamizdat.newsroom.stories.richtext import kept_link

OPEN: Final = "open"
CLOSE: Final = "close"
LONE: Final = "lone"
_SAME: Final = {"strong": "b", "em": "i", "b": "b", "i": "i", "a": "a", "li": "li"}
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(/|\s[^<>]*)?>")
# A name begins where no letter is before it, and gives nothing back: a long one costs its length, not its square.
_ATTRIBUTE: Final = re.compile(r"""(?<![a-z])([a-z]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
# What XML cannot hold, or our reader of XML leaves out.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WAS_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class Code:
    """A mark that begins or ends, or stands alone: ``b``, ``i``, ``a`` with its address, ``li``, ``br``."""

    kind: str
    tag: str
    href: str = ""

    @property
    def markup(self) -> str:
        """As it stands in HTML."""
        if self.kind == CLOSE:
            return f"</{self.tag}>"
        if self.kind == LONE:
            return f"<{self.tag}/>"
        return f'<a href="{escape(self.href)}">' if self.tag == "a" else f"<{self.tag}>"


Tokens = tuple[str | Code, ...]


def printable(text: str) -> str:
    """The text without what no XML file can hold."""
    return _NO_TEXT.sub("", text)


def tokens_of(html: str, *, strict: bool = False) -> Tokens:
    """The tokens of the inside of a piece. Unknown elements are left out; ``strict`` refuses them and wrong nesting.

    Raises ItemError, if ``strict``.
    """
    found: list[str | Code] = []
    text, end = printable(html), 0
    for tag in _TAG.finditer(text):
        found.append(unescape(text[end : tag.start()]))
        found.append(_token(tag[1], tag[2].lower(), tag[3] or "", strict=strict))
        end = tag.end()
    found.append(unescape(text[end:]))
    kept = joined(found)
    return well_formed(kept) if strict else kept


def _token(ends: str, tag: str, attributes: str, *, strict: bool) -> str | Code:
    """What a tag is; empty text for one that stories do not know. Raises ItemError, if ``strict``."""
    if tag == "br":
        return Code(LONE, "br")
    if tag in _SAME and not attributes.endswith("/"):
        address = _address(attributes) if tag == "a" and not ends else ""
        return Code(CLOSE if ends else OPEN, _SAME[tag], printable(address))
    if strict:
        raise ItemError(f"<{ends}{tag[:40]}> is no mark that a story knows", where="text")
    return ""


def _address(attributes: str) -> str:
    """Where a link leads, to a page of the newsroom too."""
    found = {each[1].lower(): unescape(each[2] or each[3] or "") for each in _ATTRIBUTE.finditer(attributes)}
    return kept_link(found)


def joined(tokens: Iterable[str | Code]) -> Tokens:
    """The same with neighbouring texts as one, and without empty ones."""
    found: list[str | Code] = []
    for is_text, group in groupby(tokens, lambda token: isinstance(token, str)):
        each = list(group)
        found += ["".join(map(str, each))] if is_text else each
    return tuple(each for each in found if each)


def well_formed(tokens: Iterable[str | Code]) -> Tokens:
    """The same tokens, if every mark that begins ends, in the right order. Raises ItemError."""
    found = joined(tokens)
    opened: list[str] = []
    for token in found:
        if isinstance(token, str) or token.kind == LONE:
            continue
        if token.kind == OPEN:
            opened.append(token.tag)
        elif not opened or opened.pop() != token.tag:
            raise ItemError(f"{token.markup} ends a mark that is not the last one begun", where="text")
    if opened:
        raise ItemError(f"<{opened[-1]}> has no end", where="text")
    return found


def html_of(tokens: Iterable[str | Code]) -> str:
    """The inside of a piece as HTML."""
    return "".join(escape(each, quote=False) if isinstance(each, str) else each.markup for each in tokens)


def light_html(tokens: Iterable[str | Code]) -> str:
    """The same for people's eyes: ``R&D`` and ``1 < 2`` stay as they are, because nothing takes them for marks."""
    return "".join(_light(each) if isinstance(each, str) else each.markup for each in tokens)


def _light(text: str) -> str:
    escaped = text.replace("&", "&amp;") if unescape(text) != text else text
    return escaped.replace("<", "&lt;") if _TAG.search(text) else escaped


def normal(tokens: Iterable[str | Code]) -> Tokens:
    """The one form in which two texts that read the same are the same: white space that means nothing is gone."""
    texts = [_BLANKS.sub(" ", printable(each)) if isinstance(each, str) else each for each in joined(tokens)]
    if texts and isinstance(texts[0], str):
        texts[0] = texts[0].lstrip(" ")
    if texts and isinstance(texts[-1], str):
        texts[-1] = texts[-1].rstrip(" ")
    return _without_blanks_between_points([each for each in texts if each])


def _without_blanks_between_points(tokens: list[str | Code]) -> Tokens:
    """Between the points of a list there is nothing to read."""

    def edge(at: int) -> bool:
        token = tokens[at] if 0 <= at < len(tokens) else None
        return isinstance(token, Code) and token.tag == "li"

    if not any(isinstance(each, Code) and each.tag == "li" for each in tokens):
        return tuple(tokens)
    kept: list[str | Code] = []
    depth = 0
    for at, each in enumerate(tokens):
        if isinstance(each, Code):
            depth += {OPEN: 1, CLOSE: -1}.get(each.kind, 0) if each.tag == "li" else 0
            kept.append(each)
            continue
        text = each.lstrip(" ") if edge(at - 1) else each
        text = text.rstrip(" ") if edge(at + 1) else text
        kept += [text] if text.strip(" ") or (text and depth) else []
    return tuple(kept)


def was(tokens: Iterable[str | Code]) -> str:
    """What stands in a file for a text: enough to see whether somebody changed it since, and nothing of its words."""
    return sha256(html_of(normal(tokens)).encode()).hexdigest()[:_WAS_CHARS]


def missing_marks(source: Tokens, target: Tokens) -> str:
    """Why the marks of a translation do not fit its source's; empty if they do.

    Bold and italic are a matter of the language. Links and points of a list are not: they must be as many.
    """
    for tag, name in (("a", "links"), ("li", "points")):
        wanted, there = (sum(_opens(each, tag) for each in tokens) for tokens in (source, target))
        if wanted != there:
            return f"has {there} {name} where the source has {wanted}"
    return ""


def _opens(token: str | Code, tag: str) -> bool:
    return isinstance(token, Code) and token.kind == OPEN and token.tag == tag
