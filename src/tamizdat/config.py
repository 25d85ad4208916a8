"""``tamizdat.toml``: read once, checked whole, every error naming file, line and key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tamizdat.errors import ConfigError, StoryError
from tamizdat.publication import FrontPage, Publication, SectionLabel
from tamizdat.story import check_language, check_story_id, is_safe_url

FILE_NAME: Final = "tamizdat.toml"
SOURCE_KINDS: Final = ("feed", "folder", "jsonl")
CARRIER_KINDS: Final = ("directory",)
_HEADER: Final = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_.\"-]+)\s*\]{1,2}")
_DECODE_LINE: Final = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One ``[[sources]]`` table. Exactly one of ``path`` (relative to the settings) and ``url`` is set."""

    kind: str
    path: str = ""
    url: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        """What messages call the source."""
        return self.url or self.path


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """One ``[[carriers]]`` table."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a publication. ``base_dir`` is the folder that holds them."""

    base_dir: Path
    publication: Publication
    sources: tuple[SourceSettings, ...] = ()
    carriers: tuple[CarrierSettings, ...] = ()
    sections: tuple[SectionLabel, ...] = ()
    fronts: tuple[FrontPage, ...] = ()


class _Table:
    """One table of the file: typed access, and at the end a complaint about keys that nobody asked for."""

    def __init__(self, file: Path, lines: list[str], name: str, nth: int, values: Mapping[str, Any]) -> None:
        self._file, self._lines, self._name, self._nth, self._values = file, lines, name, nth, values
        self._seen: set[str] = set()

    def error(self, key: str, detail: str) -> ConfigError:
        return ConfigError(detail, file=self._file.name, line=self._line(key), key=f"{self._name}.{key}")

    def _line(self, key: str) -> int:
        """The line of ``key`` in this table, or of the table's own header; tomllib keeps neither."""
        inside, seen, header = False, -1, 0
        for at, line in enumerate(self._lines, 1):
            if match := _HEADER.match(line):
                inside = match[1] == self._name
                seen += inside
                header = at if inside and seen == self._nth else header
            elif inside and seen == self._nth and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
                return at
        return header

    def text(self, key: str, *, required: bool = False) -> str:
        self._seen.add(key)
        value = self._values.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f"must be text in quotes, not {value!r}")
        if required and not value.strip():
            raise self.error(key, "is missing")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        self._seen.add(key)
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, 'must be a list of texts, like ["a", "b"]')
        return tuple(value)

    def labels(self, key: str) -> dict[str, str]:
        self._seen.add(key)
        value = self._values.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) and item for item in value.values()):
            raise self.error(key, 'must be texts by language, like { en = "Politics" }')
        for language in value:
            self.language(key, language)
        return dict(value)

    def language(self, key: str, value: str) -> str:
        try:
            return check_language(value)
        except StoryError as error:
            raise self.error(key, error.detail) from error

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key, required=True)
        if value not in allowed:
            raise self.error(key, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def done(self) -> None:
        for key in self._values:
            if key not in self._seen:
                raise self.error(key, f"is not a setting; settings here: {', '.join(sorted(self._seen))}")


def load_config(folder: Path) -> Config:
    """The settings of the publication in ``folder``. Raises ConfigError."""
    file = folder / FILE_NAME
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot be read ({error.strerror}); make a publication with `tamizdat init`",
            file=str(file),
            line=0,
            key="-",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8", file=file.name, line=0, key="-") from error
    return parse_config(text, file)


def parse_config(text: str, file: Path) -> Config:
    """The settings in ``text``, which came from ``file``. Raises ConfigError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _DECODE_LINE.search(str(error))
        raise ConfigError(str(error), file=file.name, line=int(found[1]) if found else 0, key="-") from error
    lines = text.splitlines()

    def tables(name: str) -> list[_Table]:
        values = document.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise _Table(file, lines, name, 0, {}).error("", f"must be written as [[{name}]]")
        return [_Table(file, lines, name, nth, value) for nth, value in enumerate(values)]

    for key in document:
        if key not in {"publication", "sources", "carriers", "sections", "front"}:
            raise _Table(file, lines, key, 0, {}).error("", "is not a table of tamizdat.toml")
    values = document.get("publication")
    if not isinstance(values, dict):
        raise ConfigError("is missing", file=file.name, line=0, key="[publication]")
    publication = _publication(_Table(file, lines, "publication", 0, values))
    return Config(
        base_dir=file.parent,
        publication=publication,
        sources=tuple(_source(table, publication) for table in tables("sources")),
        carriers=tuple(_carrier(table) for table in tables("carriers")),
        sections=tuple(_section(table) for table in tables("sections")),
        fronts=tuple(_front(table) for table in tables("front")),
    )


def _publication(table: _Table) -> Publication:
    languages = table.texts("languages")
    if not languages:
        raise table.error("languages", 'is missing: at least one language, like ["en"]')
    for position, language in enumerate(languages):
        table.language("languages", language)
        if language in languages[:position]:
            raise table.error("languages", f"{language} stands twice")
    base_url = table.text("base_url")
    if base_url and not (is_safe_url(base_url) and base_url.startswith(("https://", "http://"))):
        raise table.error("base_url", f"{base_url!r} is not a web address")
    result = Publication(table.text("name", required=True), languages, table.labels("names"), base_url)
    table.done()
    return result


def _source(table: _Table, publication: Publication) -> SourceSettings:
    kind = table.one_of("kind", SOURCE_KINDS)
    path, url, language = table.text("path"), table.text("url"), table.text("language")
    if bool(path) == bool(url):
        raise table.error("path", "give either path or url")
    if url and not url.startswith(("http://", "https://")):
        raise table.error("url", f"{url!r} is not an http or https address")
    if url and kind != "feed":
        raise table.error("url", f"a {kind} source takes a path")
    if language and language not in publication.languages:
        raise table.error("language", f"{language} is not among the publication's languages")
    table.done()
    return SourceSettings(kind, path, url, language)


def _carrier(table: _Table) -> CarrierSettings:
    result = CarrierSettings(table.one_of("kind", CARRIER_KINDS), table.text("path", required=True))
    table.done()
    return result


def _section(table: _Table) -> SectionLabel:
    result = SectionLabel(table.text("id", required=True), table.labels("labels"))
    table.done()
    return result


def _front(table: _Table) -> FrontPage:
    language = table.text("language")
    if language:
        table.language("language", language)
    pins = table.texts("pins")
    for pin in pins:
        try:
            check_story_id(pin)
        except StoryError as error:
            raise table.error("pins", error.detail) from error
    table.done()
    return FrontPage(language, pins)
