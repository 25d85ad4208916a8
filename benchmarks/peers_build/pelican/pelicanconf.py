"""The same newspaper for Pelican. This file runs in Pelican's own environment."""

import json
import pathlib
from datetime import datetime
from typing import Any

from pelican import signals  # type: ignore[import-not-found] # Pelican has an environment of its own

_HERE = pathlib.Path(__file__).parent
_PAPER = json.loads((_HERE / "paper.json").read_text())
_LISTED = 30

SITENAME = _PAPER["name"]
SITEURL = _PAPER["base"] + "en"
FEED_DOMAIN = SITEURL
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
PATH = "content"
OUTPUT_PATH = "public"
THEME = "theme"
ARTICLE_PATHS = [""]
PAGE_PATHS: list[str] = []
STATIC_PATHS: list[str] = []
SLUGIFY_SOURCE = "basename"
MARKDOWN = {"extensions": ["markdown.extensions.meta"], "output_format": "html"}
FORMATTED_FIELDS: list[str] = []
TYPOGRIFY = False
LOG_HANDLER = "plain"

DEFAULT_PAGINATION = _LISTED
PAGINATED_TEMPLATES = {"tag": None, "category": None}
PAGINATION_PATTERNS = ((1, "{url}", "{save_as}"), (2, "{name}/{number}{extension}", "{name}/{number}{extension}"))
CATEGORY_URL = CATEGORY_SAVE_AS = "s/{slug}.html"
TAG_URL = TAG_SAVE_AS = "t/{slug}.html"
AUTHOR_SAVE_AS = ""
MONTH_ARCHIVE_URL = MONTH_ARCHIVE_SAVE_AS = "archive/{date:%Y}-{date:%m}.html"
DIRECT_TEMPLATES = ["index", "archive", "corrections", "json_feed", "sitemap"]
JSON_FEED_SAVE_AS = "feed.json"
SITEMAP_SAVE_AS = "sitemap.xml"

FEED_ALL_ATOM = "feed.atom.xml"
FEED_ALL_RSS = "rss.xml"
CATEGORY_FEED_ATOM = "s/{slug}.atom.xml"
CATEGORY_FEED_RSS = "s/{slug}.rss.xml"
TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
FEED_MAX_ITEMS = _LISTED
RSS_FEED_SUMMARY_ONLY = False


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Named functions, because Pelican's cache keeps the settings and cannot keep nameless ones.


def _day(text: str) -> str:
    return f"{_time(text):%-d %B %Y}"


def _moment(text: str) -> str:
    return f"{_time(text):%-d %B %Y, %H:%M UTC}"


def _slug(text: str) -> str:
    return text.replace(" ", "-")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _linked(story: dict[str, Any]) -> str:
    """schema.org NewsArticle."""
    base = _PAPER["base"]
    found = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story["title"],
        "inLanguage": "en",
        "datePublished": story["published"],
        "dateModified": story.get("changed") or story["published"],
        "publisher": _PAPER["publisher"],
        "isAccessibleForFree": True,
        "mainEntityOfPage": f"{base}en/{story['path']}",
    }
    if story.get("lead"):
        found["description"] = story["lead"]
    found["author"] = [{"@type": "Person", "name": name} for name in story["byline"]]
    if story.get("dateline"):
        found["dateline"] = story["dateline"]
    if story.get("picture"):
        stem = f"{base}pictures/{story['picture']['file']}-500-500-"
        found["image"] = [f"{stem}{width}.jpg" for width in (320, 640, 1280)]
    found["keywords"] = story["topics"]
    if story.get("corrections"):
        found["correction"] = [
            {"@type": "CorrectionComment", "text": each["text"], "datePublished": each["at"]}
            for each in story["corrections"]
        ]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


JINJA_ENVIRONMENT = {"trim_blocks": True, "lstrip_blocks": True, "autoescape": True, "extensions": []}
JINJA_GLOBALS = {"paper": _PAPER}
JINJA_FILTERS = {"day": _day, "moment": _moment, "slug": _slug, "linked": _linked, "json": _json}


def _read_story(article: Any) -> None:  # noqa: ANN401 - Pelican has no types
    """Everything that templates show of a story, read once."""
    text = article.metadata.get("story")
    if text:
        article.story = json.loads(text)


def _relate(generator: Any) -> None:  # noqa: ANN401 - Pelican has no types
    """Up to two newer and three older stories of the first topic."""
    for tag, articles in generator.tags.items():
        newest = sorted(articles, key=lambda article: article.story["published"], reverse=True)
        for at, article in enumerate(newest):
            if article.story["topics"][0] == str(tag):
                article.related = [each.story for each in newest[max(0, at - 2) : at] + newest[at + 1 : at + 4]]


class _Plugin:
    __name__ = "newspaper"

    @staticmethod
    def register() -> None:
        signals.content_object_init.connect(_read_story)
        signals.article_generator_finalized.connect(_relate)


PLUGINS = [_Plugin]
