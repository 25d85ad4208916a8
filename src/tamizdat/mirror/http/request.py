"""Heads of requests, taken apart: target, codings, tags, ranges, preferences. Bytes -> values, no I/O.

Whatever the bytes are, nothing here raises: what cannot be understood is as if it had not been said, as RFC 9110 has
it, or, for targets, None.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

CODINGS: Final = ("br", "zstd", "gzip")
"""The codings of compressed copies, in the order in which we would choose among equals of equal length."""
WANTED: Final = frozenset(
    {
        b"accept-encoding",
        b"access-control-request-method",
        b"if-match",
        b"if-none-match",
        b"if-range",
        b"prefer",
        b"range",
    }
)
"""The fields of a request that change the answer, in lower case. No other one is ever looked at or kept."""
MAX_PATH_CHARS: Final = 1_024
_ABSOLUTE: Final = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CODING: Final = re.compile(r"\s*([A-Za-z0-9*_-]+)\s*(?:;\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?")
_TAG: Final = re.compile(rb'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*')
_RANGE: Final = re.compile(rb"bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)
_WAIT: Final = re.compile(rb'(?:^|[,;])\s*wait\s*=\s*"?([0-9]{1,9})"?\s*(?=[,;]|$)', re.IGNORECASE)


class Request(NamedTuple):
    """One request. ``path`` is what stands in the target before any ``?``, decoded; None if it cannot be a path.

    ``fields`` has those of :data:`WANTED` that came; several of one name are one, with commas.
    """

    method: bytes
    path: str | None
    fields: dict[bytes, bytes]


class Taste(NamedTuple):
    """How welcome each coding is, as ranks: 0 is refused, a greater number is better. Few different ones exist."""

    br: int = 0
    zstd: int = 0
    gzip: int = 0
    identity: int = 1


PLAIN: Final = Taste()
"""Of whoever said nothing."""
_USUAL: Final = {
    b"gzip": Taste(gzip=2),
    b"gzip, deflate": Taste(gzip=2),
    b"gzip, deflate, br": Taste(br=2, gzip=2),
    b"gzip, deflate, br, zstd": Taste(br=2, zstd=2, gzip=2),
    b"identity": Taste(),
}
"""What nearly everybody says."""


def target_path(target: bytes) -> str | None:
    """The path in a request's target, without its first slash, decoded; the query is forgotten here.

    None for what is no path: an authority, a broken or forbidden escape, bytes that are no UTF-8. Nothing is
    simplified: ``a//b`` and ``a/../b`` stay what they are, and no file has such a name.
    """
    path = target.partition(b"?")[0].partition(b"#")[0]
    if not path.startswith(b"/"):
        absolute = _ABSOLUTE.match(path)
        if not absolute:
            return None
        path = path[absolute.end() :] or b"/"
    if b"%" in path:
        if _BAD_ESCAPE.search(path):
            return None
        path = unquote_to_bytes(path)
    try:
        text = path[1:].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def taste(accepted: bytes | None) -> Taste:
    """What ``Accept-Encoding`` says (RFC 9110, 12.5.3).

    Whoever says nothing gets no copy. Whoever names a coding wants it rather than none, unless ``identity`` is named,
    too, and liked better.
    """
    if not accepted:
        return PLAIN
    usual = _USUAL.get(accepted)
    if usual is not None:
        return usual
    said = _weights(accepted)
    rest = said.get("*")
    weights = [said.get(coding, rest or 0.0) for coding in CODINGS]
    # Not named means acceptable, but less than anything named. Refused altogether, it is still better than nothing.
    weights.append(said.get("identity", 0.0005 if rest is None else rest))
    ladder = sorted({weight for weight in weights if weight > 0})
    return Taste(*(ladder.index(weight) + 1 if weight > 0 else 0 for weight in weights))


def _weights(accepted: bytes) -> dict[str, float]:
    found: dict[str, float] = {}
    for item in accepted.decode("latin-1").split(","):
        match = _CODING.fullmatch(item)
        if match:
            name = match[1].lower()
            found["gzip" if name == "x-gzip" else name] = float(match[2]) if match[2] else 1.0
    return found


def names_tag(listed: bytes, tag: bytes, *, weak: bool) -> bool:
    """Whether a list of entity tags (or ``*``) has ``tag``. ``weak``: tags marked ``W/`` count (RFC 9110, 8.8.3.2)."""
    if listed.strip() == b"*":
        return True
    at = 0
    while match := _TAG.match(listed, at):
        if match[2] == tag and (weak or not match[1]):
            return True
        at = match.end()
        if listed[at : at + 1] != b",":
            break
        at += 1
    return False


class Span(NamedTuple):
    """Bytes of a file: from ``start`` to before ``end``."""

    start: int
    end: int


def span(asked: bytes, size: int) -> Span | None:
    """The one range of bytes that is asked for (RFC 9110, 14.1.2), empty if the file has none of it.

    None if there is nothing that must be understood: several ranges, other units, bad grammar.
    """
    match = _RANGE.fullmatch(asked)
    if not match:
        return None
    first, last = match[1], match[2]
    if first:
        start = int(first)
        if last and int(last) < start:
            return None
        end = min(size, int(last) + 1) if last else size
        return Span(start, max(start, end)) if start < size else Span(0, 0)
    if not last:
        return None
    return Span(max(0, size - int(last)), size)


def wait_seconds(preference: bytes) -> int:
    """The ``wait`` of a ``Prefer`` field (RFC 7240, 4.3); 0 if there is none."""
    match = _WAIT.search(preference)
    return int(match[1]) if match else 0
