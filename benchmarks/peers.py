"""What readers have today, made from the same stories: feed, pages, book, archive."""

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import brotli

from tamizdat.story import Paragraph, Story, plain

Peer = Callable[[Sequence[Story]], int]


def _paragraphs(story: Story) -> str:
    return "".join(f"<p>{escape(plain(block.text))}</p>" for block in story.body if isinstance(block, Paragraph))


def atom(stories: Sequence[Story]) -> bytes:
    """A full-text Atom feed (RFC 4287)."""
    entries = "".join(
        f"<entry><id>urn:story:{story.story_id}</id><title>{escape(story.headline)}</title>"
        f"<updated>{story.published:%Y-%m-%dT%H:%M:%SZ}</updated>"
        f"<author><name>{escape(story.byline[0])}</name></author>"
        f'<category term="{story.sections[0]}"/><category term="{story.topics[0]}"/>'
        f'<content type="html">{escape(f"<p>{story.dateline}</p>" + _paragraphs(story))}</content></entry>'
        for story in stories
    )
    feed = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>'
    return f"{feed}<id>urn:news</id><updated>2026-11-23T00:00:00Z</updated>{entries}</feed>".encode()


def page(story: Story) -> bytes:
    """One article as a bare page."""
    return (
        f'<!doctype html><html lang="{story.language}"><meta charset="utf-8"><title>{escape(story.headline)}</title>'
        f"<h1>{escape(story.headline)}</h1><p>{escape(story.byline[0])}, {story.dateline}, "
        f"<time>{story.published:%Y-%m-%dT%H:%M:%SZ}</time>, {story.sections[0]}, {story.topics[0]}</p>"
        f"{_paragraphs(story)}</html>"
    ).encode()


def atom_gzip(stories: Sequence[Story]) -> int:
    """Bytes of the feed as servers send it."""
    return len(gzip.compress(atom(stories), 9, mtime=0))


def atom_brotli(stories: Sequence[Story]) -> int:
    """Bytes of the feed under brotli at its best."""
    return len(brotli.compress(atom(stories), quality=11, lgwin=24))


def pages_brotli(stories: Sequence[Story]) -> int:
    """Bytes of all pages, each compressed by itself."""
    return sum(len(brotli.compress(page(story), quality=11)) for story in stories)


def epub(stories: Sequence[Story]) -> int:
    """Bytes of an EPUB 3 book with a chapter for each story."""
    out = io.BytesIO()
    names = [f"s{number}.xhtml" for number in range(len(stories))]
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(names)))
    toc = "".join(f'<li><a href="{n}">{escape(s.headline)}</a></li>' for n, s in zip(names, stories, strict=True))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr(
            "META-INF/container.xml", '<container><rootfiles><rootfile full-path="c.opf"/></rootfiles></container>'
        )
        book.writestr("c.opf", f"<package><metadata/><manifest>{items}</manifest><spine>{spine}</spine></package>")
        book.writestr("nav.xhtml", f"<html><nav><ol>{toc}</ol></nav></html>")
        for name, story in zip(names, stories, strict=True):
            book.writestr(name, page(story))
    return len(out.getvalue())


def zim(stories: Sequence[Story]) -> int:
    """Bytes of a ZIM archive, compressed as Kiwix's tools do, without a search index. Raises ImportError."""
    from libzim.writer import Creator, Hint, Item, StringProvider  # noqa: PLC0415 - optional peer

    class _Page(Item):
        def __init__(self, story: Story) -> None:
            super().__init__()
            self._story = story

        def get_path(self) -> str:
            return self._story.story_id

        def get_title(self) -> str:
            return self._story.headline

        def get_mimetype(self) -> str:
            return "text/html"

        def get_contentprovider(self) -> object:
            return StringProvider(page(self._story).decode())

        def get_hints(self) -> dict[object, int]:
            return {Hint.FRONT_ARTICLE: True, Hint.COMPRESS: True}

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "news.zim"
        with Creator(path).config_verbose(False) as creator:
            creator.set_mainpath(stories[0].story_id)
            for story in stories:
                creator.add_item(_Page(story))
        return path.stat().st_size
