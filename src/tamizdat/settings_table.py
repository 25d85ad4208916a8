"""One table of ``tamizdat.toml``: typed access, where each error names file, line and key."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from tamizdat.errors import ConfigError, StoryError
from tamizdat.locales import DERIVED
from tamizdat.story import check_language, check_text

_NAME: Final = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_PATH: Final = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER: Final = re.compile(rf"\s*\[{{1,2}}\s*({_PATH})\s*\]{{1,2}}")
_KEY: Final = re.compile(rf"\s*({_PATH})\s*=")


class Table:
    """One table of the file, and at the end a complaint about keys that nobody asked for.

    ``nth`` counts tables of the same name (``[[sources]]``) from 0. Every method raises ConfigError.
    """

    def __init__(self, file: Path, lines: Sequence[str], name: str, nth: int, values: Mapping[str, Any]) -> None:
        self._file, self._lines, self._name, self._nth, self._values = file, lines, name, nth, values
        self._seen: set[str] = set()

    def error(self, key: str, detail: str) -> ConfigError:
        """What to raise about ``key`` (``penalty``, or ``penalty.ru`` for one text of it; empty for the table)."""
        line = line_of(self._lines, self._name, self._nth, key)
        return ConfigError(detail, file=self._file.name, line=line, key=f"{self._name}.{key}" if key else self._name)

    def _get(self, key: str) -> Any:  # noqa: ANN401 - whatever TOML held; callers check
        self._seen.add(key)
        return self._values.get(key)

    def text(self, key: str, *, required: bool = False) -> str:
        """Text of one line, or empty."""
        value = self._get(key)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise self.error(key, f"must be text in quotes, not {value!r}")
        if required and not value.strip():
            raise self.error(key, "is missing")
        return self._one_line(key, value) if value else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or an empty one."""
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, 'must be a list of texts, like ["a", "b"]')
        return tuple(value)

    def some_of(self, key: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """A list out of ``allowed``, each at most once, in the order given."""
        values = self.texts(key)
        for position, value in enumerate(values):
            if value not in allowed:
                raise self.error(key, f"{value!r} is not one of {', '.join(allowed)}")
            if value in values[:position]:
                raise self.error(key, f"{value} stands twice")
        return values

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """One of ``allowed``; it must be there."""
        value = self.text(key, required=True)
        if value not in allowed:
            raise self.error(key, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def labels(self, key: str, *, paragraphs: bool = False) -> dict[str, str]:
        """Texts of one line by language; with ``paragraphs`` each line of a text is a paragraph.

        In the file an empty line ends a paragraph, and a single line break is a space. Texts in ``sr`` are there in
        ``sr-Latn`` too, unless they are written in it.
        """
        texts = self.by_language(key, paragraphs=paragraphs)
        made = {tag: change(texts[other]) for tag, (other, change) in DERIVED.items() if other in texts}
        return made | texts

    def by_language(self, key: str, *, paragraphs: bool = False) -> dict[str, str]:
        """Texts by language, no more than there are; see :meth:`labels`."""
        value = self._get(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self.error(key, 'must be texts by language, like { en = "Politics" }')
        return {language: self._label(f"{key}.{language}", language, value[language], paragraphs) for language in value}

    def _label(self, key: str, language: str, text: str, paragraphs: bool) -> str:
        self.language(key, language)
        if not text.strip():
            raise self.error(key, "is empty; leave the language out")
        if not paragraphs:
            return self._one_line(key, text)
        return "\n".join(self._one_line(key, paragraph) for paragraph in _joined(text))

    def labels_or_text(self, key: str) -> dict[str, str]:
        """Texts by language; or one text for all languages, whose language is then empty."""
        if isinstance(self._values.get(key), str):
            return {"": text} if (text := self.text(key)) else {}
        return self.labels(key)

    def language(self, key: str, value: str) -> str:
        """``value`` if it is a language tag."""
        try:
            return check_language(value)
        except StoryError as error:
            raise self.error(key, error.detail) from error

    def flag(self, key: str, *, default: bool) -> bool:
        """``true`` or ``false``."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {value!r}")
        return value

    def number(self, key: str, default: int, lowest: int, highest: int) -> int:
        """A whole number between ``lowest`` and ``highest``, both included."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise self.error(key, f"must be a whole number from {lowest} to {highest}, not {value!r}")
        return value

    def day(self, key: str) -> date | None:
        """A day of the calendar, written without quotes."""
        value = self._get(key)
        if value is not None and type(value) is not date:  # a datetime is a date to isinstance
            raise self.error(key, f"must be a day without quotes, like 2026-11-23, not {str(value)!r}")
        return value

    def has(self, key: str) -> bool:
        """Whether the file names ``key``."""
        return key in self._values

    def done(self) -> None:
        """Refuse keys that no method was asked for."""
        for key in self._values:
            if key not in self._seen:
                raise self.error(key, f"is not a setting; settings here: {', '.join(sorted(self._seen))}")

    def _one_line(self, key: str, value: str) -> str:
        try:
            return check_text(value, key)
        except StoryError as error:
            raise self.error(key, error.detail) from error


def _joined(text: str) -> list[str]:
    """One line for each paragraph."""
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n[^\S\n]*\n", text))
    return list(filter(None, paragraphs))


def line_of(lines: Sequence[str], table: str, nth: int, key: str) -> int:
    """The line, from 1, that sets ``key`` in the ``nth`` table of that name; tomllib keeps none.

    Where the key itself cannot be found it is the line of what holds it, then of the table's header; 0 without one.
    """
    wanted = key.split(".") if key else []
    found, depth, seen = 0, -1, -1
    here: list[str] | None = None
    quoted = False
    for at, line in enumerate(lines, 1):
        was_quoted, quoted = quoted, quoted ^ (len(re.findall(r'"""|\'\'\'', line)) % 2 == 1)
        if was_quoted:
            continue
        if header := _HEADER.match(line):
            first, *below = _split(header[1])
            seen += first == table and not below
            here = below if first == table and seen == nth else None
            path = here
        else:
            assignment = _KEY.match(line)
            path = [*here, *_split(assignment[1])] if assignment and here is not None else None
        # The key itself, what holds it, or (``about.ru`` where ``about`` is sought) the first part of it.
        shared = 0 if path is None else min(len(path), len(wanted))
        if path is not None and shared > depth and path[:shared] == wanted[:shared]:
            found, depth = at, shared
    return found


def _split(path: str) -> list[str]:
    return [name.strip("\"'") for name in re.findall(_NAME, path)]
