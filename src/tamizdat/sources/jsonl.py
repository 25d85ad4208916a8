"""JSON Lines: one story a line, ``{"id", "lang", "headline", "paragraphs": [...]}`` and more if there is more."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.sources.files import inside, is_folder, open_file
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.languages import normal_language
from tamizdat.sources.port import Gathered, Report
from tamizdat.sources.times import parse_time
from tamizdat.story import Paragraph, Story, check_language, rich

_BREAKS: Final = re.compile("[\t\n\v\f\r]+")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_TEXTS: Final = ("byline", "sections", "topics", "agencies")
_TIMES: Final = ("published", "updated", "breaking_until")
_KNOWN: Final = frozenset({
    "id", "lang", "language", "headline", "paragraphs", "lead", "dateline", "revision", "translation", *_TEXTS, *_TIMES,
})  # fmt: skip
_MAX_NOTED: Final = 20

Note = Callable[[str], None]


class JsonLinesSource:
    """A file of JSON Lines, or all ``*.jsonl`` of a folder in the order of their names.

    ``now`` stands in for missing times of publication. With ``language`` only lines in that language are taken, and
    lines that name none are taken to be in it.
    """

    complete = True

    def __init__(self, path: Path, *, name: str, now: datetime, language: str = "") -> None:
        self.name = name
        self._path = path
        self._now = now
        self._language = language

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`. Reads line by line."""
        seen: dict[tuple[str, str], str] = {}
        others: dict[str, int] = {}
        for file in self._files():
            for where, line in self._lines(file, report):
                try:
                    gathered = self._gathered(line, where, report, others)
                    if gathered is None:
                        continue
                    key = (gathered.story.story_id, gathered.story.language)
                    if key in seen:
                        raise ItemError(f"{key[0]} ({key[1]}) was already at {seen[key]}", where=where, what=key[0])
                    seen[key] = where
                    yield gathered
                except StoryError as error:
                    report(ItemError(str(error), where=where, what=""))
                except ItemError as error:
                    report(error)
        if others:
            count, names = sum(others.values()), ", ".join(sorted(others)[:40])
            detail = f"{count} lines in other languages than {self._language} left out: {names}"
            report(ItemNote(detail, where=self.name, what=""))

    def open_picture(self, origin: str) -> bytes:
        """There are no pictures in JSON Lines. Raises ItemError."""
        raise ItemError("a source of JSON Lines has no pictures", where=f"{self.name}: {origin[:200]}", what="")

    def _files(self) -> list[Path]:
        if not is_folder(self._path):
            return [self._path]
        found = sorted(self._path.glob("*.jsonl"), key=lambda file: file.name.encode("utf-8", "surrogateescape"))
        if not found:
            raise SourceError("holds no file that ends in .jsonl", source=self.name)
        return found

    def _lines(self, file: Path, report: Report) -> Iterator[tuple[str, bytes]]:
        """Every line that is not blank, with its place. One over the limit is reported and passed over."""
        shown = self.name if file == self._path else f"{self.name.rstrip('/')}/{file.name}"
        if file != self._path:
            try:
                file = inside(self._path, file.name)
            except ItemError as error:
                report(ItemError(error.detail, where=shown, what=""))
                return
        try:
            with open_file(file, shown) as stream:
                number = 0
                while line := stream.readline(LIMITS.max_item_bytes + 1):
                    number += 1
                    where = f"{shown}:{number}"
                    if len(line) > LIMITS.max_item_bytes:
                        while line and not line.endswith(b"\n"):
                            line = stream.readline(LIMITS.max_item_bytes)
                        report(ItemError(f"line is longer than {LIMITS.max_item_bytes} bytes", where=where, what=""))
                    elif stripped := line.removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").strip(b" \t\r\n"):
                        yield where, stripped
        except OSError as error:
            raise SourceError(f"cannot be read ({error.strerror})", source=shown) from error

    def _gathered(self, line: bytes, where: str, report: Report, others: dict[str, int]) -> Gathered | None:
        """The story of one line, or None if it is in another language. Raises StoryError or ItemError."""
        item = _parse(line, where)
        named = _text(item, "lang") or _text(item, "language")
        language = normal_language(named) or named or self._language
        if self._language and language != self._language:
            others[language] = others.get(language, 0) + 1
            return None
        lost: list[str] = []
        story = _story(item, check_language(language, "lang"), self._now, lost.append)
        for detail in dict.fromkeys(lost):
            report(ItemNote(detail, where=where, what=story.story_id))
        return Gathered(story, item.get("published") is not None, where)


def _parse(line: bytes, where: str) -> dict[str, Any]:
    try:
        item = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise ItemError(f"is not UTF-8 at byte {error.start + 1}", where=where, what="") from error
    except json.JSONDecodeError as error:
        raise ItemError(f"is not JSON: {error.msg} at column {error.colno}", where=where, what="") from error
    except (ValueError, RecursionError) as error:
        raise ItemError(
            "is not JSON that we read: nested too deep, or a number too long", where=where, what=""
        ) from error
    if not isinstance(item, dict):
        raise ItemError("is not a JSON object {...}", where=where, what="")
    return item


def _story(item: dict[str, Any], language: str, now: datetime, note: Note) -> Story:
    unknown = [key for key in item if key not in _KNOWN]
    for key in unknown[:_MAX_NOTED]:
        note(f"{key[:60]!r} is no field of a story: left out")
    if len(unknown) > _MAX_NOTED:
        note(f"{len(unknown) - _MAX_NOTED} more are no fields of a story: left out")
    given = item.get("id")
    guid = str(given) if isinstance(given, int) and not isinstance(given, bool) else _text(item, "id")
    if not guid:
        raise StoryError("is missing", field="id")
    story_id = story_id_from(guid)
    times = {name: parse_time(item[name], name) for name in _TIMES if item.get(name) is not None}
    revision = item.get("revision", 1)
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise StoryError("is not a whole number", field="revision")

    def lines(name: str) -> tuple[str, ...]:
        return tuple(filter(None, (_line(text, name, note) for text in _texts(item, name))))

    return Story(
        story_id=story_id,
        language=language,
        headline=_line(_text(item, "headline"), "headline", note),
        published=times.get("published", now),
        updated=times.get("updated"),
        breaking_until=times.get("breaking_until"),
        revision=revision,
        lead=_line(_text(item, "lead"), "lead", note),
        dateline=_line(_text(item, "dateline"), "dateline", note),
        body=tuple(Paragraph(rich(text)) for text in lines("paragraphs")),
        byline=lines("byline"),
        sections=lines("sections"),
        topics=lines("topics"),
        agencies=lines("agencies"),
        translation=_text(item, "translation"),
    )


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise StoryError("is not text", field=name)
    return value


def _texts(item: dict[str, Any], name: str) -> list[str]:
    value = item.get(name)
    if value is None:
        return []
    if isinstance(value, str) and name in _TEXTS:
        return [value]
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise StoryError("is not a list of texts", field=name)
    return value


def _line(text: str, name: str, note: Note) -> str:
    """``text`` as it is, but for what a story cannot carry: line breaks, tabs and C0 controls become spaces."""
    fit = _CONTROL.sub(" ", _BREAKS.sub(" ", text))
    if fit != text:
        note(f"{name}: line breaks, tabs or control characters became spaces")
    if not fit and name == "paragraphs":
        note(f"{name}: an empty paragraph was left out")
    return fit
