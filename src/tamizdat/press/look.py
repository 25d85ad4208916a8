"""The stylesheet of each kind of page, and the policy that lets nothing else in.

A page carries its style in itself: one request shows it, a copy of it that somebody saved still looks right, and its
policy can name the style by hash.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from tamizdat.colour import readable_on

_SHEETS: Final = {
    "front": ("base", "front"),
    "list": ("base", "list"),
    "story": ("base", "story"),
    "fixed": ("base", "story", "fixed"),
    "chooser": ("base", "chooser"),
}
"""Which sheets a kind of page is made of, in order."""
_SCRIPTS: Final = {"Cyrl": "cyrl", "Geor": "geor", "Armn": "armn", "Arab": "arab"}
_NASTALIQ: Final = frozenset({"ur"})
"""Languages that read Arabic script in the Nastaliq hand."""
# Nothing in a page connects to anything; auditors that look at it (Lighthouse) fetch robots.txt on its behalf.
# On a disk, pictures beside a page are not 'self' to every browser.
_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' file: data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)
_LIGHT_PAPER: Final = "#fcfbf8"
_DARK_PAPER: Final = "#14161a"
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE: Final = re.compile(r"\s+")
# Colons stay as they are: before one, a space is a descendant combinator.
_AROUND: Final = re.compile(r" ?([{};,>]) ?")


@dataclass(frozen=True, slots=True)
class Look:
    """Style and policy of one kind of page."""

    style: str
    policy: str
    """Content-Security-Policy. Linked data in pages is no script, so scripts stay forbidden."""


@cache
def look(kind: str, script: str, language: str, colour: str) -> Look:
    """The look of ``kind`` (front, list, story, fixed, chooser) in a script (ISO 15924), with ``#rrggbb`` as accent."""
    names = [*_SHEETS[kind]]
    if script in _SCRIPTS:
        names.append(_SCRIPTS[script])
    if language.partition("-")[0] in _NASTALIQ:
        names.append("nastaliq")
    accents = f":root {{ --light-accent: {readable_on(_LIGHT_PAPER, colour)}; --dark-accent: {_dark(colour)} }}"
    style = _small("\n".join([*map(_sheet, names), accents]))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Look(style, _POLICY.format(digest=digest))


def _dark(colour: str) -> str:
    return readable_on(_DARK_PAPER, colour)


@cache
def _sheet(name: str) -> str:
    return (files("tamizdat.press") / "style" / f"{name}.css").read_text("utf-8")


def _small(sheet: str) -> str:
    """The sheet without comments and needless space."""
    return _AROUND.sub(r"\1", _SPACE.sub(" ", _COMMENT.sub("", sheet))).strip()
