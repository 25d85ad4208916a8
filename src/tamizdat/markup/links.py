"""Addresses in foreign markup: resolved, made fit for a story, refused when they are not for following."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from tamizdat.story import is_safe_url

MAX_ADDRESS_CHARS: Final = 8_192
_UNFIT: Final = re.compile(r"[\s<>\"\\^`{|}\x00-\x1f\x7f\ud800-\udfff]")
_EDGES: Final = "".join(chr(code) for code in range(0x21))
_LAZY: Final = ("data-src", "data-lazy-src", "data-original", "data-lazy")
_OTHERWISE: Final = (
    "data-orig-file", "data-large-file", "data-ezsrc", "data-cfsrc", "data-breeze", "data-wpfc-original-src",
    "data-lazyload", "data-echo", "data-image",
)  # fmt: skip
"""Where some plugins keep the address, if nothing else names one."""
_BETWEEN: Final = re.compile(r",\s+|(?<=\d[wx]),(?=\S)")


def resolve(address: str, base: str = "") -> str:
    """``address`` as a story can carry it, made absolute against ``base`` if one is given; empty when it is unsafe.

    Browsers drop line breaks and tabs inside an address and spaces around it (WHATWG URL, 4.1), so we do.
    """
    trimmed = re.sub(r"[\t\n\r]", "", address.strip(_EDGES))
    if trimmed.lower().startswith("tel:"):
        trimmed = re.sub(r"\s|%20", "", trimmed)  # numbers are written in groups, and called in one
    if trimmed.startswith("//") and not base:
        trimmed = f"https:{trimmed}"
    try:
        joined = urljoin(base, trimmed) if base and trimmed else trimmed
    except ValueError:
        return ""
    fit = _UNFIT.sub(lambda found: quote(found[0].encode("utf-8", "replace"), safe=""), joined)
    return fit if 0 < len(fit) <= MAX_ADDRESS_CHARS and is_safe_url(fit) else ""


def host(address: str) -> str:
    """What to call an address when nothing better is known: its host without ``www.``, else the address."""
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        name = ""
    return name.removeprefix("www.") or address


def picture_address(attributes: Mapping[str, str], base: str) -> str:
    """Where the picture of an ``<img>`` or ``<source>`` is: pages that load lazily keep it beside a placeholder."""
    lazy = [attributes.get(name, "") for name in _LAZY]
    sets = [_largest(attributes.get(name, "")) for name in ("srcset", "data-srcset")]
    otherwise = (attributes.get(name, "") for name in _OTHERWISE)
    for candidate in (*lazy, attributes.get("src", ""), *sets, *otherwise):
        found = resolve(candidate, base)
        if found and not found.lower().startswith(("mailto:", "tel:", "geo:", "magnet:", "#")):
            return found
    return ""


def _largest(srcset: str) -> str:
    """The address with the greatest width or density in a ``srcset``."""
    best, size = "", -1.0
    for candidate in _BETWEEN.split(srcset):
        words = candidate.strip(" ,\n\t").split()
        if words:
            try:
                weight = float(words[1][:-1]) if len(words) > 1 else 1.0
            except ValueError:
                weight = 0.0
            if weight > size:
                best, size = words[0], weight
    return best
