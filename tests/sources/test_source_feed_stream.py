"""Feeds of any length item by item: memory of one item, a broken item hurts only itself, time grows with the text."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import NOW, Take
from tamizdat.errors import SourceError
from tamizdat.limits import Limits
from tamizdat.sources import feed as feed_module
from tamizdat.sources.registry import open_source
from tamizdat.story import Embed

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
OPENING = f'<rss version="2.0" {NAMESPACES}><channel><title>F</title><link>https://e.org/</link>'
LANGUAGE = "<language>ru</language>"
END = "</channel></rss>"
DATE = "<pubDate>Mon, 23 Nov 2026 12:00:00 GMT</pubDate>"


def item(guid, inside=""):
    return f"<item><title>T{guid}</title><guid>{guid}</guid>{DATE}{inside}</item>\n"


@pytest.fixture
def feed(take, tmp_path):
    def run(*items, head=LANGUAGE, tail=""):
        (tmp_path / "feed.xml").write_text(f"{OPENING}{head}{''.join(items)}{tail}{END}", "utf-8")
        return take("feed", path="feed.xml")

    return run


# --- one item at a time ---


def test_what_a_feed_says_of_itself_behind_its_items_counts(feed):
    taken = feed(item(1, '<enclosure url="/a.mp3" type="audio/mpeg"/>'), head="", tail=LANGUAGE)
    assert [story.language for story in taken.stories] == ["ru"]
    assert taken.stories[0].body[-1] == Embed("https://e.org/a.mp3", "a.mp3")


@pytest.mark.parametrize(
    "broken",
    [
        "a & b &nbsp; <b>c",
        "<description>a</title>",
        "</channel></rss>",
        "<dc2:x>a</dc2:x>",
        "<a b=c>d</a>",
        "&#0;",
        "<item/",
    ],
)
def test_an_item_that_is_not_well_formed_hurts_only_itself(feed, broken):
    good = "<description>1 &lt; 2</description>"
    taken = feed(item(1, good), item(2, broken), item(3, good))
    assert [story.story_id for story in taken.stories] == ["1", "2", "3"]
    assert [story.lead for story in taken.stories if story.story_id != "2"] == ["1 < 2", "1 < 2"]
    assert taken.errors == []
    assert all(note.startswith("feed.xml, entry 2 (2): is not well-formed") for note in taken.notes[:1])


def test_many_items_that_are_not_well_formed_are_counted(feed):
    taken = feed(*(item(number, "a & b") for number in range(5)))
    assert len(taken.stories) == 5
    assert [note.partition(": ")[0] for note in taken.notes] == ["feed.xml, entry 1 (0)", "feed.xml"]
    assert taken.notes[1].endswith("4 more items are not well-formed")


def test_an_item_that_is_too_long_is_left_out_and_the_rest_goes_on(feed, monkeypatch):
    monkeypatch.setattr(feed_module, "LIMITS", Limits(max_item_bytes=2_000))
    taken = feed(item(1), item(2, f"<description>{'x' * 3_000}</description>"), item(3))
    assert [story.story_id for story in taken.stories] == ["1", "3"]
    assert taken.errors == ["feed.xml, entry 2: is longer than 2000 characters"]


def test_a_feed_that_is_long_around_its_items_is_refused(feed, monkeypatch):
    monkeypatch.setattr(feed_module, "LIMITS", Limits(max_item_bytes=2_000))
    with pytest.raises(SourceError, match="around its items"):
        feed(item(1), tail="x" * 3_000)
    with pytest.raises(SourceError, match="around its items"):
        feed(*(item(1) + "x" * 500 for _ in range(5)))


def test_items_are_counted(feed, monkeypatch):
    monkeypatch.setattr(feed_module, "LIMITS", Limits(max_feed_items=2))
    taken = feed(item(1), item(2), item(3))
    assert [story.story_id for story in taken.stories] == ["1", "2"]
    assert taken.errors == ["feed.xml: has more than 2 items: the rest was not read"]


def test_an_item_in_an_item_is_said(feed):
    taken = feed(item(1, "<entry><title>inner</title></entry>"))
    assert [story.headline for story in taken.stories] == ["T1"]
    assert any("holds another item" in note for note in taken.notes)


def test_what_is_no_file(take, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError):
        take("feed", path="folder")


def test_a_guess_needs_more_than_headers(feed, tmp_path, take):
    """What is beyond ASCII may begin far behind the beginning."""
    text = f"{OPENING}{LANGUAGE}<!--{'x' * 400_000}-->{item(1)}".replace("T1", "Привет, редакция новостей") + END
    (tmp_path / "feed.xml").write_bytes(text.encode("koi8-r"))
    assert take("feed", path="feed.xml").stories[0].headline == "Привет, редакция новостей"


# --- memory ---

PROBE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tamizdat.sources.registry import open_source
from tamizdat.story import Embed

def peak():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))

def count(place):
    kind = "url" if place.startswith("http") else "path"
    source = open_source("feed", base_dir=Path("/"), now=datetime(2026, 11, 23, tzinfo=UTC), **{kind: place})
    return sum(1 for _ in source.stories(print))

assert count(sys.argv[1]) == 1
before = peak()
print(count(sys.argv[2]), peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc: the most memory a process had")
@pytest.mark.parametrize("road", ["path", "url"])
def test_a_feed_of_30_megabytes_costs_the_memory_of_an_item(tmp_path, server, road):
    words = "Слово за словом. " * 3_300
    items = [item(number, f"<content:encoded><![CDATA[<p>{words}</p>]]></content:encoded>") for number in range(310)]
    for name, content in (("small", items[:1]), ("large", items)):
        data = f"{OPENING}{LANGUAGE}{''.join(content)}{END}".encode()
        (tmp_path / name).write_bytes(data)
        server.routes[f"/{name}"] = (200, {}, data)
    assert len(data) > 30_000_000
    places = [f"{server.address}/{name}" if road == "url" else str(tmp_path / name) for name in ("small", "large")]
    result = subprocess.run([sys.executable, "-c", PROBE, *places], capture_output=True, text=True, check=True)
    count, grown_kib = map(int, result.stdout.split())
    assert count == 310
    assert grown_kib < 40_000


# --- time ---

SIZE = 25_000
FLOOR_SECONDS = 0.25


def numbered(form):
    return lambda size: "".join(form.format(n=number) for number in range(size // len(form)))


def filled(before, unit, after):
    return lambda size: before + unit * (size // len(unit)) + after


BOMBS = {
    "categories": numbered("<category>c{n}</category>"),
    "subjects": numbered("<dc:subject>c{n}</dc:subject>"),
    "keywords": lambda size: f"<itunes:keywords>{','.join(map(str, range(size // 5)))}</itunes:keywords>",
    "links": numbered("<link href='/{n}'/>"),
    "enclosures": numbered("<enclosure url='/{n}' type='image/png'/>"),
    "authors": numbered("<author>a{n}</author>"),
    "an author of one letter": filled("<author>", "a", "</author>"),
    "media": numbered("<media:content url='/{n}.jpg' medium='image'/>"),
    "media under one description": lambda size: (
        f"<media:group><media:description>{'d ' * size}</media:description>"
        + "<media:content url='/a'/>" * (size // 24)
        + "</media:group>"
    ),
    "texts": numbered("<content:encoded>c{n}</content:encoded>"),
    "titles": numbered("<title>c{n}</title>"),
    "elements in elements": lambda size: "<div>" * (size // 11) + "</div>" * (size // 11),
    "bases in bases": lambda size: "<a xml:base='b/'>" * (size // 21) + "</a>" * (size // 21),
    "a long language": lambda size: f"<language>{'x' * size}</language>" + "<title/>" * (size // 8),
    "attributes": lambda size: f"<link {' '.join(f'a{n}={chr(39)}b{chr(39)}' for n in range(size // 10))}/>",
    "namespaces": lambda size: (
        "".join(f"<n{n}:a xmlns:n{n}='u{n}'>" for n in range(size // 60))
        + "".join(f"</n{n}:a>" for n in reversed(range(size // 60)))
    ),
    "namespaces, side by side": numbered("<n{n}:a xmlns:n{n}='u{n}'/>"),
    "undeclared prefixes": numbered("<n{n}:a/>"),
    "a long date": filled("<pubDate>", "1 ", "</pubDate>"),
    "ampersands": filled("<description>", "&", "</description>"),
    "angle brackets": filled("<description>", "<", "</description>"),
    "unclosed elements": filled("", "<b>", ""),
    "unclosed sections": filled("<description>", "<![CDATA[", "</description>"),
    "unclosed comments": filled("<description>", "<!--", "</description>"),
    "unclosed attributes": filled("<description>", "<a b='", "</description>"),
    "stray ends": filled("<description>", "</a>", "</description>"),
    "markup in a title": filled("<title>", "&lt;b>a&amp;", "</title>"),
    "markup in a plain text": filled("<abstract>", "&lt;b", "</abstract>"),
    "items": lambda size: "".join(item(number) for number in range(size // 400)),
    "unclosed items": filled("", f"<item><title>T</title>{DATE}", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_feed_takes_time_in_proportion(tmp_path, name):
    """Four times the text may cost eight times the processor time; sixteen times would be quadratic."""

    def cost(size):
        (tmp_path / "feed.xml").write_text(f"{OPENING}{LANGUAGE}{item(1, BOMBS[name](size))}{END}", "utf-8")
        source = open_source("feed", path="feed.xml", base_dir=tmp_path, now=NOW)
        began = time.process_time()
        Take(source)
        return time.process_time() - began

    first = cost(SIZE)
    if first > FLOOR_SECONDS:
        assert cost(4 * SIZE) < 8 * first


def test_an_item_of_forty_thousand_categories_goes_in_with_64_and_it_is_said(feed):
    taken = feed(item(1, "".join(f"<category>c{number}</category>" for number in range(40_000))))
    assert taken.stories[0].topics[:2] == ("c0", "c1")
    assert len(taken.stories[0].topics) == 64
    assert any("39936 categories left out" in note for note in taken.notes)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<a>" * 300 + "</a>" * 300, "more than 256 deep"),
        ("<link " + " ".join(f"a{n}='b'" for n in range(300)) + "/>", "more than 256 attributes"),
        ("<content><svg xmlns='http://www.w3.org/2000/svg'/></content><svg><title>x</title></svg>", ""),
        ("<a/>" * 100_001, "more than 100000 elements"),
    ],
    ids=["deep", "attributes", "svg", "elements"],
)
def test_an_item_that_is_out_of_bounds_is_left_out_and_the_rest_goes_on(feed, inside, reason):
    taken = feed(item(1, inside), item(2))
    assert [story.story_id for story in taken.stories][-1] == "2"
    if reason:
        assert reason in taken.errors[0]
