"""The settings that go to mirrors, in the web servers that they are for."""

import gzip
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import brotli
import pytest
from press_kit import Desk, paper

from tamizdat.edition.listing import COPY_SUFFIXES, copied_file
from tamizdat.press.fixed_pages import chooser, not_found
from tamizdat.press.served import ASKED, BYTES, CHANGING, LASTING, cache_control, media_type
from tamizdat.press.server_files import HEADERS, server_files
from tamizdat.publisher.compressed import zstd

HASH = "5f" * 32
FOR_EVER = (
    f"en/{HASH}.index",
    f"en/{HASH}.shelf",
    f"en/{HASH}.pack",
    f"en/site/{HASH}.list",
    f"{HASH}.site.list",
    "metadata/1.root.json",
    f"metadata/7.{HASH}.json",
    f"pictures/{HASH}.jpg",
    f"pictures/{HASH}-500-500-640.avif",
    f"sound/{HASH}.ogg",
    f"sound/{HASH}.mp3",
)
TYPES = {
    "index.html": "text/html; charset=utf-8",
    "en/feed.atom.xml": "application/atom+xml; charset=utf-8",
    "en/s/politics.atom.xml": "application/atom+xml; charset=utf-8",
    "en/rss.xml": "application/rss+xml; charset=utf-8",
    "en/s/politics.rss.xml": "application/rss+xml; charset=utf-8",
    "en/feed.json": "application/feed+json; charset=utf-8",
    "en/s/politics.json": "application/feed+json; charset=utf-8",
    "metadata/timestamp.json": "application/json",
    f"en/{HASH}.pack": "application/octet-stream",
    f"pictures/{HASH}.jpg": "image/jpeg",
    f"pictures/{HASH}-500-500-640.avif": "image/avif",
    f"sound/{HASH}.ogg": "audio/ogg",
    f"sound/{HASH}.mp3": "audio/mpeg",
    "en/podcast.rss.xml": "application/rss+xml; charset=utf-8",
}
PACK = {".gz": gzip.compress, ".br": brotli.compress, ".zst": zstd.compress}
NGINX = """{user}pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{ listen unix:{folder}/socket; root {root}; include {root}/server/nginx.conf; }}
}}
"""
CADDY = """{{
    admin off
    auto_https off
}}
http://news.example {{
    bind unix/{folder}/socket
    root * {root}
    import {root}/server/Caddyfile
}}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A web root: a small site, signed files of every kind, a compressed copy, an unfinished file."""
    folder = tmp_path_factory.mktemp("web")
    desk = Desk(paper())
    desk.put(desk.story("first", sections=("politics",)))
    desk.begin()
    pages = {f"en/{path}": page for path, page in desk.pages.items()}
    pages |= {"index.html": chooser([desk.paper]), "404.html": not_found([desk.paper]), **server_files()}
    pages |= dict.fromkeys(
        (*FOR_EVER, "metadata/timestamp.json", "en/podcast.rss.xml", "en/.tamizdat-unfinished"), b"{}"
    )
    pages |= {f"en/about.html{suffix}": pack(b"the copy") for suffix, pack in PACK.items()}
    for path, data in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


class Server:
    """A web server that listens on a socket in ``folder``, where it would also put its logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("news.example", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(30)
        connection.sock.connect(str(self.folder / "socket"))
        try:
            connection.request("GET", f"/{path}", headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


def run_nginx(folder: Path, root: Path):
    settings = folder / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""  # or its worker could not read the folder of the test
    settings.write_text(NGINX.format(folder=folder, root=root, user=user))
    command = ["nginx", "-p", str(folder), "-c", str(settings), "-e", str(folder / "error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=True)
    assert "[warn]" not in checked.stderr + (folder / "error.log").read_text()
    subprocess.run(command, check=True)  # listens before it goes to the background
    try:
        yield Server(folder)
    finally:
        subprocess.run([*command, "-s", "stop"], check=True)


def run_caddy(folder: Path, root: Path):
    settings = folder / "Caddyfile"
    settings.write_text(CADDY.format(folder=folder, root=root))
    command = ["caddy", "run", "--config", str(settings), "--adapter", "caddyfile"]
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            for line in process.stderr:
                output.write(line)
                if "serving initial configuration" in line:
                    break
            else:
                pytest.fail("Caddy did not start: " + (folder / "output").read_text())
            yield Server(folder)
        finally:
            process.terminate()
            output.write(process.communicate()[1])


RUN = {"nginx": run_nginx, "caddy": run_caddy}


@pytest.fixture(scope="module", params=RUN)
def server(request, root):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    with tempfile.TemporaryDirectory(prefix="web-") as folder:  # a socket's path must be short
        yield from RUN[request.param](Path(folder), root)


def test_every_answer_has_the_headers(server):
    for path in ("", "en/index.html", "en/feed.atom.xml", f"en/{HASH}.pack", "metadata/timestamp.json", "not/there"):
        _, headers, _ = server.get(path)
        assert {name: headers.get(name) for name in HEADERS} == HEADERS, path


def test_files_have_their_types(server):
    for path, kind in TYPES.items():
        status, headers, _ = server.get(path)
        assert (status, headers["Content-Type"].removesuffix("; charset=utf-8")) == (200, kind.split(";")[0])
        if "charset" in kind:
            assert headers["Content-Type"] == kind


def test_our_own_table_of_types_and_times_says_what_the_servers_say(server, root):
    """Mirrors serve by the table, and `tamizdat serve`; neither may differ from what the recipes make of a file."""
    paths = {path.relative_to(root).as_posix() for path in root.rglob("*.*") if path.is_file()}
    for path in sorted(paths - {"en/.tamizdat-unfinished"}):
        headers = server.get(path)[1]
        # What has no rule Caddy looks up in the system's table, which may call XML an application, and copies gzip.
        if copied_file(path) == path and not path.startswith("server/"):
            said = headers.get("Content-Type", BYTES).split(";")[0].replace("application/xml", "text/xml")
            assert said == media_type(path).split(";")[0], path
        said = headers["Cache-Control"]
        lasting = said.startswith("max-age=") and int(said.removeprefix("max-age=").split(",")[0]) >= 31_536_000
        assert cache_control(path) == (LASTING if lasting else said), path


def test_only_what_never_changes_may_be_kept_for_long(server, root):
    for path in FOR_EVER:
        assert int(server.get(path)[1]["Cache-Control"].removeprefix("max-age=").split(",")[0]) >= 31_536_000, path
    changing = {path.relative_to(root).as_posix() for path in root.rglob("*.*") if path.is_file()} - {*FOR_EVER}
    for path in changing - {"en/.tamizdat-unfinished"}:
        news = path == "metadata/timestamp.json"
        assert server.get(path)[1]["Cache-Control"] == (ASKED if news else CHANGING), path


def test_what_is_not_there_is_answered_with_the_error_page(server, root):
    page = (root / "404.html").read_bytes()
    for path in ("not/there", "en/2026/", "en/.tamizdat-unfinished", "metadata/2.root.json"):
        status, headers, body = server.get(path)
        assert (status, body) == (404, page), path
        assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_folder_shows_its_front_page(server, root):
    assert server.get("en/")[2] == (root / "en/index.html").read_bytes()


def test_compressed_copies_are_handed_out(server):
    status, headers, body = server.get("en/about.html", **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"], headers["Vary"]) == (200, "gzip", "Accept-Encoding")
    assert gzip.decompress(body) == b"the copy"
    assert headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("asked", "by_nginx", "by_caddy"),
    [
        ("gzip", "gzip", "gzip"),
        ("zstd", None, "zstd"),
        ("gzip, deflate, br, zstd", "gzip", "br"),
        ("identity", None, None),
    ],
)
def test_browsers_get_the_smallest_copy_that_they_and_the_server_know(server, root, request, asked, by_nginx, by_caddy):
    status, headers, body = server.get("en/about.html", **{"Accept-Encoding": asked})
    encoding = by_nginx if request.node.callspec.params["server"] == "nginx" else by_caddy
    assert (status, headers.get("Content-Encoding")) == (200, encoding)
    page = root / f"en/about.html{COPY_SUFFIXES.get(encoding, '')}"
    assert body == page.read_bytes()


def test_a_copy_that_is_asked_for_by_name_comes_as_it_is(server, root):
    for suffix in PACK:
        status, headers, body = server.get(f"en/about.html{suffix}", **{"Accept-Encoding": "gzip"})
        assert (status, headers.get("Content-Encoding")) == (200, None)
        assert body == (root / f"en/about.html{suffix}").read_bytes()


def test_no_visit_is_written_down(server):
    for path in ("en/index.html", "en/secret-visit.html", ".tamizdat-secret-visit", "en/%zz-secret-visit"):
        server.get(f"{path}?secret-visit")
    for file in server.folder.rglob("*"):
        if file.is_file():
            assert b"secret-visit" not in file.read_bytes(), file.name


def test_settings_name_no_place_of_their_own():
    for path, data in server_files().items():
        assert path.startswith("server/")
        assert b"{headers}" not in data
        assert all(f'{name} "{value}"'.encode() in data for name, value in HEADERS.items())


def test_no_host_is_looked_up_before_its_link_is_followed():
    """Who watches the names that a network asks for would learn which story is open."""
    assert HEADERS["X-Dns-Prefetch-Control"] == "off"
