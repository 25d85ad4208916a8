"""The one way to the terminal: nothing that came from outside may steer it."""

import json
import re
from collections.abc import Iterable
from typing import Final

import typer

# C0 and C1 controls, bidirectional overrides and isolates, line and paragraph separators, lone surrogates.
_STEERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def say(text: str, *, err: bool = False) -> None:
    """Print ``text`` (line feeds and tabs stay) without what could steer a terminal or hide words in it."""
    typer.echo(_STEERS.sub("\ufffd", text), err=err)


def say_all(lines: Iterable[str], *, err: bool = False) -> None:
    """:func:`say` for many lines."""
    for line in lines:
        say(line, err=err)


def say_json(value: object) -> None:
    """Print JSON for machines; what could steer a terminal is escaped, so that the value stays exact."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    typer.echo(_STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
