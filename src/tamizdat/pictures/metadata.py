"""What a picture says of itself, read out of what it came with: IPTC's credit and caption, and nothing else."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tamizdat.limits import LIMITS
from tamizdat.pictures import iim, xmp
from tamizdat.pictures.words import Words
from tamizdat.story import clean_text

# Characters that XML cannot hold, besides those that clean_text takes.
_NOT_IN_XML: Final = re.compile("[\ufffe\uffff]")


def read_words(info: Mapping[Any, Any], *, creators: bool = True) -> Words:
    """What a picture says of itself, from Pillow's ``Image.info``. XMP wins over IIM; what is broken says nothing.

    Without ``creators`` the names of those who took it are left out of the credit.
    """
    packet, resources = info.get("xmp"), info.get("photoshop")
    block = resources.get(iim.RESOURCE) if isinstance(resources, dict) else None
    new = xmp.read_xmp(packet) if isinstance(packet, bytes) else {}
    old = iim.read_iim(block) if isinstance(block, bytes) else {}
    named = (new.get(xmp.CREATOR) or old.get(iim.BYLINE, [])) if creators else []
    names = _line(", ".join(named), LIMITS.max_credit_chars)
    credit = _line(_first(new.get(xmp.CREDIT), old.get(iim.CREDIT)), LIMITS.max_credit_chars)
    both = " / ".join(part for part in (names if names not in credit else "", credit) if part)
    return Words(
        _line(both, LIMITS.max_credit_chars),
        _line(_first(new.get(xmp.DESCRIPTION), old.get(iim.CAPTION)), LIMITS.max_caption_chars),
    )


def _first(*choices: Iterable[str] | None) -> str:
    """The first text of the first list that has one with more than white space."""
    return next((text for texts in choices for text in texts or () if text.strip()), "")


def _line(text: str, most: int) -> str:
    """``text`` fit for a story: one line, single spaces, cut between words where it is longer than ``most``."""
    line = re.sub(" {2,}", " ", clean_text(_NOT_IN_XML.sub("", text)))
    if len(line) <= most:
        return line
    return (line[: most - 1].rpartition(" ")[0] or line[: most - 1]) + "…"
