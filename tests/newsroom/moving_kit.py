"""A site that moves in: a folder of stories, and what came of it."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tamizdat.errors import ItemError
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.newsroom.moving_in.running import move_in
from tamizdat.sources.folder import FolderSource
from tamizdat.sources.jsonl import JsonLinesSource
from tamizdat.sources.port import Gathered, Origin, Report
from tamizdat.story import Story

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


class Said:
    """A source that says of each story what it is given."""

    name = "said"
    complete = True

    def __init__(self, *items: tuple[Story, Origin | None]) -> None:
        self._items = items

    def stories(self, report: Report) -> Iterator[Gathered]:
        for story, origin in self._items:
            yield Gathered(story, dated=True, where=story.story_id, origin=origin)

    def open_picture(self, origin: str) -> bytes:
        raise ItemError("no pictures", where=origin)


_WXR = """<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"
xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><language>en</language>{items}</channel></rss>"""


def wxr_post(number: int, language: str = "", group: str = "", text: str = "<p>It is 61.</p>", **more: str) -> str:
    """A post of WordPress. Polylang calls ``group`` what it shares with its translations."""
    guid, link = f"https://shore.example/?p={number}", f"https://shore.example/bread-{number}/"
    said = f'<category domain="language" nicename="{language}">x</category>' if language else ""
    said += f'<category domain="post_translations" nicename="{group}">x</category>' if group else ""
    date = more.get("date", "2026-11-23 06:00:00")
    return f"""<item><title>Bread {number}</title><guid>{more.get("guid", guid)}</guid>
<link>{more.get("link", link)}</link><content:encoded><![CDATA[{text}]]></content:encoded>{said}
<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>{date}</wp:post_date_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>"""


def move_wxr(file: Path, *posts: str, dry: bool = False) -> MoveReport:
    """Move an export of WordPress with these posts in."""
    file.write_text(_WXR.format(items="".join(posts)), "utf-8")
    return move_in(str(file), "wordpress", "", dry=dry, step=lambda _report: None)
