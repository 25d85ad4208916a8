"""Real news in 27 languages: every paragraph is on its story's page and in its feeds, equal to what went in."""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

import lxml.html
import pytest
from feed_kit import ATOM, FEEDS, FH, contents
from lxml import etree
from press_kit import NOW, Desk, paper

from tamizdat.story import Paragraph, Story, rich

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "ntrex"
FILES = sorted(CORPUS.glob("*.jsonl"))
SECTIONS = (("politics",), ("culture",), ("unlisted",), ())

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus/ntrex beside the checkout"),
]
in_every_language = pytest.mark.parametrize("name", [file.stem for file in FILES])


@cache
def pressed(name):
    """The corpus in one language, a story every seven hours, and the site of it."""
    lines = [json.loads(line) for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    desk = Desk(paper(lines[0]["lang"]))
    for number, line in enumerate(lines):
        body = tuple(Paragraph(rich(text)) for text in line["paragraphs"])
        when = NOW - timedelta(hours=7 * number)
        section = SECTIONS[number % len(SECTIONS)]
        desk.put(Story(line["id"], line["lang"], line["headline"], when, body, sections=section))
    desk.begin()
    return {line["id"]: line for line in lines}, desk


def paragraphs(html):
    return [element.text_content() for element in html.iter("p")]


def on_pages(desk, story_id):
    """The headline on a story's first page, and the paragraphs of the body on all its pages."""
    path: str | None = desk.card(story_id).path
    headlines, found = [], []
    while path:
        page = lxml.html.document_fromstring(desk.pages[path])
        headlines.append(page.findtext(".//h1"))
        found += paragraphs(page.find_class("text")[0])
        onward = [link.get("href") for link in page.iter("a") if link.get("rel") == "next"]
        path = normpath(join(dirname(path), onward[0])) if onward else None
    return headlines, found


@in_every_language
def test_every_paragraph_is_on_its_page(name):
    lines, desk = pressed(name)
    assert len(lines) == 100
    for story_id, line in lines.items():
        headlines, found = on_pages(desk, story_id)
        assert set(headlines) == {line["headline"]}
        assert found == line["paragraphs"], story_id


@in_every_language
def test_every_paragraph_is_in_the_feed_and_its_archive(name):
    """A program that follows the archive from the feed has every story whole."""
    lines, desk = pressed(name)
    path: str | None = "feed.atom.xml"
    read = {}
    while path:
        feed = etree.fromstring(desk.pages[path])
        for entry in feed.iter(f"{ATOM}entry"):
            told = entry.findtext(f"{ATOM}title"), _told(entry.findtext(f"{ATOM}content"))
            assert read.setdefault(entry.findtext(f"{ATOM}id").rpartition(":")[2], told) == told
        older = [link.get("href") for link in feed.iter(f"{ATOM}link") if link.get("rel") == "prev-archive"]
        assert bool(feed.findall(f"{FH}archive")) == path.startswith("archive/")
        path = normpath(join(dirname(path), older[0])) if older else None
    assert read == {key: (line["headline"], line["paragraphs"]) for key, line in lines.items()}


def _told(content):
    """The paragraphs of a story in a feed."""
    return paragraphs(lxml.html.fragment_fromstring(content, create_parent="div"))


@in_every_language
def test_every_paragraph_is_in_the_other_feeds_of_its_newest_stories(name):
    lines, desk = pressed(name)
    for path in FEEDS:
        texts = contents(path, desk.pages[path])
        assert len(texts) == desk.paper.stories_in_feed
        for entry, html in texts.items():
            assert _told(html) == lines[entry.rpartition(":")[2]]["paragraphs"], path


def test_the_whole_corpus_is_here():
    assert len({pressed(file.stem)[1].paper.language for file in FILES}) == 27
    assert sum(len(pressed(file.stem)[0]) for file in FILES) == 2_700
