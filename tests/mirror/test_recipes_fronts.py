"""nginx and Caddy, set up as docs/mirrors says, in front of a mirror and beside one."""

import gzip
import hashlib
import json
import socket
import ssl
import time

import pytest
import recipe_kit as kit
import urllib3
from front_kit import FRONTS, NAME, standing

from tamizdat.mirror.http.limits import HTTP_LIMITS
from tamizdat.press.server_files import HEADERS, server_files

pytestmark = pytest.mark.slow
TELLING = tuple(
    f"{name}: {kit.MARKER}"
    for name in ("User-Agent", "Referer", "Cookie", "Accept-Language", "X-Forwarded-For", "Forwarded")
)
"""Headers that tell one reader from another."""
ANSWERED = ("Accept-Encoding: gzip", 'If-None-Match: "1"', "Prefer: wait=5", "Range: bytes=1-2", 'If-Range: "2"')


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    return kit.Paper(tmp_path_factory.mktemp("paper") / "paper", paragraphs=60)


@pytest.fixture(scope="module", params=FRONTS)
def front(request, paper):
    def begin(folder):
        unit = kit.printed("copy-only.conf" if request.param.endswith("-files") else "tamizdat-mirror.service")
        command = kit.command_of(unit, folder / "state", kit.settings_for(paper, folder / "socket"))
        return kit.running(command, folder / "state", folder / "mirror.log")

    with standing(request.param, paper, begin) as front:
        yield front


def is_proxy(front):
    return not front.name.endswith("-files")


def test_every_file_of_the_publication_is_served(front, paper):
    held = [file for file in front.mirror.www.rglob("*") if file.is_file()]
    assert len(held) > 100
    with urllib3.HTTPSConnectionPool(
        "127.0.0.1", front.secure, server_hostname=NAME, assert_hostname=NAME, ca_certs=str(front.authority)
    ) as pool:
        for file in held:
            path = file.relative_to(front.mirror.www).as_posix()
            answer = pool.request("GET", f"/{path}", headers={"Host": NAME}, decode_content=False)
            assert (answer.status, answer.data) == (200, (paper.out / path).read_bytes()), path


def test_folders_show_their_front_pages(front, paper):
    assert front.get("en/").body == (paper.out / "en/index.html").read_bytes()
    assert front.get().body == (paper.out / "index.html").read_bytes()


def test_heads_are_those_of_the_files_and_nothing_follows(front, paper):
    for path in ("en/index.html", front.mirror.path(".pack"), kit.NEWS):
        answer = front.get(path, method="HEAD")
        assert (answer.status, answer["Content-Length"], answer.body) == (
            200,
            str((paper.out / path).stat().st_size),
            b"",
        )


def test_parts_of_a_pack_come_and_can_be_resumed(front, paper):
    path = front.mirror.path(".pack")
    pack = (paper.out / path).read_bytes()
    assert len(pack) > 100_000
    tag = front.get(path, method="HEAD")["ETag"]
    answer = front.get(path, headers=("Range: bytes=1000-1999",))
    assert (answer.status, answer.body) == (206, pack[1000:2000])
    assert answer["Content-Range"] == f"bytes 1000-1999/{len(pack)}"
    assert front.get(path, headers=("Range: bytes=90000-", f"If-Range: {tag}")).body == pack[90000:]
    assert front.get(path, headers=("Range: bytes=90000-", 'If-Range: "another"')).body == pack


def test_who_has_a_file_already_is_told_so(front, paper):
    for path in ("en/index.html", front.mirror.path(".pack"), kit.NEWS):
        tag = front.get(path)["ETag"]
        answer = front.get(path, headers=(f"If-None-Match: {tag}",))
        assert (answer.status, answer.body, answer["ETag"]) == (304, b"", tag)


def test_pages_come_compressed_and_whole(front, paper):
    page = (paper.out / "en/index.html").read_bytes()
    answer = front.get("en/index.html", headers=("Accept-Encoding: gzip",))
    assert (answer["Content-Encoding"], answer["Vary"]) == ("gzip", "Accept-Encoding")
    assert answer.body == (paper.out / "en/index.html.gz").read_bytes()
    assert gzip.decompress(answer.body) == page
    if front.name != "nginx-files":  # whose module is not part of nginx
        answer = front.get("en/index.html", headers=("Accept-Encoding: gzip, br",))
        assert (answer["Content-Encoding"], answer.body) == ("br", (paper.out / "en/index.html.br").read_bytes())


def test_a_browsers_headers_are_there_once(front, paper):
    for path in ("en/index.html", "en/feed.atom.xml", "not/there"):
        answer = front.get(path)
        assert {name: answer.all(name) for name in HEADERS} == {name: [value] for name, value in HEADERS.items()}, path


def test_readers_elsewhere_may_fetch_what_is_signed(front, paper):
    for path in (kit.NEWS, front.mirror.path(".pack"), front.mirror.path(".index")):
        answer = front.get(path, headers=("Origin: https://elsewhere.example",))
        assert answer.all("Access-Control-Allow-Origin") == ["*"], path
        assert answer.all("Access-Control-Expose-Headers") == ["Content-Range, ETag"], path


def test_only_what_never_changes_may_be_kept(front, paper):
    assert front.get(kit.NEWS).all("Cache-Control") == ["no-cache"]
    assert front.get("en/index.html").all("Cache-Control") == ["max-age=300"]
    (kept,) = front.get(front.mirror.path(".pack")).all("Cache-Control")
    assert int(kept.removeprefix("max-age=").split(",")[0]) >= 31_536_000


def test_what_is_not_there_is_answered_with_the_error_page(front, paper):
    answer = front.get("not/there")
    assert (answer.status, answer.body) == (404, (paper.out / "404.html").read_bytes())


def test_no_version_of_any_program_is_told(front):
    for answer in (front.get(), front.get("not/there"), front.get(kit.NEWS)):
        assert answer["Server"] in {None, "nginx"}
        assert answer["X-Powered-By"] is None


def test_no_header_makes_a_browser_write_down_that_it_was_here(front):
    where = ("--resolve", f"{NAME}:{front.plain}:127.0.0.1")
    for answer in (front.get(), front.get("not/there"), kit.curl(f"http://{NAME}:{front.plain}/", *where)):
        assert not {"set-cookie", "strict-transport-security", "alt-svc"} & {field for field, _ in answer.fields}


def test_http_2_is_spoken(front, paper):
    path = front.mirror.path(".pack")
    answer = front.get(path, "--http2")
    assert (answer.version, answer.body) == ("HTTP/2", (paper.out / path).read_bytes())
    assert front.get(path, "--http1.1").version == "HTTP/1.1"


def test_plain_requests_are_led_to_tls(front):
    answer = kit.curl(f"http://{NAME}:{front.plain}/en/?x", "--resolve", f"{NAME}:{front.plain}:127.0.0.1")
    assert answer.status in {301, 308}
    assert answer["Location"].startswith(f"https://{NAME}")
    assert answer["Location"].endswith("/en/?x")


@pytest.mark.parametrize("front", ["nginx", "nginx-files"], indirect=True, scope="module")  # Caddy cannot be told
def test_no_session_is_resumed(front):
    """A ticket that comes back tells whoever watches that it is the same device."""
    context = ssl.create_default_context(cafile=front.authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for _ in range(2):
        with (
            socket.create_connection(("127.0.0.1", front.secure)) as sock,
            context.wrap_socket(sock, server_hostname=NAME, session=session) as secure,
        ):
            assert not secure.session_reused
            session = secure.session
            assert not session.has_ticket


@pytest.mark.parametrize("front", ["nginx", "caddy"], indirect=True, scope="module")  # files cannot wait
def test_news_are_waited_for_as_long_as_was_asked(front):
    tag = front.get(kit.NEWS)["ETag"]
    began = time.monotonic()
    answer = front.get(kit.NEWS, headers=(f"If-None-Match: {tag}", "Prefer: wait=2"))
    assert time.monotonic() - began >= 2
    assert (answer.status, answer["Preference-Applied"]) == (304, "wait")


def test_nginx_waits_longer_than_the_mirror_does():
    (seconds,) = [
        int(line.split()[1].rstrip("s;"))
        for line in kit.printed("nginx.conf").splitlines()
        if "proxy_read_timeout" in line
    ]
    assert seconds >= HTTP_LIMITS.max_wait_seconds + 10


def test_a_new_edition_is_served_soon(front, paper):
    """Whoever waits through the front is told; whoever asks gets it; and every page is the new one."""
    before = front.get(kit.NEWS)
    waiting = front.asking(kit.NEWS, f"If-None-Match: {before['ETag']}", "Prefer: wait=50")
    paper.news()
    began = time.monotonic()
    wanted = (paper.out / kit.NEWS).read_bytes()
    if is_proxy(front):
        answer = kit.read_answer(waiting.communicate(timeout=60)[0])
        assert (answer.status, answer.body) == (200, wanted)
    else:
        waiting.communicate(timeout=60)
        kit.until(lambda: front.get(kit.NEWS).body == wanted)
    assert time.monotonic() - began < 10
    assert json.loads(wanted)["signed"]["version"] > json.loads(before.body)["signed"]["version"]
    assert front.get("en/index.html").body == (paper.out / "en/index.html").read_bytes()
    path = front.mirror.path(".pack")
    assert hashlib.sha256(front.get(path).body).hexdigest() in path


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_the_mirror_hears_what_it_answers_to_and_nothing_of_who_asks(name):
    """A server of the test's stands in the mirror's place; then it is gone: an error that nobody writes down."""
    with standing(name, None, lambda _: None) as front:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{front.folder}/socket")
            (front.folder / "socket").chmod(0o666)
            listener.listen()
            # nginx hands on what it is told to, Caddy what it is not told to drop.
            telling = (*TELLING, f"X-Other: {kit.MARKER}") if name == "nginx" else TELLING
            asked = front.asking("en/", *telling, *ANSWERED)
            head = hear(listener)
            asked.communicate(timeout=60)
        assert kit.MARKER not in head
        heard = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        assert not any("forwarded" in field.lower() or field.lower() in {"via", "x-real-ip"} for field in heard)
        for field in ANSWERED:
            key, value = field.split(": ", 1)
            assert heard.pop(key) == value
        assert heard.keys() - {"Host", "Connection"} <= (
            {"Accept", "User-Agent"} if name == "caddy" else set()
        )  # Go's own
        assert front.get(kit.MARKER, headers=TELLING).status == 502
        assert not kit.files_with(kit.MARKER, front.folder)
        assert not addresses_in(front)


def hear(listener):
    """The head of a request that comes; it is answered with nothing."""
    listener.settimeout(60)
    with listener.accept()[0] as sock:
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(1 << 16)
        sock.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    return head.decode("latin-1").replace("\r\n", "\n")


def test_nothing_of_a_visit_is_written_down(front):
    marker = kit.MARKER
    for path in ("en/index.html", f"en/{marker}.html", f".tamizdat-{marker}", f"en/%zz{marker}", f"{marker}.json"):
        front.get(f"{path}?{marker}", "--http1.1", headers=(*TELLING, f"Range: {marker}"))
    front.get(f"{marker}?{marker}", "--http2", headers=TELLING)
    front.get(headers=(f"Host: {marker}.example",))
    for port in (front.plain, front.secure):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(f"GET /{marker} HTTP/9.9\r\n{marker}\r\n\r\n".encode())
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 16):
                pass
    where = ("--resolve", f"{NAME}:{front.plain}:127.0.0.1")
    kit.curl(f"http://{NAME}:{front.plain}/{marker}?{marker}", *where, headers=TELLING)
    assert not kit.files_with(marker, front.folder)
    assert not addresses_in(front)


def addresses_in(front):
    """Logs that name an address, other than one where the server itself listens."""
    own = (f"127.0.0.1:{front.plain}", f"127.0.0.1:{front.secure}")
    found = []
    for name in ("access.log", "error.log", "output", "mirror.log"):
        file = front.folder / name
        text = file.read_text() if file.exists() else ""
        for address in own:
            text = text.replace(address, "")
        if "127.0.0.1" in text:
            found.append(text)
    return found


def test_the_published_settings_are_those_that_the_site_brings():
    brought = server_files()
    assert kit.printed("newspaper.conf").encode() == brought["server/nginx.conf"]
    assert kit.printed("newspaper.caddy").encode() == brought["server/Caddyfile"]
