"""Real mirror processes, upstreams that are hostile in every way, and somebody who looks at all that is served."""

import gzip
import hashlib
import http.client
import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mirror_kit import files
from mirrors import flip
from site_kit import SiteRoom

import publication_kit
from tamizdat.carriers.http import HttpInbound
from tamizdat.errors import TamizdatError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

TIMESTAMP = "metadata/timestamp.json"
PATIENCE = 60.0
"""Seconds after which a test gives up. What is measured is printed, not asserted: the machine may be busy."""


def now():
    return datetime.now(UTC).replace(microsecond=0)


class LiveRoom(SiteRoom):
    """A newsroom of today, for processes that look at the clock. ``published``: by path all that it ever made."""

    def __init__(self, folder, born=None):
        self.born = born or now()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(publication_kit, "NOW", self.born)
            super().__init__(folder)
        self.published = defaultdict(set)
        self.number = 1
        self.put(self.pages, self.born)
        self.editions = [self.record()]

    def next(self):
        """One more edition: what a web root has then. All of it was recorded before anybody can have it."""
        self.number += 1
        self.edition(self.number, random.choice(["en", "ru"]), now())
        self.editions.append(self.record())
        return self.editions[-1]

    def put(self, pages, when=None, **more):
        with_copies = {path: data for path, data in pages.items() if not path.endswith(".gz")}
        with_copies |= {f"{p}.gz": gzip.compress(d, mtime=0) for p, d in with_copies.items() if p.endswith(".html")}
        super().put(with_copies, when or self.born, **more)

    def record(self):
        found = files(self.mirror)
        for path, data in found.items():
            self.published[path].add(data)
        return found

    @property
    def version(self):
        return version_of(self.editions[-1])


def version_of(files_there):
    return json.loads(files_there[TIMESTAMP])["signed"]["version"]


# --- Upstreams ----------------------------------------------------------------------------------------------------


class Web:
    """An upstream on loopback. ``files``: what it has; ``behave`` (a name of ``WAYS``, or a function of the path)."""

    def __init__(self, files_there=(), behave="honest"):
        self.files = dict(files_there)
        self.behave = behave
        self.asked = queue.SimpleQueue()
        self.ended = threading.Event()
        handler = type("Handler", (_Handler,), {"web": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self):
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def way(self, path):
        return self.behave if isinstance(self.behave, str) else self.behave(path)

    def await_asked(self, count):
        """Wait until it was asked so often from now on."""
        while not self.asked.empty():
            self.asked.get()
        for _ in range(count):
            self.asked.get(timeout=PATIENCE)


@cache
def _bomb():
    """A third of a gigabyte in some hundred kilobytes."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 24)) for _ in range(20)) + packer.flush()


class _Handler(BaseHTTPRequestHandler):
    web: Web
    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def do_GET(self):
        path = urlsplit(self.path).path.lstrip("/")
        self.web.asked.put(path)
        data = self.web.files.get(path)
        way = self.web.way(path)
        if data is None and way not in {"endless", "drip", "bomb", "garbage"}:
            self._answer(404, b"")
            return
        WAYS[way](self, data or b"")

    def _answer(self, status, body, length=None, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def honest(self, data):
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.end_headers()
            return
        self._answer(200, data, ETag=tag)

    def altered(self, data):
        self._answer(200, flip(data, random.randrange(len(data)) if data else 0) if data else b"x")

    def truncated(self, data):
        self._answer(200, data[: len(data) // 2], len(data))
        self.close_connection = True

    def shortened(self, data):
        self._answer(200, data[: len(data) // 2])

    def lengthened(self, data):
        self._answer(200, data + b"and more")

    def beyond(self, data):
        self._answer(200, data + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad", len(data))

    def endless(self, _data):
        self.send_response(200)
        self.end_headers()
        while not self.web.ended.is_set():
            self.wfile.write(b"for ever " * 1000)

    def drip(self, data):
        """A byte a second: of the head, and then of the body."""
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data) or 9_999}\r\n\r\n".encode()
        for byte in head + data:
            self.wfile.write(bytes([byte]))
            if self.web.ended.wait(1):
                return

    def silent(self, _data):
        self.web.ended.wait(PATIENCE)

    def garbage(self, _data):
        self.wfile.write(os.urandom(5_000))
        self.close_connection = True

    def odd_head(self, data):
        self._answer(200, data, Content_Range="bytes 5-9/3", ETag="\x01" * 300, Transfer_Encoding="chunked")
        self.close_connection = True

    def numbers(self, data):
        self._answer(200, data, 10**30)
        self.close_connection = True

    def elsewhere(self, _data):
        self._answer(302, b"", Location=f"http://127.0.0.1:9/{self.path}")

    def round_about(self, _data):
        self._answer(302, b"", Location=self.path)

    def error(self, _data):
        self._answer(500, b"no")

    def nothing(self, _data):
        self._answer(200, b"")

    def missing(self, _data):
        self._answer(404, b"")

    def hangs_up(self, _data):
        self.close_connection = True

    def bomb(self, _data):
        self._answer(200, _bomb(), Content_Encoding="gzip")

    def changing(self, data):
        """Never the same twice."""
        kinds = [name for name in WAYS if name not in {"changing", "drip", "silent", "endless"}]
        WAYS[random.choice(kinds)](self, data)

    def handle(self):
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the mirror hung up

    def log_message(self, *args):
        pass


WAYS = {
    name: getattr(_Handler, name)
    for name in (
        *("honest", "altered", "truncated", "shortened", "lengthened", "beyond", "endless", "drip", "silent"),
        *("garbage", "odd_head", "numbers", "elsewhere", "round_about", "error", "nothing", "missing", "hangs_up"),
        *("bomb", "changing"),
    )
}


# --- Processes ----------------------------------------------------------------------------------------------------


class Process:
    """``tamizdat mirror`` as a volunteer starts it. ``lives`` grows with every start and end."""

    def __init__(self, folder, fingerprint, *upstreams, options=(), wrapper=(), environment=None):
        self.folder = Path(folder)
        self._command = [*wrapper, sys.executable, "-m", "tamizdat.cli.main", "mirror", str(folder)]
        self._command += ["--trust", fingerprint, "--listen", "127.0.0.1:0"]
        self._command += [part for upstream in upstreams for part in ("--from", str(upstream))]
        self._command += options if "--check-every" in options else ["--check-every", "1", *options]
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self._process = None
        self.said = []
        self.lives = 0
        self.serving = False
        self.address = ""

    def start(self):
        """Start it, and wait until it says where it serves."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self._environment, text=True
        )
        serving = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(self._process, serving), daemon=True).start()
        self.address = serving.get(timeout=PATIENCE)
        assert self.address, f"it ended: {self.said[-8:]}"
        self.lives += 1
        self.serving = True
        return self

    def _listen(self, process, serving):
        with process.stdout:
            for line in process.stdout:
                self.said.append(line.rstrip())
                if line.startswith("serving at "):
                    serving.put(line.split()[-1])
        serving.put("")

    @property
    def pid(self):
        return self._process.pid

    @property
    def alive(self):
        return self._process is not None and self._process.poll() is None

    def end(self, number=signal.SIGTERM):
        self.serving = False
        self.lives += 1
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)

    def kill(self):
        self.end(signal.SIGKILL)

    def await_said(self, words):
        """Wait until a line with these words was printed."""
        until = time.monotonic() + PATIENCE
        while not any(words in line for line in self.said):
            assert time.monotonic() < until, self.said
            threading.Event().wait(0.01)

    def get(self, path, **fields):
        """Status, headers and body of one answer. Raises OSError, HTTPException."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE)
        try:
            connection.request("GET", f"/{path}", headers={k.replace("_", "-"): v for k, v in fields.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def version(self):
        """Version of the timestamp that is served; 0 if there is none."""
        status, _, body = self.get(TIMESTAMP)
        return json.loads(body)["signed"]["version"] if status == 200 else 0

    def await_version(self, version):
        """Wait until a timestamp of this version is served; the seconds that took. Starts it again if it has ended."""
        began = time.monotonic()
        tag = '"none"'
        while time.monotonic() < began + PATIENCE:
            if not self.alive:
                self.start()
            try:
                status, headers, body = self.get(TIMESTAMP, If_None_Match=tag, Prefer="wait=2")
            except (OSError, http.client.HTTPException):
                continue
            if status == 200 and json.loads(body)["signed"]["version"] >= version:
                return time.monotonic() - began
            if status == 404:
                threading.Event().wait(0.02)  # nothing is there to wait for
            tag = headers.get("ETag", '"none"')
        raise AssertionError(f"version {version} never came; {self.version()} did: {self.said[-8:]}")


# --- Readers ------------------------------------------------------------------------------------------------------


class Watcher:
    """Asks a mirror for everything, all the time, and writes down whatever is not as it should be.

    ``strict``: readers must get a whole edition on every visit. Where disks are tampered with they may have to come
    again; but nobody is ever given a byte that the newsroom did not publish at that very path.
    """

    def __init__(self, process, room, strict=True):
        self.process, self.room, self.strict = process, room, strict
        self.wrong = []
        self.answers = self.visits = 0
        self._ending = threading.Event()
        self._random = random.Random(1)
        self._threads = [threading.Thread(target=work) for work in (self._ask, self._read)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._ending.set()
        for thread in self._threads:
            thread.join()
        if error[0] is None:
            assert self.wrong == [], self.wrong[:3]
            assert self.answers > 10

    def _ask(self):
        while not self._ending.is_set():
            path = self._random.choice(list(self.room.published))
            fields = {"Accept_Encoding": self._random.choice(["identity", "gzip, br", "identity;q=0, gzip"])}
            if self._random.random() < 0.3:
                fields["Range"] = f"bytes={self._random.randrange(40)}-{self._random.choice(['', 60])}"
            try:
                status, headers, body = self.process.get(path, **fields)
            except (OSError, http.client.HTTPException):
                threading.Event().wait(0.01)
                continue
            self.answers += 1
            self._judge(path, status, headers, body)

    def _judge(self, path, status, headers, body):
        if status not in {200, 206}:
            return
        if headers.get("Content-Encoding") == "gzip":
            path += ".gz"
        known = self.room.published[path]
        if status == 206:
            first, last = headers["Content-Range"].split()[1].split("/")[0].split("-")
            known = {data[int(first) : int(last) + 1] for data in known}
        if body not in known:
            self.wrong.append((path, status, body[:200]))

    def _read(self):
        library = MemoryLibrary()
        served = False
        while not self._ending.is_set():
            lives, serving = self.process.lives, self.process.serving
            fault = None
            try:
                inbound = HttpInbound(self.process.address, proxies={})
                visit = sync([inbound], Anchor.parse(self.room.fingerprint), (), MemoryLibrary(), now())
                sync([inbound], Anchor.parse(self.room.fingerprint), (), library, now())
                inbound.close()
                fault = visit.faults or None
            except TamizdatError as error:
                fault = error
            self.visits += 1
            if fault is None:
                served = True
            elif served and self.strict and serving and lives == self.process.lives and self.process.alive:
                self.wrong.append(("reader", str(fault)[:500], ""))
