"""The preview: the whole site for this machine, and nothing else of it."""

import http.client
import threading
from contextlib import contextmanager

import pytest

from publication_kit import Newsroom, item
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


def ask(address, path, method="GET"):
    connection = http.client.HTTPConnection(*address, timeout=20)
    connection.request(method, path)
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
