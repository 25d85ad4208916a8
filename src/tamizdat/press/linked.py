"""What a story page says to machines: schema.org NewsArticle as JSON-LD."""

import json
from typing import Any

from tamizdat.edition.canonical import time_to_text
from tamizdat.pictures.variants import variants
from tamizdat.press.feeds.entry import last_change
from tamizdat.press.paper import Paper
from tamizdat.story import UPDATE, Story


def news_article(story: Story, paper: Paper, path: str) -> str:
    """The JSON of one story, safe inside ``<script>``. Addresses are in it only where the site has a base address."""
    base = paper.base_url
    publisher: dict[str, Any] = {"@type": "NewsMediaOrganization", "name": paper.name}
    if base:
        publisher["url"] = base
        publisher["correctionsPolicy"] = f"{base}{paper.language}/corrections.html"
    article: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.headline,
        "inLanguage": paper.language,
        "datePublished": time_to_text(story.published),
        "dateModified": time_to_text(last_change(story)),
        "publisher": publisher,
        "isAccessibleForFree": True,
    }
    if base:
        article["mainEntityOfPage"] = f"{base}{paper.language}/{path}"
    if story.lead:
        article["description"] = story.lead
    article["author"] = [{"@type": "Person", "name": name} for name in story.byline] or [publisher]
    if story.dateline:
        article["dateline"] = story.dateline
    if story.picture and base:
        article["image"] = [f"{base}{each.path}" for each in variants(story.picture).lead.jpeg]
    if story.topics:
        article["keywords"] = list(story.topics)
    if story.retracted:
        article["creativeWorkStatus"] = "Retracted"
    if corrections := [each for each in story.corrections if each.kind != UPDATE]:
        article["correction"] = [
            {"@type": "CorrectionComment", "text": each.text, "datePublished": time_to_text(each.at)}
            for each in corrections
        ]
    text = json.dumps(article, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
