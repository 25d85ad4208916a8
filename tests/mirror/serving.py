"""A folder that is served, for tests: the real server, in a thread of its own, and clients that talk bytes."""

import asyncio
import contextlib
import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tamizdat.errors import LibraryError
from tamizdat.mirror.http.limits import HTTP_LIMITS, HttpLimits
from tamizdat.mirror.http.server import Server
from tamizdat.mirror.port import ServedFile

LANGUAGES = ("en", "ru")


class FolderFiles:
    """All files of a folder, hashed when it is made and when :meth:`refresh` is called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.version = 0
        self.opened = 0
        self._found: dict[str, ServedFile] = {}
        self.refresh()

    def refresh(self) -> None:
        found = {}
        for file in sorted(self.root.rglob("*")):
            if file.is_file():
                path = file.relative_to(self.root).as_posix()
                data = file.read_bytes()
                found[path] = ServedFile(path, len(data), hashlib.sha256(data).digest())
        self._found = found
        self.version += 1

    def put(self, path: str, data: bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        self.refresh()

    def find(self, path: str) -> ServedFile | None:
        return self._found.get(path)

    def read(self, file: ServedFile) -> bytes:
        try:
            data = (self.root / file.path).read_bytes()
        except OSError as error:
            raise LibraryError("gone", file=file.path) from error
        if hashlib.sha256(data).digest() != file.digest:
            raise LibraryError("altered", file=file.path)
        return data

    def open(self, file: ServedFile) -> int:
        self.read(file)
        self.opened += 1
        return os.open(self.root / file.path, os.O_RDONLY)

    def language(self, path: str) -> str:
        folder = path.partition("/")[0]
        return folder if folder in LANGUAGES else ""


class Running:
    """A server in a thread with a loop of its own. ``port`` is that of its first address."""

    def __init__(self, files, listen=("127.0.0.1:0",), limits: HttpLimits = HTTP_LIMITS, **more) -> None:
        self.server = Server(files, listen, limits, **more)
        self.loop = asyncio.new_event_loop()
        self.complaints: list[dict] = []
        self.loop.set_exception_handler(lambda _, context: self.complaints.append(context))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        try:
            self.call(self.server.start())
        except BaseException:
            self.end()
            raise
        self.port = self.server.addresses[0].port

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def ask(self, look):
        """What ``look(server)`` is in the loop's own thread."""

        async def looked():
            return look(self.server)

        return self.call(looked())

    def until(self, holds, seconds=20.0):
        """Wait until ``holds(server)``."""
        end = time.monotonic() + seconds
        while not self.ask(holds):
            assert time.monotonic() < end, "never came"
            threading.Event().wait(0.005)

    def end(self) -> None:
        self.call(self.server.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def connect(self, seconds=20.0, receive_buffer=0) -> socket.socket:
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(seconds)
        sock.connect(("127.0.0.1", self.port))
        return sock


@contextlib.contextmanager
def serving(files, *arguments, **more) -> Iterator[Running]:
    """A running server; afterwards, that nothing went wrong inside."""
    running = Running(files, *arguments, **more)
    server = running.server
    try:
        yield running
        faults = running.ask(lambda server: server.faults)
    finally:
        running.end()
    assert not faults, "errors of our own ended connections"
    assert not running.complaints
    assert server.connections == 0


def quick(**limits) -> HttpLimits:
    """Limits that a test need not wait long for."""
    return replace(HTTP_LIMITS, **{"sweep_seconds": 0.02, "closing_seconds": 0.2, **limits})


def read_all(sock: socket.socket) -> bytes:
    """Everything until the other side ends."""
    parts = []
    while part := sock.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def talk(running: Running, data: bytes) -> bytes:
    """Send, say that this was all, and read to the end."""
    with running.connect() as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return read_all(sock)
