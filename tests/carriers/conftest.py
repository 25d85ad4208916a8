"""Mirrors for the tests: a real static web server, and scripted ones that misbehave byte by byte."""

import contextlib
import functools
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tamizdat.carriers.http import HttpInbound
from tamizdat.limits import LIMITS

QUICK = replace(LIMITS, connect_timeout_seconds=5.0, read_timeout_seconds=0.4, min_bytes_per_second=1000)


class ScriptedServer:
    """Each request is answered by ``answer(connection, request, number)``; what was asked is in ``requests``."""

    def __init__(self, answer: Callable[[socket.socket, bytes, int], None]) -> None:
        self._answer = answer
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                while request := self._read_request(connection):
                    self.requests.append(request)
                    self._answer(connection, request, len(self.requests))
            except OSError:
                return

    @staticmethod
    def _read_request(connection: socket.socket) -> bytes:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            chunk = connection.recv(4096)
            if not chunk:
                return b""
            request += chunk
        return request

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


@contextmanager
def _scripted(answer) -> Iterator[ScriptedServer]:
    server = ScriptedServer(answer)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def script(opened):
    """Start a scripted server; returns it and a carrier to it with short patience and no proxy."""

    def start(answer, limits=QUICK):
        server = opened.enter_context(_scripted(answer))
        carrier = HttpInbound(server.address, limits, proxies={})
        opened.callback(carrier.close)
        return server, carrier

    return start


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def web_root(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    root.mkdir()
    return root


@pytest.fixture
def static_address(web_root: Path) -> Iterator[str]:
    handler = functools.partial(_QuietHandler, directory=str(web_root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()
