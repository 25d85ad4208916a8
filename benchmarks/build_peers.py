"""The same stories for Hugo, Pelican and 11ty: Markdown files with front matter, and templates of our own.

The templates in ``peers_build/`` make what the press makes: stories with the same head, policy, style, linked data and
related stories; lists of sections, topics, months and corrections; a front page; Atom, RSS and JSON feeds.
"""

import json
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import build_stories
from tamizdat.colour import BLACK
from tamizdat.edition.canonical import time_to_text
from tamizdat.press.card import Issue, story_path
from tamizdat.press.look import look
from tamizdat.press.templates import icon
from tamizdat.story import Heading, ListBlock, Paragraph, Quote, RichText, Story

TEMPLATES = Path(__file__).resolve().parent / "peers_build"


def markdown(story: Story) -> str:
    """The body as CommonMark."""
    return "\n\n".join(_block(block) for block in story.body) + "\n"


def _block(block: object) -> str:
    match block:
        case Paragraph(text):
            return _inline(text)
        case Heading(text, level):
            return f"{'#' * level} {_inline(text)}"
        case Quote(paragraphs):
            return "\n>\n".join(f"> {_inline(text)}" for text in paragraphs)
        case ListBlock(items):
            return "\n".join(f"- {_inline(item)}" for item in items)
    raise TypeError(block)


def _inline(text: RichText) -> str:
    return "".join(_run(run.text, emphasis=run.emphasis, href=run.href) for run in text)


def _run(text: str, *, emphasis: bool, href: str) -> str:
    for sign in "\\`*_[]<>#&":
        text = text.replace(sign, f"\\{sign}")
    if text[:1].isdigit():
        # "1. " would begin a list.
        text = text.replace(".", "\\.", 1)
    if text[:1] in "-+":
        text = f"\\{text}"
    if emphasis:
        text = f"*{text}*"
    return f"[{text}]({href})" if href else text


def fields(story: Story, issue: Issue) -> dict[str, Any]:
    """The front matter that Hugo and 11ty read."""
    path = story_path(story)
    found: dict[str, Any] = {
        "title": story.headline,
        "id": story.story_id,
        "date": time_to_text(story.published),
        "lastmod": time_to_text(story.updated) if story.updated else "",
        "url": f"/{path}",
        "path": path,
        "lead": story.lead,
        "byline": list(story.byline),
        "dateline": story.dateline,
        "desks": list(story.sections),
        "topics": list(story.topics),
        "months": [f"{story.published:%Y-%m}"],
        "agencies": list(story.agencies),
        "edition": issue.number,
        "issued": time_to_text(issue.time),
    }
    if story.picture:
        picture = story.picture
        found["picture"] = {
            "file": picture.file, "alt": picture.alt, "caption": picture.caption, "credit": picture.credit
        }  # fmt: skip
    if story.corrections:
        found["corrections"] = [{"at": time_to_text(each.at), "text": each.text} for each in story.corrections]
        found["corrected"] = ["corrections"]
    return {name: value for name, value in found.items() if value}


def front_matter(values: dict[str, Any]) -> str:
    """YAML: JSON is YAML. Times stand without quotes, so that they are read as such."""
    lines = []
    for name, value in values.items():
        text = json.dumps(value, ensure_ascii=False)
        lines.append(f"{name}: {value if name in {'date', 'lastmod', 'issued'} else text}")
    return "---\n" + "\n".join(lines) + "\n---\n"


def looks() -> dict[str, Any]:
    """Style and policy by kind of page, and the icon: the press's own."""
    found: dict[str, Any] = {"icon": icon(BLACK)}
    for kind in ("story", "list", "front"):
        of = look(kind, "Latn", "en", BLACK)
        found[kind] = {"style": of.style, "policy": of.policy}
    return found


def hugo(folder: Path, stories: Iterable[tuple[Story, Issue]]) -> None:
    """A Hugo site in ``folder``."""
    shutil.copytree(TEMPLATES / "hugo", folder, dirs_exist_ok=True)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "look.json").write_text(json.dumps(looks()), "utf-8")
    (data / "desks.json").write_text(json.dumps(build_stories.SECTIONS), "utf-8")
    months: dict[str, datetime] = {}
    for story, issue in stories:
        file = folder / "content" / story_path(story).replace(".html", ".md")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(front_matter(fields(story, issue)) + markdown(story), "utf-8")
        months[f"{story.published:%Y-%m}"] = story.published
    _term(folder, "desks", build_stories.SECTIONS, ["HTML", "RSS", "atom", "jsonfeed"])
    _term(folder, "months", months, ["HTML", "atom"])


def _term(folder: Path, taxonomy: str, names: Iterable[str], outputs: list[str]) -> None:
    for name in names:
        file = folder / "content" / taxonomy / name / "_index.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(front_matter({"title": name.capitalize(), "outputs": outputs}), "utf-8")
