"""What went in, read from the Markdown by rules of our own, and whether it came out of the reader."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_FIGURE: Final = re.compile(r"(?s)<figure>.*?</figure>\n")
_FIGURE_WORDS: Final = re.compile(r'(?s)alt="([^"]*)".*<figcaption>(.*?)\s*<small>(.*?)</small>')
_LINE_START: Final = re.compile(r"(?m)^(?:> ?|#{2,4} |- |\d+\. )+")
_TABLE_RULE: Final = re.compile(r"(?m)^\|[ |:-]+\|$")
_MARKS: Final = re.compile(r"\*+|</?cite>|\|")


def differences(file: Path, story: dict[str, Any]) -> list[str]:
    """How the JSON of ``read show`` differs from the story in ``file``; nothing if all of it came through."""
    _, front, text = file.read_text("utf-8").split("---\n", 2)
    fields: dict[str, Any] = yaml.safe_load(front)
    body = _FIGURE.sub("", text)
    plain = _LINK.sub(r"\1", body)
    pairs: dict[str, tuple[object, object]] = {
        "headline": (fields["title"], story["headline"]),
        "lead": (fields["lead"], story["lead"]),
        "byline": (fields["byline"], story["byline"]),
        "dateline": (fields["dateline"], story["dateline"]),
        "sections": (fields["sections"], story["sections"]),
        "credit line": (fields.get("with_reporting_by", []), story["with_reporting_by"]),
        "translation": (fields.get("translation"), story.get("translation")),
        "published": (_shown(fields["date"]), story["published"]),
        "breaking": (_shown(fields.get("breaking_until")), story.get("breaking_until")),
        "corrections": (
            [[_shown(entry["at"]), entry["text"]] for entry in fields.get("corrections", [])],
            [[entry["at"], entry["text"]] for entry in story["corrections"]],
        ),
        "pictures": (
            [*([_named(fields["picture"])] if "picture" in fields else []), *map(_drawn, _FIGURE.findall(text))],
            [_named(picture) for picture in _pictures(story)],
        ),
        "words": (
            _MARKS.sub(" ", _LINE_START.sub("", _TABLE_RULE.sub("", _unmarked(plain)))).split(),
            " ".join(_texts(story["blocks"])).split(),
        ),
        "links": ([address for _, address in _LINK.findall(body)], list(_links(story["blocks"]))),
    }
    return [
        f"{name}: {went_in!r} became {came_out!r}" for name, (went_in, came_out) in pairs.items() if went_in != came_out
    ]


def _named(picture: dict[str, Any]) -> tuple[str, str, str]:
    return picture["alt"], picture["caption"], picture["credit"]


def _drawn(figure: str) -> tuple[str, ...]:
    found = _FIGURE_WORDS.search(figure)
    return found.groups() if found else ()


def _pictures(story: dict[str, Any]) -> list[dict[str, Any]]:
    """The lead picture first, as in the Markdown."""
    lead = [story["picture"]] if story["picture"] else []
    return lead + [block for block in story["blocks"] if block["type"] == "picture"]


def _unmarked(text: str) -> str:
    """Without emphasis: its asterisks may stand inside a word."""
    return re.sub(r"\*+(?=\S)(.+?)(?<=\S)\*+", r"\1", text)


def _shown(when: datetime | None) -> str | None:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if when else None


def _texts(blocks: Iterable[dict[str, Any]]) -> Iterator[str]:
    for block in blocks:
        if "text" in block:
            yield block["text"]
        for part in (*block.get("paragraphs", ()), *block.get("items", ())):
            yield part["text"]
        if attribution := block.get("attribution"):
            yield attribution
        for row in block.get("rows", ()):
            for cell in row:
                yield cell["text"]


def _links(blocks: object) -> Iterator[str]:
    if isinstance(blocks, dict):
        last = ""
        for run in blocks.get("runs", ()):
            # One link may be several runs, of which some are emphasised.
            if run.get("href") and run["href"] != last:
                yield run["href"]
            last = run.get("href", "")
        blocks = list(blocks.values())
    if isinstance(blocks, list):
        for part in blocks:
            yield from _links(part)
