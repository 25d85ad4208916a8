"""Feeds and pictures over HTTP from a real server on loopback; choosing a source by its settings."""

import gzip
from pathlib import Path

import pytest

from conftest import NOW, Take
from tamizdat.errors import ItemError, SourceError, UsageError
from tamizdat.limits import Limits
from tamizdat.sources import feed, pictures
from tamizdat.sources.fetch import FeedState
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.languages import normal_language
from tamizdat.sources.registry import open_source
from tamizdat.story import Embed, check_story_id

ITEM = "<item><title>{}</title><link>/a</link><guid>1</guid><pubDate>Mon, 23 Nov 2026 12:00:00 GMT</pubDate></item>"


def xml(title="Новость", head=""):
    return (
        f'{head}<rss version="2.0"><channel><title>F</title><language>ru</language>{ITEM.format(title)}</channel></rss>'
    )


def open_feed(url, state=None):
    return open_source("feed", url=url, base_dir=Path("/nonexistent"), now=NOW, state=state)


def test_an_unchanged_feed_yields_nothing_and_a_changed_one_is_read_again(server):
    def answer(headers):
        if headers.get("If-None-Match") == '"1"' or headers.get("If-Modified-Since") == "yesterday":
            return 304, {}, b""
        return 200, {"ETag": '"1"', "Last-Modified": "yesterday"}, xml().encode()

    server.routes["/feed"] = answer
    source = open_feed(f"{server.address}/feed")
    first = Take(source)
    assert [story.headline for story in first.stories] == ["Новость"]
    assert first.stories[0].body == (Embed(f"{server.address}/a", "127.0.0.1"),)
    assert source.state == FeedState('"1"', "yesterday")
    assert not source.complete

    again = open_feed(f"{server.address}/feed", source.state)
    assert Take(again).stories == []
    assert again.state == source.state

    server.routes["/feed"] = (200, {"ETag": '"2"'}, xml("Другая").encode())
    changed = open_feed(f"{server.address}/feed", again.state)
    assert [story.headline for story in Take(changed).stories] == ["Другая"]
    assert changed.state == FeedState('"2"', "")


def test_the_state_is_new_only_when_all_has_been_read(server):
    server.routes["/feed"] = (200, {"ETag": '"1"'}, xml().encode())
    source = open_feed(f"{server.address}/feed")
    next(source.stories(print))
    assert source.state == FeedState()


def test_redirects_gzip_and_the_servers_charset(server):
    body = gzip.compress(xml().encode("koi8-r"))
    headers = {"Content-Encoding": "gzip", "Content-Type": 'text/xml; charset="KOI8-R"'}
    server.routes["/old"] = (301, {"Location": "/new/feed"}, b"")
    server.routes["/new/feed"] = (200, headers, body)
    taken = Take(open_feed(f"{server.address}/old"))
    assert (taken.stories[0].headline, taken.notes) == ("Новость", [])
    assert "python" not in server.requests[0][1]["User-Agent"].lower()


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b""),
        (500, {}, xml().encode()),
        (204, {}, b""),
        (301, {"Location": "/feed"}, b""),
        (301, {"Location": "file:///etc/passwd"}, b""),
        (200, {"Content-Encoding": "gzip"}, b"not gzip"),
        (200, {"Content-Length": "100000"}, b"short"),
        (200, {}, b"<html>Please log in</html>"),
    ],
    ids=["404", "500", "204", "loop", "file", "bad gzip", "cut off", "no feed"],
)
def test_servers_that_fail_are_named(server, answer):
    server.routes["/feed"] = answer
    with pytest.raises(SourceError) as caught:
        Take(open_feed(f"{server.address}/feed"))
    assert str(caught.value).startswith(f"{server.address}/feed: ")
    assert "object at" not in str(caught.value)


def test_no_server(server):
    with pytest.raises(SourceError, match="cannot be fetched"):
        Take(open_feed("http://127.0.0.1:1/feed"))
    with pytest.raises(SourceError):
        Take(open_feed("http://[bad/feed"))


def test_a_bomb_stops_at_the_limit(server, monkeypatch):
    monkeypatch.setattr(feed, "LIMITS", Limits(max_feed_bytes=200_000))
    server.routes["/feed"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000))
    with pytest.raises(SourceError, match="longer than 200000"):
        Take(open_feed(f"{server.address}/feed"))


def test_pictures_from_the_web(server, monkeypatch):
    server.routes["/a.jpg"] = (200, {}, b"JPEG" * 100)
    source = open_feed(f"{server.address}/feed")
    assert source.open_picture(f"{server.address}/a.jpg") == b"JPEG" * 100
    for origin in (f"{server.address}/no.jpg", "file:///etc/passwd", "a.jpg", ""):
        with pytest.raises(ItemError):
            source.open_picture(origin)
    monkeypatch.setattr(pictures, "LIMITS", Limits(max_picture_bytes=100))
    with pytest.raises(ItemError, match="longer than 100"):
        source.open_picture(f"{server.address}/a.jpg")


# --- settings, ids, languages ---


@pytest.mark.parametrize(
    ("kind", "place", "reason"),
    [
        ("wire", {"path": "x"}, "feed, folder, jsonl"),
        ("feed", {}, "path or url"),
        ("feed", {"path": "x", "url": "http://x"}, "path or url"),
        ("folder", {}, "path"),
        ("jsonl", {"url": "http://x"}, "not a url"),
    ],
)
def test_settings_that_cannot_be(tmp_path, kind, place, reason):
    with pytest.raises(UsageError, match=reason):
        open_source(kind, base_dir=tmp_path, now=NOW, **place)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ru", "ru"), ("ru-RU", "ru"), ("en_us", "en"), ("RU", "ru"), ("sr-latn-RS", "sr-Latn"), ("uz_Cyrl", "uz-Cyrl"),
        ("fa-AF", "prs"), ("zh_TW", "zh-Hant"), ("zh-Hant-TW", "zh-Hant"), ("mo", "ro"), ("ru_RU.UTF-8", "ru"),
        ("es-419", "es"), ("russian", ""), ("", ""), ("x", ""), ("ру", ""), ("e" * 200, ""),
    ],
)  # fmt: skip
def test_languages(tag, expected):
    assert normal_language(tag) == expected


@pytest.mark.parametrize(
    ("guid", "start"),
    [
        ("bbc.381790", "bbc.381790"),
        ("https://e.org/2026/11/My-Story.html", "my-story-"),
        ("https://e.org/?p=12", "p-12-"),
        ("urn:uuid:1225c695-cfb8", "1225c695-cfb8-"),
        ("https://e.org/новость", "item-"),
        ("", "item-"),
        ("x" * 300, "x" * 60 + "-"),
        ("-a", "a-"),
        ("\ud800", "item-"),
    ],
)
def test_story_ids(guid, start):
    made = story_id_from(guid)
    assert made.startswith(start)
    assert check_story_id(made) == story_id_from(made)
