"""Which way a request goes: redirects, addresses, proxies, and nobody there."""

import re

import pytest
from http_answers import answer_with, plain

from tamizdat.carriers.http import HttpInbound, _Request
from tamizdat.carriers.http_transfer import Transfer
from tamizdat.errors import CarrierError, UsageError


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["/b/a", "b/a", "//{host}/b/a", "http://{host}/b/a"])
def test_redirects_within_the_host_are_followed(script, status, where):
    def respond(connection, request, number):
        if request.startswith(b"GET /b/a "):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        else:
            location = where.format(host=re.search(rb"Host: (\S+)", request)[1].decode())
            connection.sendall(f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())

    _, carrier = script(respond)
    assert carrier.fetch("a", 10) == b"ok"


@pytest.mark.parametrize(
    "location",
    [
        "http://tracker.example/b",
        "//tracker.example:{port}/b",
        "http://localhost:{port}/b",
        "http://127.0.0.1:{other}/b",
        "http://127.0.0.1/b",
        "http://127.0.0.1.tracker.example:{port}/b",
        "http://reader7@127.0.0.1:{port}/b",
        "ftp://127.0.0.1:{port}/b",
        "file:///etc/passwd",
        "",
        "http://[::1",
        "http://127.0.0.1:99999999/",
        "/b",
        "/ba",
        "/b/a?reader=7",
        "/router/reboot?now=a",
        "/router/reboot#/a",
    ],
)
def test_redirects_elsewhere_are_refused(script, location):
    # The other place would answer, so following shows.
    tracker, _ = script(answer_with(plain(b"seen")))
    ports = {"other": tracker.address.split(":")[2].strip("/")}

    def respond(connection, request, number):
        where = location.format(**ports)
        connection.sendall(f"HTTP/1.1 302 Go\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())

    server, carrier = script(respond)
    ports["port"] = server.address.split(":")[2].strip("/")
    with pytest.raises(CarrierError, match=r"another place|another file|no address"):
        carrier.fetch("a", 10)
    assert len(server.requests) == 1
    assert not tracker.requests


@pytest.mark.parametrize("location", [b"\xff\xfe", b"/b c", b"/\x01"])
def test_redirects_to_garbage_are_the_mirrors_fault(script, location):
    _, carrier = script(answer_with(b"HTTP/1.1 302 Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % location))
    with pytest.raises(CarrierError):
        carrier.fetch("a", 10)


def test_a_redirect_may_go_from_http_to_https_but_not_back():
    upgrade = HttpInbound("http://mirror.example/", proxies={})._redirected
    request = _Request("a", 1, Transfer("m", "a", 1))
    assert upgrade(request, "http://m.example/a", "https://m.example/a") == "https://m.example/a"
    with pytest.raises(CarrierError):
        upgrade(request, "https://m.example/a", "http://m.example/a")


def test_endless_redirects_are_refused(script):
    server, carrier = script(answer_with(b"HTTP/1.1 302 Go\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n"))
    with pytest.raises(CarrierError, match="more than 5 times"):
        carrier.fetch("a", 10)
    assert len(server.requests) == 6


def test_nobody_listening_is_said_at_once(script):
    server, carrier = script(answer_with(b""))
    server.close()
    with pytest.raises(CarrierError, match=r"no connection .*refused"):
        carrier.fetch("a", 10)


@pytest.mark.parametrize(
    "address", ["http://", "http:///x", "https://a:b@host/", "http://host/?q", "http://host/#f", "http://[::1"]
)
def test_addresses_that_cannot_be_a_mirror(address):
    with pytest.raises(UsageError):
        HttpInbound(address, proxies={})


def test_an_onion_address_is_never_looked_up_without_a_proxy():
    with pytest.raises(UsageError, match="Tor"):
        HttpInbound("http://abcdef.onion/", proxies={})


def test_the_proxy_of_the_environment_is_used(script, monkeypatch):
    server, _ = script(answer_with(plain(b"through")))
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.address)
    carrier = HttpInbound("http://mirror.example/base/")
    assert carrier.fetch("a", 10) == b"through"
    assert server.requests[0].startswith(b"GET http://mirror.example/base/a HTTP/1.1\r\n")
    carrier.close()


def test_no_proxy_is_honoured(script):
    server, _ = script(answer_with(plain(b"direct")))
    carrier = HttpInbound(server.address, proxies={"http": "http://127.0.0.1:1/", "no": "127.0.0.1"})
    assert carrier.fetch("a", 10) == b"direct"
    carrier.close()


def test_a_socks_proxy_without_its_library_is_explained(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"urllib3\[socks\]") as caught:
        HttpInbound("http://abcdef.onion/", proxies={"all": "socks5://me:secret@127.0.0.1:9050"})
    assert "socks5h://127.0.0.1:9050" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["gopher://x", "http://", "socks5h://", "http://[::1"])
def test_a_proxy_that_is_none_is_explained(proxy):
    with pytest.raises(UsageError, match="proxy"):
        HttpInbound("http://mirror.example/", proxies={"http": proxy})
