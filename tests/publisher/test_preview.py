"""The preview: the whole site for this machine, and nothing else of it."""

import http.client
import socket
import struct
import threading
from contextlib import contextmanager

import pytest

from publication_kit import Newsroom, item
from tamizdat.press.server_files import HEADERS
from tamizdat.publisher import preview
from tamizdat.publisher.preview import preview_server


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    made = Newsroom(tmp_path_factory.mktemp("preview") / "room")
    made.write([item("a", "en"), item("a", "ru")])
    made.publish()
    return made


@contextmanager
def serving(root):
    server = preview_server(root, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(address, path, method="GET", **headers):
    connection = http.client.HTTPConnection(*address, timeout=20)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_pages_are_served_as_what_they_are(room):
    with serving(room.folder / "out") as address:
        assert address[0] == "127.0.0.1"
        for path, file, kind in (
            ("/", "index.html", "text/html; charset=utf-8"),
            ("/en/", "en/index.html", "text/html; charset=utf-8"),
            ("/ru/2026/11/a.html?x=1", "ru/2026/11/a.html", "text/html; charset=utf-8"),
            ("/metadata/1.root.json", "metadata/1.root.json", "application/json; charset=utf-8"),
        ):
            answer, body = ask(address, path)
            assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
            assert body == (room.folder / "out" / file).read_bytes()
        answer, body = ask(address, "/en/index.html", "HEAD")
        assert (answer.status, body) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/none", "/../tamizdat.toml", "/%2e%2e/tamizdat.toml", "/..%2fkeys", "/en", "//etc/passwd", "/%00", "/%ff"],
)
def test_nothing_outside_the_web_root_is_served(room, path):
    with serving(room.folder / "out") as address:
        answer, body = ask(address, path)
        assert answer.status == 404
        assert body == (room.folder / "out" / "404.html").read_bytes()


def test_links_are_not_followed(room, tmp_path):
    (tmp_path / "index.html").write_text("here")
    (tmp_path / "secret").symlink_to(room.folder / "tamizdat.toml")
    with serving(tmp_path) as address:
        assert ask(address, "/secret")[0].status == 404
        assert ask(address, "/")[1] == b"here"


def test_nothing_is_logged(room, capfd):
    with serving(room.folder / "out") as address:
        ask(address, "/en/index.html?who=me")
        ask(address, "/none")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1"]
)
def test_a_page_elsewhere_cannot_read_it_by_pointing_its_own_name_at_this_machine(room, host):
    """DNS rebinding: to the browser it is the same site, so the only sign is the name that it asks for."""
    with serving(room.folder / "out") as address:
        answer, body = ask(address, "/en/index.html", Host=host)
        assert (answer.status, body) == (421, b"this is 127.0.0.1\n")
        answer, body = ask(address, "/en/none.html", Host=host)
        assert (answer.status, body) == (421, b"this is 127.0.0.1\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9000", "LOCALHOST"])
def test_this_machine_may_be_called_by_its_names(room, host):
    with serving(room.folder / "out") as address:
        assert ask(address, "/en/index.html", Host=host)[0].status == 200


def test_other_sites_cannot_show_embed_or_open_it(room):
    """Not even to learn which pages and pictures are there; and pages follow the policy that they follow on mirrors."""
    with serving(room.folder / "out") as address:
        for path, method in (("/en/index.html", "GET"), ("/none", "GET"), ("/index.html", "PUT")):
            said = ask(address, path, method)[0].headers
            assert said["Cross-Origin-Resource-Policy"] == "same-origin"
            assert said["Cross-Origin-Opener-Policy"] == "same-origin"
            assert said["X-Frame-Options"] == "DENY"
            assert said["Cache-Control"] == "no-store"
            assert said["Access-Control-Allow-Origin"] is None
            assert {name: said[name] for name in HEADERS if name.startswith(("Content", "Referrer", "X-"))} == {
                name: value for name, value in HEADERS.items() if name.startswith(("Content", "Referrer", "X-"))
            }


def raw(address, request, *, reset=False):
    """What comes back for these bytes; with ``reset`` nobody waits for it."""
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(request)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return b""
        return connection.makefile("rb").read()


@pytest.mark.parametrize("path", ["http://[/", "http://127.0.0.1/en/index.html", "*", "/[", "//[", "/\xff", "/%5b?[#["])
def test_odd_requests_get_an_answer_and_no_complaint(room, path, capfd):
    with serving(room.folder / "out") as address:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1")
        assert raw(address, request).startswith(b"HTTP/1.1 404 ")
    assert capfd.readouterr() == ("", "")


def test_a_browser_that_goes_away_is_no_complaint(tmp_path, capfd):
    (tmp_path / "index.html").write_bytes(b"x" * 8_000_000)
    with serving(tmp_path) as address:
        raw(address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", reset=True)
        assert ask(address, "/none")[0].status == 404
    assert capfd.readouterr() == ("", "")


def test_a_browser_that_says_nothing_is_not_waited_for_for_ever(room, monkeypatch):
    assert 0 < preview.Handler.timeout <= 60
    monkeypatch.setattr(preview.Handler, "timeout", 0.1)
    with serving(room.folder / "out") as address, socket.create_connection(address, timeout=20) as silent:
        assert silent.recv(1) == b""
