"""Maps of the site for search engines (sitemaps.org, Google's news sitemaps), and what their robots may do.

Maps give whole addresses, so they are only there where the site has a base address. A map may name only what lies
beside and below it, and an index of maps no other index; so each language has one, in its own folder.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Final

from tamizdat.edition.canonical import time_to_text
from tamizdat.locales import Month
from tamizdat.press.address import FRONT, sitemap_path, stack_path
from tamizdat.press.card import Card, Issue
from tamizdat.press.feeds.entry import last_change
from tamizdat.press.paper import Paper
from tamizdat.press.parts import part_keys
from tamizdat.press.stack import ALL, CORRECTED, StackName, Stacks
from tamizdat.press.xml import DECLARATION, possible

INDEX: Final = "sitemap.xml"
NEWS: Final = "news-sitemap.xml"
PAGES: Final = "sitemap-pages.xml"
_MOST: Final = 50_000
"""Entries of one map or index. At some 200 bytes each, and stories 30 to a map, it stays far below 50 MB."""
_MOST_NEWS: Final = 1_000
_NEWS_AGE: Final = timedelta(days=2)
_FIXED: Final = ("about.html", "safety.html", "verify.html")
_SITEMAP: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XHTML: Final = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
_GOOGLE_NEWS: Final = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'

Others = Mapping[str, Mapping[str, str]]
"""For each story id its path below the web root in every language that has it."""


class LanguageMaps:
    """Presses the maps of one language out of its stacks. The site must have a base address."""

    def __init__(self, paper: Paper, stacks: Stacks) -> None:
        self._paper = paper
        self._stacks = stacks
        self._root = escape(paper.base_url)
        self._folder = f"{self._root}{escape(paper.language)}/"
        self._lines: dict[tuple[Month, int], str] = {}
        """What the index says of each part of a month."""

    def month(self, month: Month, part: int, others: Others) -> tuple[str, bytes]:
        """The map of one part of a month: its path below the language's folder, and its bytes."""
        cards = self.note(month, part)
        return sitemap_path(month, part), _document(
            "urlset", f"{_SITEMAP} {_XHTML}", (self._story(card, others) for card in cards)
        )

    def note(self, month: Month, part: int) -> Sequence[Card]:
        """Note what the index says of the map of a part; the stories in it."""
        cards = self._stacks.listed(part_keys(self._stacks[ALL], month, part))
        self._lines[month, part] = _mapped(self._folder + sitemap_path(month, part), max(map(last_change, cards)))
        return cards

    def drop(self, month: Month, part: int) -> str:
        """The path of the map of a part that is no more."""
        self._lines.pop((month, part), None)
        return sitemap_path(month, part)

    def rest(self, topics: Iterable[str], issue: Issue) -> Iterator[tuple[str, bytes]]:
        """The maps that may change with every edition. ``topics`` are those that have pages."""
        sections = (StackName("section", name) for name in self._paper.section_ids)
        named = (StackName("topic", topic) for topic in topics)
        lists = map(stack_path, (ALL, CORRECTED, *sections, *named))
        paths = (FRONT, *_FIXED, *lists)
        urls = (f"<url><loc>{self._folder}{path}</loc></url>\n" for path in paths[:_MOST])
        yield PAGES, _document("urlset", _SITEMAP, urls)
        yield NEWS, _document("urlset", f"{_SITEMAP} {_GOOGLE_NEWS}", self._news(issue))
        newest = sorted(self._lines, reverse=True)[: _MOST - 1]
        lines = (f"<sitemap><loc>{self._folder}{PAGES}</loc></sitemap>\n", *(self._lines[key] for key in newest))
        yield INDEX, _document("sitemapindex", _SITEMAP, lines)

    def _story(self, card: Card, others: Others) -> str:
        versions = others.get(card.story_id, {})
        alternates = ""
        if len(versions) > 1:
            alternates = "".join(
                f'<xhtml:link rel="alternate" hreflang="{language}" href="{self._root}{path}"/>'
                for language, path in sorted(versions.items())
            )
        changed = time_to_text(last_change(card))
        return f"<url><loc>{self._folder}{card.path}</loc><lastmod>{changed}</lastmod>{alternates}</url>\n"

    def _news(self, issue: Issue) -> Iterator[str]:
        language = self._paper.language.partition("-")[0]
        name = escape(possible(self._paper.name))
        for key in self._stacks[ALL].keys[:_MOST_NEWS]:
            card = self._stacks.card(key)
            if card.published <= issue.time - _NEWS_AGE:
                return
            if card.retracted:
                continue
            yield (
                f"<url><loc>{self._folder}{card.path}</loc><news:news><news:publication><news:name>{name}</news:name>"
                f"<news:language>{language}</news:language></news:publication>"
                f"<news:publication_date>{time_to_text(card.published)}</news:publication_date>"
                f"<news:title>{escape(possible(card.headline))}</news:title></news:news></url>\n"
            )


def root_maps(papers: Sequence[Paper]) -> dict[str, bytes]:
    """``robots.txt`` and ``sitemap.xml`` of the whole site: the chooser and all front pages."""
    base = papers[0].base_url if papers else ""
    robots = "User-agent: *\nAllow: /\n"
    if not base:
        return {"robots.txt": robots.encode()}
    maps = [INDEX, *(f"{paper.language}/{name}" for paper in papers for name in (INDEX, NEWS))]
    robots += "\n" + "".join(f"Sitemap: {base}{path}\n" for path in maps)
    fronts = [f'hreflang="{paper.language}" href="{escape(base)}{paper.language}/{FRONT}"' for paper in papers]
    fronts.append(f'hreflang="x-default" href="{escape(base)}{FRONT}"')
    alternates = "".join(f'<xhtml:link rel="alternate" {front}/>' for front in fronts)
    paths = (FRONT, *(f"{paper.language}/{FRONT}" for paper in papers))
    urls = (f"<url><loc>{escape(base)}{path}</loc>{alternates}</url>\n" for path in paths)
    return {"robots.txt": robots.encode(), INDEX: _document("urlset", f"{_SITEMAP} {_XHTML}", urls)}


def _mapped(address: str, changed: datetime) -> str:
    return f"<sitemap><loc>{address}</loc><lastmod>{time_to_text(changed)}</lastmod></sitemap>\n"


def _document(tag: str, namespaces: str, lines: Iterable[str]) -> bytes:
    return DECLARATION + f"<{tag} {namespaces}>\n{''.join(lines)}</{tag}>\n".encode()
