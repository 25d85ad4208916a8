"""The wizard's pages: templates, texts in the languages of the screens, one style sheet."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from minijinja import Environment

from tamizdat.locales import INTERFACE_LANGUAGES, endonym, in_order, is_right_to_left
from tamizdat.locales.catalogue import DERIVED, SOURCE_LANGUAGE
from tamizdat.newsroom.first_run.answers import COLOURS, Faults

SCREENS: Final = tuple(in_order(INTERFACE_LANGUAGES))
"""Languages that the wizard speaks."""
_PACKAGE: Final = "tamizdat.newsroom.first_run"
# Other names of languages that we have: Dari is Persian of Afghanistan to browsers, Montenegrin often Serbian.
_BROWSERS_SAY: Final = {"fa-af": "prs", "sr-me": "cnr", "sr-cyrl-me": "cnr", "sr-latn-me": "cnr"}
_PAGES: Final = ("base", "begin", "paper", "keys", "account", "making", "early", "ready", "failed", "foreign")


@cache
def texts(language: str) -> Mapping[str, str]:
    """The texts of the screens in ``language``, one of :data:`SCREENS`."""
    other, change = DERIVED.get(language, (language, str))
    found = tomllib.loads((files(_PACKAGE) / "texts" / f"{other}.toml").read_text("utf-8"))
    return {name: change(text) for name, text in found.items()}


def screen_language(wanted: str) -> str:
    """The best of :data:`SCREENS` for an ``Accept-Language`` header."""
    by_name = {tag.lower(): tag for tag in SCREENS} | _BROWSERS_SAY
    for part in wanted.split(",")[:20]:
        asked = part.partition(";")[0].strip().lower()
        while asked:
            if asked in by_name:
                return by_name[asked]
            asked = asked.rpartition("-")[0]
    return SOURCE_LANGUAGE


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
