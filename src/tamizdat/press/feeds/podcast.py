"""What there is to listen to, as a podcast: RSS 2.0 with the tags that players read, one item for each recording."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Final

from lxml import etree

from tamizdat.press.address import up
from tamizdat.press.card import Card
from tamizdat.press.feeds.entry import paper_urn, played_anywhere, story_urn
from tamizdat.press.feeds.notice import notice_lines
from tamizdat.press.feeds.places import Places
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.press.shown import balanced
from tamizdat.press.xml import ATOM, add, document, inside
from tamizdat.story import SoundBlock, SoundFile, plain

PODCAST: Final = "podcast.rss.xml"
MOST_STORIES: Final = 100
"""In the feed; the archive has all."""
_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST: Final = "https://podcastindex.org/namespace/1.0"
_SUMMARY_CHARS: Final = 3_900
"""Players take no more than 4,000 characters."""


@dataclass(frozen=True, slots=True)
class _Episode:
    """One recording of a story. ``at`` is its place among those of the story, from 1."""

    card: Card
    at: int
    block: SoundBlock
    file: SoundFile
    seconds: int


class Podcast:
    """Presses the podcast of one language. The site must have a base address: players know no relative ones."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._places = Places.of(paper, up(PODCAST))

    def feed(self, told: Iterable[tuple[Card, Manuscript]], updated: datetime) -> bytes:
        """The feed of these stories, newest first."""
        paper, texts, places = self._paper, self._paper.locale.texts, self._places
        root = _rss()
        channel = add(root, "channel")
        add(channel, "title", paper.locale.say("podcast_title", name=paper.name))
        add(channel, "link", places.page("index.html"))
        lines = (*notice_lines(paper, places), paper.tagline, texts["feed_notice"])
        add(channel, "description", "\n".join(filter(None, lines))[:_SUMMARY_CHARS])
        add(channel, "language", paper.language)
        add(channel, "copyright", texts["about_copies"])
        add(channel, "lastBuildDate", format_datetime(updated, usegmt=True))
        add(channel, f"{{{ATOM}}}link", rel="self", type="application/rss+xml", href=places.page(PODCAST))
        add(channel, f"{{{_ITUNES}}}author", paper.name)
        if cover := paper.cover:
            image = add(channel, "image")
            add(image, "url", places.page(cover.path))
            add(image, "title", paper.locale.say("podcast_title", name=paper.name))
            add(image, "link", places.page("index.html"))
            add(channel, f"{{{_ITUNES}}}image", href=places.page(cover.path))
        add(channel, f"{{{_ITUNES}}}category").set("text", "News")
        add(channel, f"{{{_ITUNES}}}explicit", "false")
        add(channel, f"{{{_ITUNES}}}type", "episodic")
        add(channel, f"{{{_PODCAST}}}guid", paper_urn(paper))
        items = [self._item(each) for card, manuscript in told for each in _episodes(card, manuscript)]
        return document(root, b"</channel></rss>", b"\n".join((b"", *items, b"")))

    def _item(self, episode: _Episode) -> bytes:
        root = _rss()
        item = add(root, "item")
        card, block, page = episode.card, episode.block, self._places.page(episode.card.path)
        add(item, "title", balanced(block.title))
        add(item, "link", page)
        add(item, "guid", f"{story_urn(self._paper, card.story_id)}:sound:{episode.at}", isPermaLink="false")
        add(item, "pubDate", format_datetime(card.published, usegmt=True))
        words = card.lead or plain(block.transcript[0])
        add(item, "description", escape(words[:_SUMMARY_CHARS]))
        file = episode.file
        address = self._places.file(file.path)
        add(item, "enclosure", url=address, length=str(file.size), type=file.media_type)
        add(item, f"{{{_ITUNES}}}duration", str(episode.seconds))
        add(item, f"{{{_ITUNES}}}explicit", "false")
        # The page has every word, below the player.
        add(item, f"{{{_PODCAST}}}transcript", url=page, type="text/html", language=self._paper.language)
        return inside(root)


def _episodes(card: Card, manuscript: Manuscript) -> Iterator[_Episode]:
    sounds = (block for block in manuscript.blocks() if isinstance(block, SoundBlock))
    for at, block in enumerate(sounds, 1):
        if recording := block.recording:
            yield _Episode(card, at, block, played_anywhere(recording.files), recording.seconds)


def _rss() -> etree._Element:
    root = etree.Element("rss", nsmap={"atom": ATOM, "itunes": _ITUNES, "podcast": _PODCAST})
    root.set("version", "2.0")
    return root
