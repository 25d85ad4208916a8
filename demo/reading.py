"""The demo's reader and its paper: the real command, run and shown."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

COMMAND: Final = Path(sys.executable).with_name("tamizdat")
ORDER: Final = ("tampering", "stale", "honest")
"""The reader's order: the liar first, so that it has every chance."""
SHOWN: Final = (("en", "water-tests"), ("ru", "tarn-road"), ("fa", "harbour-strike"))
"""The stories that are shown whole: a corrected one, one with a credit line, the breaking one."""


class Paper:
    """Calm output: bold and dim where a person looks on, plain text otherwise."""

    def __init__(self) -> None:
        self._styled = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, text: str = "") -> None:
        """One line, out at once: other programs write in between."""
        print(text, flush=True)

    def part(self, number: int, text: str) -> None:
        """The beginning of a part."""
        self.line()
        self.line(self.bold(f"{number}  {text}"))

    def bold(self, text: str) -> str:
        """Bold."""
        return f"\x1b[1m{text}\x1b[0m" if self._styled else text

    def dim(self, text: str) -> str:
        """Dim."""
        return f"\x1b[2m{text}\x1b[0m" if self._styled else text


@dataclass(slots=True)
class Reader:
    """Runs the real command, and shows it."""

    paper: Paper
    words: str
    addresses: Mapping[str, str]
    heard: str = ""
    """All that the commands said, for the checks."""

    def arguments(self, *command: str, language: str = "", mirrors: tuple[str, ...] = ORDER) -> list[str]:
        """A whole command line, without the program."""
        roads = [part for name in mirrors for part in ("--from", self.addresses[name])]
        return [*command, "--trust", self.words, *roads, *(("--language", language) if language else ())]

    def run(self, arguments: list[str], expect: int = 0) -> None:
        """Run and show. Ends the demo if the exit code is not the one to ``expect``."""
        self.paper.line()
        self.paper.line(self.paper.dim(f"$ {shown_command('tamizdat', arguments)}"))
        self.paper.line()
        result = quietly(arguments)
        self.heard += result.stderr + result.stdout
        for text in (result.stderr, result.stdout):
            if text:
                print(text, end="", flush=True)
        if result.returncode != expect:
            raise SystemExit(f"tamizdat ended with {result.returncode} where {expect} was due")

    def json(self, arguments: list[str], expect: int = 0) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Run without a word; what ``--json`` gives."""
        result = quietly([*arguments, "--json"])
        if result.returncode != expect:
            raise SystemExit(f"tamizdat {shlex.join(arguments)} ended with {result.returncode}:\n{result.stderr}")
        return json.loads(result.stdout)


def quietly(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run ``tamizdat`` as any user would, without a passphrase or a proxy in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAMIZDAT_")}
    environment = {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONUTF8": "1"}
    command = [str(COMMAND), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)  # noqa: S603 - our own words


def shown_command(program: str, arguments: list[str]) -> str:
    """A command line to copy, a line for each option and each mirror."""
    shown = [shlex.quote(program)]
    for before, word in pairwise(["", *arguments]):
        new = word.startswith("--") or (word.startswith("http://") and not before.startswith("--"))
        shown.append(f"\\\n    {word}" if new else shlex.quote(word))
    return " ".join(shown)
