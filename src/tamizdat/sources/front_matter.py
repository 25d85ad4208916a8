"""The settings at the head of a Markdown file: YAML between ``---`` lines or TOML between ``+++`` lines."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, cast

import yaml

from tamizdat.errors import ItemError, StoryError
from tamizdat.sources.times import parse_time
from tamizdat.story import clean_text

MAX_FRONT_MATTER_CHARS: Final = 65_536
_FENCES: Final = {"---": ("---", "..."), "+++": ("+++",)}
_TOML_LINE: Final = re.compile(r"\(at line (\d+)")
# tomllib looks at every beginning of a dotted key: without a bound, quadratic.
_DEEP_KEY: Final = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){200}""")
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0", ""})


class _Loader(yaml.BaseLoader):
    """Every scalar is text, so that ``id: 007`` and ``language: no`` stay what they are; no aliases, so no bombs."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event: yaml.Event = self.get_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
            mark = cast(yaml.Mark, event.start_mark)
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not read", problem_mark=mark)
        return super().compose_node(parent, index)


@dataclass(slots=True)
class FrontMatter:
    """Keys and values, and where they stand. Every reader raises ItemError naming file, line and key."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    body: str = ""
    _read: set[str] = field(default_factory=set)

    def where(self, key: str) -> str:
        """``file:line`` of ``key``."""
        found = re.search(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[:=]", self.text, re.MULTILINE)
        line = self.text.count("\n", 0, found.end()) + 2 if found else 1
        return f"{self.file}:{line}"

    def error(self, key: str, detail: str) -> ItemError:
        """An error about ``key``."""
        return ItemError(f"{key} {detail}", where=self.where(key), what="")

    def find(self, *keys: str) -> tuple[str, Any]:
        """The first of ``keys`` that has a value, and the value; the first key and None if none has."""
        self._read.update(keys)
        for key in keys:
            value = self.values.get(key)
            if value is not None and value not in ("", [], {}):
                return key, value
        return keys[0], None

    def line_of(self, *keys: str) -> str:
        """A text in one line; empty if it is not there."""
        key, value = self.find(*keys)
        return self.as_line(key, value)

    def as_line(self, key: str, value: object) -> str:
        """``value`` as a text in one line."""
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float | date):
            raise self.error(key, "must be text")
        return re.sub(" {2,}", " ", clean_text(self._as_text(key, value)))

    def lines_of(self, *keys: str) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        key, value = self.find(*keys)
        values = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(filter(None, (self.as_line(key, item) for item in values)))

    def time_of(self, *keys: str) -> datetime | None:
        """A time in UTC."""
        key, value = self.find(*keys)
        return None if value is None else self.as_time(key, value)

    def as_time(self, key: str, value: object) -> datetime:
        """``value`` as a time in UTC."""
        try:
            return parse_time(value, key)
        except StoryError as error:
            raise self.error(key, error.detail) from error

    def flag_of(self, key: str) -> bool:
        """Yes or no; no if it is not there."""
        value = self._as_text(key, self.find(key)[1] or "").strip().lower()
        if value not in _TRUE | _FALSE:
            raise self.error(key, "must be true or false")
        return value in _TRUE

    def number_of(self, key: str, default: int) -> int:
        """A whole number."""
        value = self.find(key)[1]
        text = str(default) if value is None else self._as_text(key, value)
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            raise self.error(key, "must be a whole number")
        return int(text)

    def _as_text(self, key: str, value: object) -> str:
        try:
            return str(value)
        except ValueError as error:  # TOML's 0xfff... may be a number of more digits than Python writes
            raise self.error(key, "is too long a number") from error

    def unread(self) -> list[str]:
        """Keys that nobody asked for."""
        return [key for key in self.values if key not in self._read]


def split_front_matter(text: str, file: str) -> FrontMatter:
    """Front matter and body of a file. Raises ItemError naming ``file``, the line and what is wrong."""
    lines = text.replace("\r\n", "\n").split("\n")
    fence = lines[0].rstrip()
    if fence not in _FENCES:
        return FrontMatter(file, body=text)
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() in _FENCES[fence]), 0)
    if not end:
        raise ItemError(f"the front matter is not closed by a line {fence}", where=f"{file}:1", what="")
    head = "\n".join(lines[1:end])
    if len(head) > MAX_FRONT_MATTER_CHARS:
        raise ItemError(f"the front matter is over {MAX_FRONT_MATTER_CHARS} characters", where=f"{file}:1", what="")
    values = _yaml(head, file) if fence == "---" else _toml(head, file)
    return FrontMatter(file, values, head, "\n".join(lines[end + 1 :]))


def _yaml(head: str, file: str) -> dict[str, Any]:
    try:
        values = yaml.load(head, _Loader)  # noqa: S506 - a BaseLoader makes texts, lists and mappings only
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise ItemError(f"the front matter is not YAML: {error.problem}", where=f"{file}:{line}", what="") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ItemError("the front matter is not YAML that we read", where=f"{file}:1", what="") from error
    return _mapping(values, file)


def _toml(head: str, file: str) -> dict[str, Any]:
    if _DEEP_KEY.search(head):
        raise ItemError("the front matter has a key of more than 200 parts", where=f"{file}:1", what="")
    try:
        return tomllib.loads(f"{head}\n")
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) + 1 if found else 1
        raise ItemError(f"the front matter is not TOML: {error}"[:300], where=f"{file}:{line}", what="") from error
    except (ValueError, RecursionError) as error:
        raise ItemError("the front matter is not TOML that we read", where=f"{file}:1", what="") from error


def _mapping(values: object, file: str) -> dict[str, Any]:
    if values is None or values == "":
        return {}
    if not isinstance(values, dict):
        raise ItemError("the front matter is not a list of keys and values", where=f"{file}:2", what="")
    return {str(key): value for key, value in values.items()}
