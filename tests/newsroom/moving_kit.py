"""A site that moves in: a folder of stories, and what came of it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.sources.folder import FolderSource
from tamizdat.sources.jsonl import JsonLinesSource

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def line(story_id: str, language: str = "en", **more: Any) -> dict[str, Any]:
    """One line of JSON Lines."""
    return {
        "id": story_id,
        "lang": language,
        "headline": f"Headline of {story_id}",
        "paragraphs": [f"First of {story_id}.", "Second."],
        "published": "2026-11-20T10:00:00Z",
        **more,
    }


def write_lines(file: Path, lines: Iterable[dict[str, Any]]) -> Path:
    """A file of JSON Lines."""
    file.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), "utf-8")
    return file


def move_lines(file: Path, **options: Any) -> MoveReport:
    """Move a file of JSON Lines in."""
    return Mover(JsonLinesSource(file, name="site", now=NOW), "jsonl", **options).move()


def move_folder(folder: Path, **options: Any) -> MoveReport:
    """Move a folder of Markdown in."""
    return Mover(FolderSource(folder, name="site", now=NOW), "folder", **options).move()
