"""The wizard's pages: templates, texts in the languages of the screens, one style sheet."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from minijinja import Environment

from tamizdat.locales import INTERFACE_LANGUAGES, endonym, in_order, is_right_to_left
from tamizdat.newsroom.first_run.answers import COLOURS, Faults

SCREENS: Final = ("en", "ru", "fa")
"""Languages that the wizard speaks; the newsroom's own screens speak more."""
_PACKAGE: Final = "tamizdat.newsroom.first_run"
_PAGES: Final = ("base", "begin", "paper", "keys", "account", "making", "ready", "failed", "foreign")


@cache
def texts(language: str) -> Mapping[str, str]:
    """The texts of the screens in ``language``, one of :data:`SCREENS`."""
    found: Mapping[str, str] = tomllib.loads((files(_PACKAGE) / "texts" / f"{language}.toml").read_text("utf-8"))
    return found


def screen_language(wanted: str) -> str:
    """The best of :data:`SCREENS` for an ``Accept-Language`` header."""
    for part in wanted.split(",")[:20]:
        tag = part.partition(";")[0].strip().lower().partition("-")[0]
        if tag in SCREENS:
            return tag
    return SCREENS[0]


def style() -> bytes:
    """The style sheet."""
    return (files(_PACKAGE) / "templates" / "wizard" / "wizard.css").read_bytes()


def page(name: str, language: str, *, faults: Faults | None = None, **values: Any) -> bytes:
    """The page ``name`` in ``language``. Everything in ``values`` is escaped."""
    words = texts(language)
    said = {field: words[key].format(**_isolated(filled)) for field, (key, filled) in (faults or {}).items()}
    shown = {"t": words, "language": language, "direction": _direction(language)}
    html = _environment().render_template(f"{name}.html", page=name, faults=said, **shown, **values)
    return html.encode()


def _isolated(filled: Mapping[str, str]) -> dict[str, str]:
    """What is filled in reads left to right, in whatever sentence it stands."""
    return {name: f"\u2066{value}\u2069" for name, value in filled.items()}


@cache
def _environment() -> Environment:
    folder = files(_PACKAGE) / "templates" / "wizard"
    templates = {f"{name}.html": (folder / f"{name}.html").read_text("utf-8") for name in _PAGES}
    environment = Environment(templates=templates, trim_blocks=True, lstrip_blocks=True)
    environment.add_global("screens", [(tag, texts(tag)["own_name"], _direction(tag)) for tag in SCREENS])
    tags = in_order(INTERFACE_LANGUAGES)
    environment.add_global("papers", [(tag, endonym(tag), _direction(tag)) for tag in tags])
    environment.add_global("colours", COLOURS)
    return environment


def _direction(tag: str) -> str:
    return "rtl" if is_right_to_left(tag) else "ltr"
