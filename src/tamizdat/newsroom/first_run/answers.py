"""What the wizard asks for, and whether an answer will do. Decides; does nothing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tamizdat.colour import TEXT_CONTRAST, WHITE, contrast, is_colour, readable_on
from tamizdat.config import DEFAULT_COLOUR, MAX_NAME_CHARS
from tamizdat.locales import INTERFACE_LANGUAGES

MIN_PASSWORD_CHARS: Final = 12
MIN_PASSPHRASE_CHARS: Final = 16
MAX_SECRET_CHARS: Final = 1_000
MAX_LOGIN_CHARS: Final = 150
COLOURS: Final = (
    DEFAULT_COLOUR,
    "#a33b00",
    "#7a5c00",
    "#1f6b3a",
    "#00666b",
    "#0b5394",
    "#4b3fa8",
    "#86306f",
    "#333333",
)
"""Text in each can be read on white."""
_LOGIN: Final = re.compile(r"[\w.@+-]+")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

Faults = Mapping[str, tuple[str, Mapping[str, str]]]
"""For each field that will not do, the id of the sentence that says why, and what stands in it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A newspaper to be."""

    name: str
    languages: tuple[str, ...]
    """The first is the newspaper's own."""
    colour: str = DEFAULT_COLOUR


@dataclass(frozen=True, slots=True)
class Keys:
    """How its keys are to be made."""

    rehearsal: bool
    passphrase: str


@dataclass(frozen=True, slots=True)
class Account:
    """Who will be logged in. ``language`` is that of the screens."""

    login: str
    shown: str
    password: str
    language: str = "en"


def paper_of(given: Mapping[str, list[str]]) -> tuple[Paper, Faults]:
    """The newspaper of a form, and what will not do about it."""
    faults: dict[str, tuple[str, Mapping[str, str]]] = {}
    name = one(given, "name")
    if not name or _CONTROL.search(name):
        faults["name"] = ("fault_name", {})
    elif len(name) > MAX_NAME_CHARS:
        faults["name"] = ("fault_long", {"most": str(MAX_NAME_CHARS)})
    first = one(given, "first")
    chosen = [tag for tag in INTERFACE_LANGUAGES if tag in given.get("language", ())]
    if first not in INTERFACE_LANGUAGES:
        faults["first"] = ("fault_first", {})
    colour = (one(given, "own_colour") or one(given, "colour")).lower()
    if not is_colour(colour):
        faults["colour"] = ("fault_colour", {})
    elif contrast(colour, WHITE) < TEXT_CONTRAST:
        faults["colour"] = ("fault_contrast", {"better": readable_on(WHITE, colour)})
    return Paper(name, tuple(dict.fromkeys((first, *chosen))), colour), faults


def keys_of(given: Mapping[str, list[str]]) -> tuple[Keys, Faults]:
    """How keys are to be made, and what will not do about it."""
    faults: dict[str, tuple[str, Mapping[str, str]]] = {}
    kind = one(given, "kind")
    if kind not in {"rehearsal", "ceremony"}:
        faults["kind"] = ("fault_choose", {})
    passphrase = one(given, "passphrase", strip=False)
    faults |= _secret("passphrase", passphrase, one(given, "again", strip=False), MIN_PASSPHRASE_CHARS)
    return Keys(kind == "rehearsal", passphrase), faults


def account_of(given: Mapping[str, list[str]], language: str) -> tuple[Account, Faults]:
    """The account of a form, and what will not do about it. Words that everybody uses are refused elsewhere, too."""
    faults: dict[str, tuple[str, Mapping[str, str]]] = {}
    login, shown = one(given, "login"), one(given, "shown")
    if not _LOGIN.fullmatch(login) or len(login) > MAX_LOGIN_CHARS:
        faults["login"] = ("fault_login", {})
    if _CONTROL.search(shown) or len(shown) > MAX_LOGIN_CHARS:
        faults["shown"] = ("fault_shown", {})
    password = one(given, "password", strip=False)
    faults |= _secret("password", password, one(given, "again", strip=False), MIN_PASSWORD_CHARS)
    if "password" not in faults and login and login.lower() in password.lower():
        faults["password"] = ("fault_name_in_password", {})
    return Account(login, shown or login, password, language), faults


def _secret(field: str, value: str, again: str, least: int) -> dict[str, tuple[str, Mapping[str, str]]]:
    if len(value) < least:
        return {field: ("fault_short", {"least": str(least)})}
    if len(value) > MAX_SECRET_CHARS or _CONTROL.search(value):
        return {field: ("fault_secret", {})}
    return {} if value == again else {"again": ("fault_again", {})}


def one(given: Mapping[str, list[str]], name: str, *, strip: bool = True) -> str:
    """The field's value; empty if there is none."""
    values = given.get(name) or [""]
    return values[0].strip() if strip else values[0]


def settings_text(paper: Paper) -> str:
    """``tamizdat.toml`` of a newspaper that is written here."""
    # Without control characters, which a name cannot hold, strings of JSON are strings of TOML.
    return _SETTINGS.format(
        name=json.dumps(paper.name, ensure_ascii=False),
        languages=json.dumps(list(paper.languages)),
        colour=json.dumps(paper.colour),
        first=paper.languages[0],
    )


_SETTINGS: Final = """\
# The settings of this publication. Every command that works on it reads this file; see docs/reference/settings.md.

[publication]
name = {name}
languages = {languages}
# Where the site will be found, once that is known:
# base_url = "https://news.example/"

[site]
colour = {colour}

# Stories are written in this publication's own newsroom.
[[sources]]
kind = "newsroom"

# Where editions go, besides the folder `out`. One table for each place.
#
# [[carriers]]
# kind = "directory"
# path = "/srv/www/news"

# What the newspaper is called in its other languages.
#
# [publication.names]
# {first} = "..."
"""
