"""HTTP/1.1 over real sockets: clients of every kind, and bytes that no client would send."""

import gzip
import http.client
import os
import re
import shutil
import socket
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import FolderFiles, quick, read_all, serving, talk

HASH = "5f" * 32
PAGE = b"<p>" + b"news " * 2_000
PACK = bytes(range(256)) * 4_000
FILES = {
    "index.html": b"front",
    "404.html": b"not here",
    "en/index.html": PAGE,
    "en/index.html.gz": gzip.compress(PAGE),
    f"en/{HASH}.pack": PACK,
    "metadata/timestamp.json": b"{}",
    "empty.txt": b"",
}
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    root = tmp_path_factory.mktemp("web")
    for path, data in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(data)
    return FolderFiles(root)


@pytest.fixture(scope="module")
def running(files):
    with serving(files, limits=quick()) as server:
        yield server


def answers(data: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """What a strict client that did not ask for heads alone makes of bytes that were sent to it."""
    found = []
    while data:
        head, separator, data = data.partition(b"\r\n\r\n")
        assert separator, head
        line, *fields = head.decode("ascii").split("\r\n")
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Za-z -]+", line)[1])
        named = dict(field.split(": ", 1) for field in fields)
        assert len(named) == len(fields)
        assert ("Content-Length" in named) == (status not in {204, 304})
        length = int(named.get("Content-Length", "0"))
        assert len(data) >= length
        found.append((status, named, data[:length]))
        data = data[length:]
    return found


def test_urllib3_reads_everything(running):
    with urllib3.PoolManager() as pool:
        for path, data in FILES.items():
            answer = pool.request("GET", f"http://127.0.0.1:{running.port}/{path}", decode_content=False)
            assert (answer.status, answer.data) == (200, data), path
        answer = pool.request("GET", f"http://127.0.0.1:{running.port}/en/", headers={"Accept-Encoding": "gzip"})
        assert (answer.data, answer.headers["Content-Encoding"]) == (PAGE, "gzip")


def test_one_connection_serves_many_requests(running):
    client = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    for _ in range(3):
        for method, path, status in (
            ("GET", "/en/", 200),
            ("HEAD", f"/en/{HASH}.pack", 200),
            ("OPTIONS", "*", 204),
            ("GET", "/nowhere", 404),
            ("POST", "/en/", 405),
            ("GET", "/%zz", 400),
            ("GET", f"/en/{HASH}.pack", 200),
        ):
            client.request(method, path)
            answer = client.getresponse()
            data = answer.read()
            assert answer.status == status, path
            if method == "HEAD":
                assert (answer.getheader("Content-Length"), data) == (str(len(PACK)), b"")
    client.close()


def test_ranges_of_a_long_file_come_from_the_right_place(running):
    client = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    for start, end in ((0, 1), (70_000, 70_010), (100, len(PACK) - 1), (len(PACK) - 5, len(PACK))):
        client.request("GET", f"/en/{HASH}.pack", headers={"Range": f"bytes={start}-{end - 1}"})
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (206, PACK[start:end])
    client.close()


def test_pipelined_requests_are_answered_in_order(running):
    paths = ["/", f"/en/{HASH}.pack", "/nowhere", "/en/", "/empty.txt"] * 20
    data = b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths)
    expected = [b"front", PACK, b"not here", PAGE, b""] * 20
    assert [body for *_, body in answers(talk(running, data))] == expected


def test_a_flood_of_pipelined_requests_waits_its_turn(running):
    """Nobody reads the answers: not more than a few requests lie about here."""
    with running.connect(receive_buffer=4_096) as sock:
        sock.setblocking(False)
        asked = 0
        request = f"GET /en/{HASH}.pack HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 50
        try:
            while asked < 100_000_000:
                asked += sock.send(request)
        except BlockingIOError:
            pass
        assert 0 < asked < 100_000_000


@pytest.mark.parametrize("cut", range(1, len(GET)))
def test_requests_may_come_in_pieces(running, cut):
    with running.connect() as sock:
        sock.sendall(GET + GET[:cut])
        first = sock.recv(1 << 16)
        assert first.endswith(b"front")
        sock.sendall(GET[cut:])
        sock.shutdown(socket.SHUT_WR)
        assert len(answers(first + read_all(sock))) == 2


def test_byte_by_byte(running):
    with running.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GET * 2:
            sock.sendall(bytes([byte]))
        sock.shutdown(socket.SHUT_WR)
        assert len(answers(read_all(sock))) == 2


def test_half_closed_clients_get_their_whole_answer(running):
    assert answers(talk(running, f"GET /en/{HASH}.pack HTTP/1.1\r\nHost: x\r\n\r\n".encode()))[0][2] == PACK


@pytest.mark.parametrize(
    ("request_head", "connection"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", "close"),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "close"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", None),
    ],
)
def test_connections_are_kept_or_closed_as_agreed(running, request_head, connection):
    with running.connect() as sock:
        sock.sendall(request_head)
        if connection == "close":
            data = read_all(sock)
        else:
            data = sock.recv(1 << 16)
            sock.sendall(request_head)
            data += sock.recv(1 << 16)
        found = answers(data)
    assert {named.get("Connection") for _, named, _ in found} == {connection}
    assert [body for *_, body in found] == [b"front"] * (1 if connection == "close" else 2)


def head(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "")).encode("latin-1")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 505),
        (head("GET / HTTP/3.7", "Host: x"), 400),
        (head("GET / HTTP/2.0", "Host: x"), 505),
        (head("BREW / HTTP/1.1", "Host: x"), 501),
        (head("GET / HTTP/1.1"), 400),
        (head("GET / HTTP/1.1", "Host: x", "Host: y"), 400),
        (head("GET / HTTP/1.1", "Host: x", "no colon"), 400),
        (head("GET / HTTP/1.1", "Host: x", "X: a\0b"), 400),
        (head("GET / HTTP/1.1", "Host: x", " folded: y"), 400),
        (head("GET / HTTP/1.1", "Host : x"), 400),
        (head("GET / HTTP/1.1", "Host: x", "X: " + "y" * 20_000), 431),
        (head("GET / HTTP/1.1", "Host: x", *["X: y"] * 200), 431),
        (head("GET /" + "a" * 4_000 + " HTTP/1.1", "Host: x"), 414),
        (head("GET / HTTP/1.1", "Host: x", "Content-Length: 9999999"), 413),
        (head("GET / HTTP/1.1", "Host: x", "Content-Length: 99999999999999999999999"), 400),
        (head("GET / HTTP/1.1", "Host: x", "Content-Length: -1"), 400),
        (head("POST / HTTP/1.1", "Host: x", "Content-Length: 5000"), 413),
        (head("GET / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked") + b"1001\r\n" + b"x" * 4097, 413),
        (head("GET / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked") + b"zz\r\n", 400),
        (head("GET / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "Content-Length: 3"), 400),
        (head("POST / HTTP/1.1", "Host: x", "Expect: 100-continue", "Content-Length: 3"), 417),
    ],
)
def test_bad_requests_get_one_answer_and_the_connection_ends(running, data, status):
    with running.connect() as sock:
        sock.sendall(GET + data)
        found = answers(read_all(sock))
    assert [code for code, *_ in found] == [200, status]
    assert found[1][1]["Connection"] == "close"
    assert "Content-Security-Policy" in found[1][1]


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/en", 301),
        ("http://other.example/en/", 200),
        ("/en/../index.html", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("//etc/passwd", 404),
        ("/en\\index.html", 404),
        ("/en/%00", 400),
        ("/%zz", 400),
        ("/?" + "q" * 1_500, 200),
        ("*", 400),
    ],
)
def test_odd_targets(running, target, status):
    (found,) = answers(talk(running, head(f"GET {target} HTTP/1.1", "Host: x")))
    assert found[0] == status


def test_small_bodies_are_thrown_away(running):
    post = head("POST / HTTP/1.1", "Host: x", "Content-Length: 5") + b"GET /"
    chunked = head("GET / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"
    found = answers(talk(running, post + chunked + GET))
    assert [code for code, *_ in found] == [405, 200, 200]


def test_nothing_is_upgraded(running):
    upgrade = head(
        "GET / HTTP/1.1", "Host: x", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"
    )
    assert [code for code, *_ in answers(talk(running, upgrade + GET))] == [200, 200]
    assert [code for code, *_ in answers(talk(running, head("CONNECT x:1 HTTP/1.1", "Host: x") + GET))] == [405]


def test_fields_of_one_name_are_one(running):
    ((_, named, _),) = answers(talk(running, GET))
    twice = head("GET / HTTP/1.1", "Host: x", f"If-None-Match: {named['ETag']}", 'If-None-Match: "other"')
    assert [code for code, *_ in answers(talk(running, twice))] == [304]


def test_a_preflight_is_answered(running):
    asked = head("OPTIONS /en/ HTTP/1.1", "Host: x", "Origin: https://reader", "Access-Control-Request-Headers: range")
    ((status, named, _),) = answers(talk(running, asked))
    assert (status, named["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Range" in named["Access-Control-Allow-Headers"]


def test_nothing_of_the_machine_is_told(running):
    """No clock: its error would tell this machine from all others."""
    ((_, named, _),) = answers(talk(running, GET))
    assert not {"Date", "Server", "Last-Modified", "Via", "Set-Cookie"} & set(named)


def test_the_file_of_a_newer_edition_replaces_the_old_one(tmp_path):
    files = FolderFiles(tmp_path)
    files.put("page.html", b"old")
    asked = head("GET /page.html HTTP/1.1", "Host: x")
    with serving(files) as running:
        assert answers(talk(running, asked))[0][2] == b"old"
        files.put("page.html", b"new")
        assert answers(talk(running, asked))[0][2] == b"new"


def test_a_file_that_is_gone_or_altered_is_not_served(tmp_path):
    files = FolderFiles(tmp_path)
    for name in ("gone.html", "altered.pack", "replaced.html"):
        files.put(name, b"good" * 30_000 * (name == "altered.pack") or b"good")
    (tmp_path / "gone.html").unlink()
    (tmp_path / "altered.pack").write_bytes(b"evil" * 30_000)
    with serving(files) as running:
        for name in ("gone.html", "altered.pack"):
            ((status, named, body),) = answers(talk(running, head(f"GET /{name} HTTP/1.1", "Host: x")))
            assert (status, named["Retry-After"]) == (503, "60")
            assert b"good" not in body
            assert b"evil" not in body


def test_a_file_that_is_replaced_while_it_is_fetched_is_looked_up_again(tmp_path):
    files = FolderFiles(tmp_path)
    files.put("page.html", b"old")
    (tmp_path / "page.html").write_bytes(b"newer")
    read = files.read

    def replaced_meanwhile(file):
        files.read = read
        files.refresh()
        return read(file)

    files.read = replaced_meanwhile
    with serving(files) as running:
        assert answers(talk(running, head("GET /page.html HTTP/1.1", "Host: x")))[0][2] == b"newer"


def test_small_files_that_do_not_fit_are_read_again(tmp_path):
    files = FolderFiles(tmp_path)
    for number in range(20):
        files.put(f"{number}.html", bytes([number]) * 50_000)
    with serving(files, limits=quick(cache_bytes=60_000)) as running:
        paths = [number % 20 for number in range(60)]
        asked = b"".join(head(f"GET /{number}.html HTTP/1.1", "Host: x") for number in paths)
        assert [body[:1] for *_, body in answers(talk(running, asked))] == [bytes([number]) for number in paths]
        assert running.ask(lambda server: sum(map(len, server._house.bodies._small.values()))) <= 60_000


def test_long_files_are_open_only_as_long_as_they_are_wanted(tmp_path):
    files = FolderFiles(tmp_path)
    for number in range(12):
        files.put(f"{number}.pack", os.urandom(100_000))
    with serving(files, limits=quick(idle_open_files=2)) as running:
        for number in range(12):
            asked = head(f"GET /{number}.pack HTTP/1.1", "Host: x")
            assert answers(talk(running, asked))[0][2] == (tmp_path / f"{number}.pack").read_bytes()
        running.until(lambda server: len(server._house.bodies._open) <= 2)
        descriptors = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert 0 < sum(tmp_path in target.parents for target in descriptors) <= 2


def test_a_long_file_that_is_written_to_while_it_is_open_is_checked_again(tmp_path):
    files = FolderFiles(tmp_path)
    whole = os.urandom(100_000)
    files.put("a.pack", whole)
    asked = head("GET /a.pack HTTP/1.1", "Host: x")
    with serving(files) as running:
        assert answers(talk(running, asked))[0][2] == whole
        with (tmp_path / "a.pack").open("r+b") as stream:
            stream.write(b"somebody else's")
        status, _, body = answers(talk(running, asked))[0]
        assert (status, b"somebody" in body) == (503, False)
        (tmp_path / "a.pack").write_bytes(whole)
        assert answers(talk(running, asked))[0][2] == whole


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_over_a_socket_file(files, tmp_path):
    with serving(files, listen=(f"unix:{tmp_path}/socket",)) as running:
        command = ["curl", "-sS", "--fail", "--unix-socket", f"{tmp_path}/socket", f"http://x/en/{HASH}.pack"]
        assert subprocess.run(command, capture_output=True, check=True).stdout == PACK
        assert str(running.server.addresses[0]) == f"unix:{tmp_path}/socket"
    assert not (tmp_path / "socket").exists()


TOKENS = st.sampled_from(
    [
        *(b"GET", b"POST", b"PRI", b" ", b" / ", b"/en/", b"*", b"?q", b"%2e", b"%", b"HTTP/1.1", b"HTTP/1.0"),
        *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b": ", b"Host: x", b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        *(b"Connection: close", b"Connection: upgrade", b"Upgrade: h2c", b"Expect: 100-continue", b"Range: bytes=0-"),
        *(b"If-None-Match: *", b"Accept-Encoding: gzip", b"0\r\n\r\n", b"3\r\nabc\r\n", b"\0", b"\xff", GET, GET),
        *(b"GET / HTTP/1.1\r\nHost: x\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0\0\0\4\0\0\0\0\0"),
    ]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(TOKENS, st.binary(max_size=30)), max_size=14), st.lists(st.integers(0, 200), max_size=4))
def test_whatever_comes_ends_in_whole_answers_or_a_closed_connection(running, pieces, cuts):
    data = b"".join(pieces)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    with running.connect() as sock:
        try:
            for start, end in pairwise(places):
                sock.sendall(data[start:end])
            sock.shutdown(socket.SHUT_WR)
            received = read_all(sock)
        except ConnectionError:
            received = b""
    if received.startswith(b"HTTP/1.1"):
        for status, *_ in answers(received):
            assert status in {200, 204, 206, 301, 304, 400, 404, 405, 412, 413, 414, 416, 417, 431, 501, 505}
    assert running.ask(lambda server: server.faults) == 0
