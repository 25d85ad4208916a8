"""Fetching is bounded in bytes, time and reach: drips, redirects, private addresses, proxies."""

import io
import socket
import time
from pathlib import Path

import pytest
from newsroom_server import DrippingServer, NewsroomServer

from conftest import NOW
from tamizdat.errors import ItemError, SourceError
from tamizdat.limits import Limits
from tamizdat.net import addresses
from tamizdat.sources import fetch as fetch_module
from tamizdat.sources import pictures
from tamizdat.sources.fetch import FeedState, fetch
from tamizdat.sources.pictures import WebPictures
from tamizdat.sources.registry import open_source

QUICK = Limits(read_timeout_seconds=0.4, min_source_bytes_per_second=1_000)
FEED = (
    '<rss version="2.0"><channel><title>F</title><link>https://e.org/</link><language>ru</language><item><title>T</title>'
    "<guid>1</guid><pubDate>Mon, 23 Nov 2026 12:00:00 GMT</pubDate><description>{}</description></item></channel></rss>"
)


@pytest.fixture
def other():
    """Another server of this machine: what a feed's author must not reach through us."""
    with NewsroomServer() as running:
        running.routes["/secret"] = (200, {}, b"SECRET")
        yield running


def get(url, home="", max_bytes=1_000_000):
    into = io.BytesIO()
    fetched = fetch(url, max_bytes, into, home=home)
    return fetched and (into.getvalue(), fetched.url)


# --- time ---

DRIPS = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"z"),
    "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("where", DRIPS)
def test_a_server_that_drips_is_left(monkeypatch, where):
    """Each read meets the meter: a byte now and then never adds up to a day."""
    monkeypatch.setattr(fetch_module, "LIMITS", QUICK)
    began = time.monotonic()
    with DrippingServer(*DRIPS[where]) as server, pytest.raises(SourceError, match="slower than 1000 bytes") as caught:
        get(f"{server.address}/feed", server.address)
    assert caught.value.fields["passing"]
    assert time.monotonic() - began < 30


def test_an_answer_that_says_later_is_not_waited_for(server):
    server.routes["/feed"] = (503, {"Retry-After": "86400"}, b"")
    with pytest.raises(SourceError, match="503") as caught:
        get(f"{server.address}/feed", server.address)
    assert caught.value.fields["passing"]
    assert len(server.requests) == 1


# --- reach ---


def test_the_newsrooms_own_address_may_be_anywhere(server):
    server.routes["/feed"] = (302, {"Location": f"{server.address}/new"}, b"")
    server.routes["/new"] = (200, {}, b"feed")
    assert get(f"{server.address}/feed", f"{server.address}/feed") == (b"feed", f"{server.address}/new")


def test_pictures_on_the_newsrooms_own_server_are_fetched_and_on_its_neighbours_not(server, other):
    server.routes["/a.jpg"] = (200, {}, b"JPEG")
    source = open_source("feed", url=f"{server.address}/feed", base_dir=Path("/"), now=NOW)
    assert source.open_picture(f"{server.address}/a.jpg") == b"JPEG"
    with pytest.raises(ItemError, match="not an address of the public network"):
        source.open_picture(f"{other.address}/secret")
    assert other.requests == []


def test_a_redirect_into_the_newsrooms_network_is_not_followed(server, other):
    server.routes["/feed"] = (302, {"Location": f"{other.address}/secret"}, b"")
    with pytest.raises(SourceError) as caught:
        get(f"{server.address}/feed", f"{server.address}/feed")
    assert str(caught.value).startswith(f"{server.address}/feed: redirects to {other.address}/secret: not followed: ")
    assert not caught.value.fields["passing"]
    assert other.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://127.1:{port}/",
        "http://2130706433:{port}/", "http://0x7f.0.0.1:{port}/", "http://0:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/",
        "http://192.168.0.1:80/", "http://user@127.0.0.1:{port}/", "http://e.org@127.0.0.1:{port}/",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_asked(other, address):
    port = other.address.rpartition(":")[2]
    with pytest.raises(SourceError):
        get(address.format(port=port), "http://feed.example:80/feed")
    assert other.requests == []


def test_a_name_that_resolves_to_this_machine_is_not_asked(other, monkeypatch):
    port = int(other.address.rpartition(":")[2])
    monkeypatch.setattr(
        addresses.socket, "getaddrinfo", lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    )
    with pytest.raises(SourceError, match=r"rebound\.example \(127\.0\.0\.1\) is not an address of the public network"):
        get(f"http://rebound.example:{port}/secret", "http://feed.example/feed")
    assert other.requests == []


def test_another_port_of_the_same_host_is_another_place(server, other):
    with pytest.raises(SourceError, match="public network"):
        get(f"{other.address}/secret", f"{server.address}/feed")


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "ftp://e.org/", "gopher://e.org/", "//", "http://", "http:///x"]
)
def test_only_web_addresses_are_asked(server, where):
    server.routes["/feed"] = (302, {"Location": where}, b"")
    with pytest.raises(SourceError):
        get(f"{server.address}/feed", f"{server.address}/feed")
    with pytest.raises(SourceError):
        get(where)


def test_redirects_are_counted(server):
    for number in range(7):
        server.routes[f"/{number}"] = (302, {"Location": f"/{number + 1}"}, b"")
    server.routes["/6"] = (200, {}, b"end")
    assert get(f"{server.address}/1", server.address)[0] == b"end"
    with pytest.raises(SourceError, match="more than 5 times"):
        get(f"{server.address}/0", server.address)


# --- proxies ---


def test_the_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.address)
    server.routes["http://feed.example/feed"] = (200, {}, b"through")
    assert get("http://feed.example/feed", "http://feed.example/feed")[0] == b"through"
    server.routes["http://pictures.example/a.jpg"] = (200, {}, b"JPEG")
    assert get("http://pictures.example/a.jpg", "http://feed.example/feed")[0] == b"JPEG"


def test_no_proxy_goes_directly(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server.routes["/feed"] = (200, {}, b"direct")
    assert get(f"{server.address}/feed", server.address)[0] == b"direct"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/", "http://2130706433/", "http://nas.local/"]
)
def test_a_proxy_is_not_asked_for_a_private_address_either(server, monkeypatch, address):
    monkeypatch.setenv("http_proxy", server.address)
    server.routes[address] = (200, {}, b"SECRET")
    with pytest.raises(SourceError, match=r"public network|local network"):
        get(address, "http://feed.example/feed")
    server.routes["http://feed.example/feed"] = (302, {"Location": address}, b"")
    with pytest.raises(SourceError, match="not followed"):
        get("http://feed.example/feed", "http://feed.example/feed")
    assert [path for path, _ in server.requests] == ["http://feed.example/feed"]


def test_the_newsrooms_own_private_address_goes_through_its_proxy(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.address)
    server.routes["http://cms.lan/feed"] = (200, {}, b"ours")
    assert get("http://cms.lan/feed", "http://cms.lan/feed")[0] == b"ours"


@pytest.mark.parametrize("proxy", ["gopher://x", "http://"])
def test_a_proxy_that_cannot_be_used_is_the_sources_fault(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(SourceError, match="proxy"):
        get("http://feed.example/feed", "http://feed.example/feed")


def test_an_onion_address_is_never_looked_up_without_a_proxy():
    with pytest.raises(SourceError, match="Tor"):
        get("http://abcdef.onion/a.jpg")


# --- what is remembered ---


@pytest.mark.parametrize("etag", ['"' + "x" * 2_000 + '"', "a\tb", "a\x01b"])
def test_a_version_that_cannot_be_sent_back_is_not_kept(server, etag):
    server.routes["/feed"] = (200, {"ETag": etag, "Last-Modified": "yesterday"}, b"feed")
    fetched = fetch(f"{server.address}/feed", 100, io.BytesIO(), home=server.address)
    assert fetched.state == FeedState("", "yesterday")


def test_a_feed_whose_picture_may_come_later_is_read_again(server):
    picture = '&lt;img src="/{}.jpg" alt="A"&gt;'
    for name, answer in (("gone", (404, {}, b"")), ("down", (503, {}, b""))):
        server.routes[f"/{name}.jpg"] = answer
        server.routes[f"/{name}"] = (200, {"ETag": '"1"'}, FEED.format(picture.format(name)).encode())
        source = open_source("feed", url=f"{server.address}/{name}", base_dir=Path("/"), now=NOW)
        for _ in source.stories(print):
            with pytest.raises(ItemError):
                source.open_picture(f"{server.address}/{name}.jpg")
        assert source.state == (FeedState('"1"') if name == "gone" else FeedState())


# --- many pictures ---


def test_a_server_that_says_nothing_is_left_alone_after_three_times(monkeypatch):
    asked = []

    def silent(url, *args, **options):
        asked.append(url)
        raise SourceError("cannot be fetched: no connection", source=url, passing=True)

    monkeypatch.setattr(pictures, "fetch", silent)
    web = WebPictures()
    for number in range(10):
        with pytest.raises(ItemError, match="no connection" if number < 3 else r"e\.org did not answer 3 times"):
            web.open(f"https://e.org/{number}.jpg")
    with pytest.raises(ItemError, match="no connection"):
        web.open("https://other.example/1.jpg")
    assert len(asked) == 4
    assert web.left_for_later


def test_all_pictures_of_a_run_are_bounded_in_time(monkeypatch):
    now = 0.0

    def slow(url, max_bytes, into, *, home):
        nonlocal now
        now += 1_000.0
        into.write(b"JPEG")

    monkeypatch.setattr(pictures, "fetch", slow)
    web = WebPictures(clock=lambda: now)
    for number in range(4):
        assert web.open(f"https://e.org/{number}.jpg") == b"JPEG"
    with pytest.raises(ItemError, match="more than 3600 s"):
        web.open("https://e.org/4.jpg")
    assert web.left_for_later
