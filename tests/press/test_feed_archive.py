"""The archive of the feed (RFC 5005): every story is in it, and a subscriber who comes by now and then misses none."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from feed_kit import ATOM, BASE, FH, Html, at, atom_entries, contents, desk_with, urn
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from press_kit import NOW, Desk, paper

from tamizdat.press.card import Card, Issue
from tamizdat.press.feeds.language_feeds import LanguageFeeds
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.parts import MONTH_STORIES, all_parts
from tamizdat.press.stack import ALL, Stacks
from tamizdat.story import Paragraph, Story, rich

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "ntrex"
FEED = "feed.atom.xml"


def links(path, data):
    """Where the links of a feed lead, by what they are, from the language's folder."""
    found = etree.fromstring(data).iterchildren(f"{ATOM}link")
    return {link.get("rel"): at(path, link.get("href")) for link in found}


def chain(pages, known=()):
    """Documents that a subscriber reads: the feed, then the archive from its newest, until one that is known."""
    path = FEED
    while path and path not in known:
        yield path
        path = links(path, pages[path]).get("prev-archive")


def ids(pages, path):
    return list(atom_entries(pages[path]))


def archived(pages):
    return {path for path in pages if path.startswith("archive/") and path.endswith(".atom.xml")}


@settings(max_examples=25)
@given(st.integers(0, 500), st.sampled_from([0, 1, 5, 29, 30, 31, 61, 95]), st.sampled_from([1, 5, 30, 40]))
def test_whoever_follows_the_chain_has_every_story(seed, count, stories_in_feed):
    desk = Desk(paper("prs", stories_in_feed=stories_in_feed), seed)
    for number in range(count):
        desk.put(desk.story(f"s{number}"))
    desk.begin()
    read = [name for path in chain(desk.pages) for name in ids(desk.pages, path)]
    assert set(read) == {urn(desk, name) for name in desk.stories}
    assert ids(desk.pages, FEED) == read[: min(count, stories_in_feed)]


def test_archive_documents_say_where_they_stand():
    desk = desk_with(150)
    documents = archived(desk.pages)
    assert len(documents) > 5
    months = sorted(path.removesuffix(".html") for path in desk.pages if path.startswith("archive/2026"))
    assert documents == {f"{path.removesuffix('.atom.xml')}.atom.xml" for path in months if path.endswith(".xml")}
    assert len(months) == 2 * len(documents)  # one for each page of the archive
    oldest = 0
    for path in documents:
        feed, found = etree.fromstring(desk.pages[path]), links(path, desk.pages[path])
        assert feed.find(f"{FH}archive") is not None
        assert found["current"] == FEED
        assert found["self"] == path
        assert feed.findtext(f"{ATOM}id") == etree.fromstring(desk.pages[FEED]).findtext(f"{ATOM}id")
        assert 0 < len(ids(desk.pages, path)) <= MONTH_STORIES
        if "prev-archive" in found:
            assert links(found["prev-archive"], desk.pages[found["prev-archive"]])["next-archive"] == path
        else:
            oldest += 1
    assert oldest == 1
    assert etree.fromstring(desk.pages[FEED]).find(f"{FH}archive") is None
    assert not {"current", "next-archive"} & links(FEED, desk.pages[FEED]).keys()


def test_there_is_no_archive_of_what_the_feed_has_anyway():
    desk = Desk(paper(stories_in_feed=3), 1)
    for number in range(3):
        desk.put(desk.story(f"s{number}", published=NOW))
    desk.begin()
    assert not archived(desk.pages)
    desk.put(desk.story("more", published=NOW))
    desk.update({"more"})
    assert archived(desk.pages) == {"archive/2026-11.atom.xml"}
    desk.remove("more")
    desk.update({"more"})
    assert not archived(desk.pages)


def test_a_subscriber_who_comes_by_now_and_then_misses_nothing():
    """Documents of the archive are fetched once: whatever the feed names as its newest must not grow any more."""
    desk = Desk(paper(stories_in_feed=30), 5)
    desk.begin()
    known, read = set(), set()
    for visit in range(14):
        news = [f"v{visit}.{number}" for number in range(desk.random.choice((1, 8, 29, 70)))]
        for minute, name in enumerate(news):
            desk.put(desk.story(name, published=NOW + timedelta(days=9 * visit, minutes=minute)))
        desk.update(news)
        for path in list(chain(desk.pages, known)):
            read.update(ids(desk.pages, path))
            known.add(path)
        known.discard(FEED)
        assert read == {urn(desk, name) for name in desk.stories}


def test_news_leaves_finished_documents_as_they_are():
    desk = Desk(paper(stories_in_feed=30), 5)
    for number in range(100):
        desk.put(desk.story(f"s{number:03}", published=NOW - timedelta(hours=100 - number)))
    desk.begin()
    desk.issue = Issue(2, NOW + timedelta(hours=1))
    desk.put(desk.story("news", published=NOW))
    desk.update({"news"})
    finished = sorted(archived(desk.pages))[:2]
    assert finished == ["archive/2026-11.2.atom.xml", "archive/2026-11.3.atom.xml"]
    assert not desk.pressed.keys() & {"archive/2026-11.atom.xml", finished[0]}
    assert desk.pressed["archive/2026-11.4.atom.xml"]
    assert b"2026-11-23T12:00:00Z</updated>" in desk.pages["archive/2026-11.atom.xml"]


def test_addresses_of_the_archive_are_whole_where_the_site_has_one():
    desk = desk_with(60, base_url=BASE)
    for path in archived(desk.pages):
        root = etree.fromstring(desk.pages[path])
        assert all(link.get("href").startswith(f"{BASE}en/") for link in root.iterchildren(f"{ATOM}link"))


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus/ntrex beside the checkout")
def test_every_paragraph_of_the_corpus_is_in_the_feeds_of_its_language_as_it_went_in():
    total = 0
    for file in sorted(CORPUS.glob("*.jsonl")):
        lines = {line["id"]: line for line in map(json.loads, file.read_text("utf-8").splitlines())}
        stories = {name: _story(line, at_) for at_, (name, line) in enumerate(lines.items())}
        files = _feeds(file.stem, stories)
        texts = {}
        for path in chain(files):
            entries = atom_entries(files[path]).items()
            texts |= {urn_: (each.findtext(f"{ATOM}content"), each.findtext(f"{ATOM}title")) for urn_, each in entries}
        assert len(texts) == len(lines)
        for name, line in lines.items():
            html, title = texts[f"urn:tamizdat:{'3f' * 16}:{file.stem}:{name}"]
            assert title == line["headline"]
            assert Html(html).paragraphs == line["paragraphs"]
        for path in ("rss.xml", "feed.json"):
            assert contents(path, files[path]) == contents(FEED, files[FEED])
        total += len(texts)
    assert total == 2700


def _story(line, number):
    return Story(
        story_id=line["id"],
        language=line["lang"],
        headline=line["headline"],
        published=NOW - timedelta(hours=9 * number),
        body=tuple(Paragraph(rich(text)) for text in line["paragraphs"]),
    )


def _feeds(language, stories):
    paper_ = paper(language, stories_in_feed=30)
    stacks = Stacks(paper_.locale.month_of)
    stacks.fill(Card.of(story, Issue(1, NOW)) for story in stories.values())
    feeds = LanguageFeeds(paper_, stacks)
    feeds.refresh()
    manuscripts = {name: Manuscript.of(story) for name, story in stories.items()}
    files = dict(feeds.newest(ALL, manuscripts.__getitem__))
    for month, part in all_parts(stacks[ALL]):
        document = feeds.archived(month, part, manuscripts.__getitem__)
        number = f".{part}" if part > 1 else ""
        files[f"archive/{month}{number}.atom.xml"] = document
    return files
