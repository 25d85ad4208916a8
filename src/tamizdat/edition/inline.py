"""Marks inside text, as control characters (spec/edition.md, "Marks")."""

import re
from typing import Final

from tamizdat.errors import Failure, FormatError
from tamizdat.story import RichText, Run, rich

EMPHASIS: Final = "\x01"
STRONG: Final = "\x02"
LINK: Final = "\x03"
LINK_TEXT: Final = "\x04"
LINK_END: Final = "\x05"
FIELD: Final = "\x1f"
"""Separates the fields of a line: pictures, table cells, embeds."""
_MARK: Final = re.compile("[\x01-\x05]")


def encode_runs(text: RichText) -> str:
    """Rich text as one line. At a change of marks: the link ends, emphasis, then strong toggle, the link begins."""
    out: list[str] = []
    emphasis, strong, href = False, False, ""
    for run in text:
        if href and run.href != href:
            out.append(LINK_END)
        if run.emphasis != emphasis:
            out.append(EMPHASIS)
        if run.strong != strong:
            out.append(STRONG)
        if run.href and run.href != href:
            out += (LINK, run.href, LINK_TEXT)
        out.append(run.text)
        emphasis, strong, href = run.emphasis, run.strong, run.href
    out += (LINK_END * bool(href), EMPHASIS * emphasis, STRONG * strong)
    return "".join(out)


def has_marks(line: str) -> bool:
    """Whether there is any mark in a line."""
    return _MARK.search(line) is not None


def decode_runs(line: str) -> RichText:
    """The inverse of :func:`encode_runs`. Raises FormatError for marks that do not pair up."""
    found = _MARK.search(line)
    if found is None:  # nearly every paragraph
        return rich(line)
    runs: list[Run] = []
    emphasis, strong, href = False, False, ""
    start = 0
    while found is not None:
        at, mark = found.start(), found[0]
        if at > start:
            runs.append(Run(line[start:at], emphasis, strong, href))
        start = at + 1
        if mark == EMPHASIS:
            emphasis = not emphasis
        elif mark == STRONG:
            strong = not strong
        elif mark == LINK:
            href, start = _link(line, start, href)
        else:
            if mark == LINK_TEXT or not href:
                raise _unpaired("a link ends that did not begin")
            href = ""
        found = _MARK.search(line, start)
    if start < len(line):
        runs.append(Run(line[start:], emphasis, strong, href))
    if emphasis or strong or href:
        raise _unpaired("a mark is not closed")
    return rich(runs)


def _link(line: str, at: int, inside: str) -> tuple[str, int]:
    end = line.find(LINK_TEXT, at)
    if inside or end <= at:
        raise _unpaired("a link has no address or lies inside another")
    return line[at:end], end + 1


def _unpaired(detail: str) -> FormatError:
    return FormatError(Failure.MALFORMED, detail, what="story")


def strip_marks(line: str) -> str:
    """The words of a line whose structure this version does not know."""
    return "".join(max(character, " ") for character in line).strip(" ") or "-"
