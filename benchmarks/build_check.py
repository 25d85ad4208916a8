"""Whether a peer made the same newspaper: as many stories, and the same parts on their pages."""

import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final

from benchmarks import build_paper, build_stories
from tamizdat.press.card import story_path
from tamizdat.press.linked import news_article
from tamizdat.story import Paragraph, Story, plain

_STORY_PAGE: Final = re.compile(r"\d{4}/\d\d/[^/]+\.html")
_SAMPLES: Final = 12
_MOST_CHARS: Final = 8_000
"""Of a story's body that is looked at: the press continues long ones on further pages."""
_LISTS: Final = (
    "index.html",
    "corrections.html",
    "archive/2026-10.html",
    "s/politics.html",
    "feed.atom.xml",
    "sitemap.xml",
)
_HEAD: Final = (
    '<meta http-equiv="Content-Security-Policy" ',
    '<meta name="edition" ',
    '<link rel="icon" ',
    'type="application/atom+xml"',
    '<link rel="canonical" ',
    'hreflang="en"',
    '<meta property="og:title" ',
    '<section class="risk" ',
)
_LINKED: Final = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
_RELATED: Final = re.compile(r'<section class="related" .*?<h3><a href="\.\./\.\./\d{4}/\d\d/', re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Output:
    """What a build wrote."""

    files: int
    lists: int
    """HTML files that are no stories."""
    mib: float


def checked(public: Path, count: int) -> Output:
    """What lies in ``public``. Raises RuntimeError where it is not the newspaper of ``count`` stories."""
    files = [file for file in public.rglob("*") if file.is_file()]
    pages = [file.relative_to(public).as_posix() for file in files if file.suffix == ".html"]
    made = sum(bool(_STORY_PAGE.fullmatch(page)) for page in pages)
    if made != count:
        raise RuntimeError(f"{public}: {made} story pages instead of {count}")
    for path in _LISTS:
        if not (public / path).is_file():
            raise RuntimeError(f"{public}: {path} is missing")
    samples = {story_path(story): story for story in _samples(count)}
    texts = {path: (public / path).read_text("utf-8") for path in samples}
    for path, story in samples.items():
        for lack in _lacks(texts[path], story, path):
            raise RuntimeError(f"{public / path}: {lack} is missing")
    # Not every story has one: the first on its topics to be published, while there is no second.
    if 2 * sum(bool(_RELATED.search(text)) for text in texts.values()) < len(texts):
        raise RuntimeError(f"{public}: related stories are missing")
    return Output(len(files), len(pages) - made, sum(file.stat().st_size for file in files) / 2**20)


def _samples(count: int) -> list[Story]:
    """Stories short enough for one page, from all over the site."""
    first, step = build_stories.ALL_STORIES - count, count // (2 * _SAMPLES)
    stories = (build_stories.story(number) for number in range(first, build_stories.ALL_STORIES, step))
    return [story for story in stories if sum(map(len, _paragraphs(story))) < _MOST_CHARS][:_SAMPLES]


def _paragraphs(story: Story) -> list[str]:
    """Those without links and marks."""
    return [plain(block.text) for block in story.body if isinstance(block, Paragraph) and len(block.text) == 1]


def _lacks(page: str, story: Story, path: str) -> list[str]:
    paper = build_paper.paper()
    style = build_paper.for_templates()["look"]["story"]["style"]
    lacks = [part for part in (*_HEAD, f"<style>{style}</style>") if part not in page]
    if story.picture and '<meta property="og:image" ' not in page:
        lacks.append("the card picture")
    linked = _LINKED.search(page)
    if not linked or json.loads(linked[1]) != json.loads(news_article(story, paper, path)):
        lacks.append("the right linked data")
    text = _words(unescape(_TAG.sub("", page)))
    wanted = (story.headline, story.lead, story.dateline, *story.byline, *_paragraphs(story))
    return [*lacks, *(each for each in wanted if _words(each) not in text)]


def _words(text: str) -> str:
    return " ".join(text.split())
