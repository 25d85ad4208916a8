"""Waiting for news (RFC 7240): told at once, or that there is none when the time is over."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3
from serving import FolderFiles, quick, read_all, serving

NEWS = "metadata/timestamp.json"


@pytest.fixture
def files(tmp_path):
    files = FolderFiles(tmp_path)
    files.put(NEWS, b'{"version": 1}')
    files.put("index.html", b"front")
    return files


def etag(running) -> str:
    url = f"http://127.0.0.1:{running.port}/{NEWS}"
    return urllib3.request("GET", url, headers={"Connection": "close"}).headers["ETag"]


def question(tag: str, wait: str, connection="keep-alive") -> bytes:
    lines = (f"If-None-Match: {tag}", f"Prefer: wait={wait}", f"Connection: {connection}")
    return "\r\n".join((f"GET /{NEWS} HTTP/1.1", "Host: x", *lines, "", "")).encode()


def test_who_waits_is_told_at_once(files):
    with serving(files) as running:
        tag = etag(running)
        with running.connect() as sock:
            sock.sendall(question(tag, "50", "close"))
            running.until(lambda server: server.waiting == 1)
            began = time.monotonic()
            files.put(NEWS, b'{"version": 2}')
            running.server.news()
            answer = read_all(sock)
            assert time.monotonic() - began < 2
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"Preference-Applied: wait" in head
        assert json.loads(body) == {"version": 2}
        assert running.server.waiting == 0


def test_when_time_is_over_there_is_no_news(files):
    with serving(files, limits=quick(max_wait_seconds=1)) as running:
        tag = etag(running)
        with running.connect() as sock:
            began = time.monotonic()
            sock.sendall(question(tag, "999", "close"))
            head = read_all(sock)
        assert 0.9 < time.monotonic() - began < 5
        assert head.startswith(b"HTTP/1.1 304 ")
        assert b"Preference-Applied: wait" in head


def test_news_that_are_none_wake_nobody(files):
    with serving(files) as running:
        tag = etag(running)
        with running.connect() as sock:
            sock.sendall(question(tag, "50", "close"))
            running.until(lambda server: server.waiting == 1)
            files.put("index.html", b"another front")
            running.server.news()
            assert running.ask(lambda server: server.waiting) == 1
            files.put(NEWS, b"2")
            running.server.news()
            assert read_all(sock).endswith(b"2")


def test_who_has_old_news_or_asks_for_none_does_not_wait(files):
    with serving(files) as running:
        tag = etag(running)
        url = f"http://127.0.0.1:{running.port}"
        answer = urllib3.request("GET", f"{url}/{NEWS}", headers={"If-None-Match": '"old"', "Prefer": "wait=50"})
        assert (answer.status, answer.headers.get("Preference-Applied")) == (200, None)
        answer = urllib3.request("GET", f"{url}/{NEWS}", headers={"If-None-Match": tag})
        assert answer.status == 304
        assert running.ask(lambda server: server.waiting) == 0


def test_requests_behind_one_that_waits_are_answered_after_it(files):
    with serving(files) as running:
        tag = etag(running)
        with running.connect() as sock:
            sock.sendall(question(tag, "50"))
            running.until(lambda server: server.waiting == 1)
            sock.sendall(b"GET /index.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            files.put(NEWS, b"2")
            running.server.news()
            received = read_all(sock)
        first, second = received.index(b"\r\n\r\n2HTTP/1.1 200"), received.index(b"\r\n\r\nfront")
        assert first < second


def test_who_stops_listening_is_answered_and_forgotten(files):
    with serving(files) as running:
        tag = etag(running)
        with running.connect() as sock:
            sock.sendall(question(tag, "50"))
            running.until(lambda server: server.waiting == 1)
            sock.shutdown(socket.SHUT_WR)
            assert read_all(sock).startswith(b"HTTP/1.1 304 ")
        with running.connect() as sock:
            sock.sendall(question(tag, "50"))
            running.until(lambda server: server.waiting == 1)
        running.until(lambda server: server.waiting == 0 and server.connections == 0)


def test_only_so_many_wait(files):
    with serving(files, limits=quick(max_waiting=2)) as running:
        tag = etag(running)
        socks = [running.connect() for _ in range(3)]
        for number, sock in enumerate(socks[:2]):
            sock.sendall(question(tag, "50"))
            running.until(lambda server, number=number: server.waiting == number + 1)
        socks[2].sendall(question(tag, "50", "close"))
        head = read_all(socks[2])
        assert head.startswith(b"HTTP/1.1 304 ")
        assert b"Preference-Applied" not in head
        for sock in socks:
            sock.close()


def test_waiting_is_neither_idle_nor_slow(files):
    with serving(files, limits=quick(idle_seconds=0.1, head_seconds=0.1, slow_window_seconds=0.1)) as running:
        tag = etag(running)
        with running.connect() as sock:
            sock.sendall(question(tag, "50", "close"))
            running.until(lambda server: server.waiting == 1)
            with running.connect() as other:  # one that is idle is gone by now
                assert read_all(other) == b""
            assert running.ask(lambda server: server.waiting) == 1
            files.put(NEWS, b"2")
            running.server.news()
            assert read_all(sock).endswith(b"2")


def test_thousands_wait_for_little_and_are_all_told(files):
    many = 1_500
    with serving(files) as running:
        tag = etag(running)
        before = _resident_bytes()
        socks = [running.connect() for _ in range(many)]
        for sock in socks:
            sock.sendall(question(tag, "50", "close"))
        running.until(lambda server: server.waiting == many)
        assert (_resident_bytes() - before) / many < 10_000
        files.put(NEWS, b'{"version": 2}')
        began = time.monotonic()
        running.server.news()
        with ThreadPoolExecutor(4) as pool:
            assert all(answer.endswith(b'{"version": 2}') for answer in pool.map(read_all, socks))
        assert time.monotonic() - began < 5
        for sock in socks:
            sock.close()


def test_a_server_that_closes_lets_them_go_with_an_answer(files):
    with serving(files) as running:
        tag = etag(running)
        sock = running.connect()
        sock.sendall(question(tag, "50"))
        running.until(lambda server: server.waiting == 1)
        received = []
        reader = threading.Thread(target=lambda: received.append(read_all(sock)))
        reader.start()
        running.call(running.server.close())
        reader.join(10)
        assert received[0].startswith(b"HTTP/1.1 304 ")
        sock.close()


def test_news_before_the_start_and_after_the_end_are_no_error(files):
    with serving(files) as running:
        running.server.news()
    running.server.news()


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 - not a file that anybody keeps
        return int(stream.read().split()[1]) * 4_096
