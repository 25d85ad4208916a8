"""The same stories for Hugo, Pelican and Eleventy: Markdown files with front matter, and templates of our own.

The templates in ``peers_build/`` make what the press makes: stories with the same head, policy, style, linked data,
notices and related stories; lists of sections, topics, months and corrections; a front page, feeds and a map. What a
generator cannot do without a program of one's own is left out, and lists are cut into pages its own way.
"""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from benchmarks import build_paper, build_stories
from tamizdat.edition.canonical import time_to_text
from tamizdat.press.card import story_path
from tamizdat.story import Heading, ListBlock, Paragraph, Quote, RichText, Story

TEMPLATES: Final = Path(__file__).resolve().parent / "peers_build"
_TIMES: Final = frozenset({"date", "lastmod", "issued"})
_REFERENCES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


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
    for sign in "\\`*_[]#":
        text = text.replace(sign, f"\\{sign}")
    for sign, reference in _REFERENCES.items():
        text = text.replace(sign, reference)
    if text[:1].isdigit():
        # "1. " would begin a list.
        text = text.replace(".", "\\.", 1)
    if text[:1] in {"-", "+"}:
        text = f"\\{text}"
    if emphasis:
        text = f"*{text}*"
    return f"[{text}]({href})" if href else text


# --- Hugo ---------------------------------------------------------------------------------------------------------


def hugo_file(story: Story) -> str:
    """One story for Hugo. JSON is YAML; times stand without quotes, so that they are read as such."""
    values = _fields(story) | {
        "date": time_to_text(story.published),
        "lastmod": time_to_text(story.updated or story.published),
        "url": f"/{story_path(story)}",
        "months": [f"{story.published:%Y-%m}"],
        "corrected": ["corrections"] if story.corrections else [],
    }
    return _front_matter(values) + markdown(story)


def _front_matter(values: dict[str, Any]) -> str:
    lines = []
    for name, value in values.items():
        if value:
            text = json.dumps(value, ensure_ascii=False)
            lines.append(f"{name}: {value if name in _TIMES else text}")
    return "---\n" + "\n".join(lines) + "\n---\n"


def hugo(folder: Path, stories: Iterable[Story]) -> None:
    """A Hugo site in ``folder``."""
    shutil.copytree(TEMPLATES / "hugo", folder, dirs_exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "paper.json").write_text(json.dumps(build_paper.for_templates()), "utf-8")
    months: set[str] = set()
    for story in stories:
        _write(folder, story, hugo_file)
        months.add(f"{story.published:%Y-%m}")
    _term(folder, "desks", build_stories.SECTIONS, ["HTML", "RSS", "atom", "jsonfeed"])
    _term(folder, "months", months, ["HTML", "atom"])


def _term(folder: Path, taxonomy: str, names: Iterable[str], outputs: list[str]) -> None:
    for name in names:
        file = folder / "content" / taxonomy / name / "_index.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_front_matter({"title": name.capitalize(), "outputs": outputs}), "utf-8")


# --- Pelican ------------------------------------------------------------------------------------------------------


def pelican_file(story: Story) -> str:
    """One story for Pelican. What templates show is one line of JSON."""
    path = story_path(story)
    lines = (
        f"title: {story.headline}",
        f"date: {time_to_text(story.published)}",
        f"category: {story.sections[0]}",
        f"tags: {', '.join(story.topics)}",
        f"url: {path}",
        f"save_as: {path}",
        f"story: {json.dumps(_story(story), ensure_ascii=False)}",
    )
    return "\n".join(lines) + "\n\n" + markdown(story)


def pelican(folder: Path, stories: Iterable[Story]) -> None:
    """A Pelican site in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(TEMPLATES / "pelican" / "pelicanconf.py", folder)
    for source in (TEMPLATES / "shared", TEMPLATES / "pelican" / "templates"):
        shutil.copytree(source, folder / "theme" / "templates", dirs_exist_ok=True)
    (folder / "theme" / "static").mkdir(exist_ok=True)
    (folder / "paper.json").write_text(json.dumps(build_paper.for_templates()), "utf-8")
    for story in stories:
        _write(folder, story, pelican_file)


# --- Eleventy -----------------------------------------------------------------------------------------------------


def eleventy_file(story: Story) -> str:
    """One story for Eleventy, with front matter in JSON, which it reads fastest."""
    values = {"date": time_to_text(story.published), "story": _story(story)}
    return f"---json\n{json.dumps(values, ensure_ascii=False)}\n---\n{markdown(story)}"


def eleventy(folder: Path, stories: Iterable[Story]) -> None:
    """An Eleventy site in ``folder``."""
    shutil.copytree(TEMPLATES / "eleventy", folder, dirs_exist_ok=True)
    shutil.copytree(TEMPLATES / "shared", folder / "_includes", dirs_exist_ok=True)
    (folder / "paper.json").write_text(json.dumps(build_paper.for_templates()), "utf-8")
    for story in stories:
        _write(folder, story, eleventy_file)
    (folder / "content.11tydata.mjs").rename(folder / "content" / "content.11tydata.mjs")


# --- all of them --------------------------------------------------------------------------------------------------


def source_path(folder: Path, story: Story) -> Path:
    """Where a peer's site has the story."""
    return folder / "content" / story_path(story).replace(".html", ".md")


def _write(folder: Path, story: Story, form: Callable[[Story], str]) -> None:
    file = source_path(folder, story)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(form(story), "utf-8")


def _fields(story: Story) -> dict[str, Any]:
    """What templates show of a story but for its dates, in the names that all three have."""
    issue = build_paper.issue_of(story)
    found: dict[str, Any] = {
        "title": story.headline,
        "id": story.story_id,
        "path": story_path(story),
        "lead": story.lead,
        "byline": list(story.byline),
        "dateline": story.dateline,
        "desks": list(story.sections),
        "topics": list(story.topics),
        "agencies": list(story.agencies),
        "edition": issue.number,
        "issued": time_to_text(issue.time),
        "changed": time_to_text(story.updated) if story.updated else "",
        "corrections": [{"at": time_to_text(each.at), "text": each.text} for each in story.corrections],
    }
    if story.picture:
        picture = story.picture
        found["picture"] = {
            "file": picture.file, "alt": picture.alt, "caption": picture.caption, "credit": picture.credit
        }  # fmt: skip
    return found


def _story(story: Story) -> dict[str, Any]:
    """The same with its dates as text; without what is empty."""
    dates = {"published": time_to_text(story.published), "month": f"{story.published:%Y-%m}"}
    return {name: value for name, value in (_fields(story) | dates).items() if value}
