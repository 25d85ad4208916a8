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
    "heard": ("base", "story", "sound"),
    "fixed": ("base", "story", "fixed"),
    "chooser": ("base", "chooser"),
}
"""Which sheets a kind of page is made of, in order."""
_SCRIPTS: Final = {"Cyrl": "cyrl", "Geor": "geor", "Armn": "armn", "Arab": "arab"}
_ANY_SCRIPT: Final = "latn"
_NASTALIQ: Final = frozenset({"ur"})
"""Languages that read Arabic script in the Nastaliq hand."""
# Nothing in a page connects to anything; auditors that look at it (Lighthouse) fetch robots.txt on its behalf.
# On a disk, pictures beside a page are not 'self' to every browser.
_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' file: data:; {media}"
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)
_MEDIA: Final = "media-src 'self' file:; "
_LIGHT_PAPER: Final = "#fcfbf8"
_DARK_PAPER: Final = "#14161a"
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE: Final = re.compile(r"\s+")
# Before a colon, a space is a descendant combinator.
_AROUND: Final = re.compile(r" ?([{};,>]) ?|(:) ")


@dataclass(frozen=True, slots=True)
class Look:
    """Style and policy of one kind of page."""

    style: str
    policy: str
    """Content-Security-Policy. Linked data in pages is no script, so scripts stay forbidden."""


@cache
def look(kind: str, script: str, language: str, colour: str) -> Look:
    """The look of a ``kind`` of page in a script (ISO 15924), with ``#rrggbb`` as accent."""
    hand = "nastaliq" if language.partition("-")[0] in _NASTALIQ else _SCRIPTS.get(script, _ANY_SCRIPT)
    style = _small("\n".join(map(_sheet, (*_SHEETS[kind], hand))))
    for name, paper in (("light", _LIGHT_PAPER), ("dark", _DARK_PAPER)):
        style = style.replace(f"var(--{name}-accent)", readable_on(paper, colour))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Look(style, _POLICY.format(digest=digest, media=_MEDIA if kind == "heard" else ""))


@cache
def _sheet(name: str) -> str:
    return (files("tamizdat.press") / "style" / f"{name}.css").read_text("utf-8")


def _small(sheet: str) -> str:
    """The sheet without comments and needless space."""
    return _AROUND.sub(r"\1\2", _SPACE.sub(" ", _COMMENT.sub("", sheet))).strip().replace(";}", "}")
