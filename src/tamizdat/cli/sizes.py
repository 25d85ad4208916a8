"""Sizes in bytes, as people write and read them."""

import re
from typing import Final

from tamizdat.errors import UsageError

_UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE: Final = re.compile(r"([0-9]{1,12})([KMGT]?)B?", re.IGNORECASE)


def read_size(option: str, text: str) -> int:
    """The bytes that ``text`` names, like 500M. Raises UsageError, which names the option."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise UsageError(f"{option}: {text!r} is no size; write a number with K, M, G or T, like 500M")
    return int(found[1]) * _UNITS[found[2].upper()]


def shown_size(count: int) -> str:
    """A number of bytes for people."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"
