"""One publish to many mirrors: when the last one serves it, and what moved."""

import asyncio
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks import corpus
from benchmarks.measure import Bench
from tamizdat.carriers.registry import open_inbound
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.story import Story
from tamizdat.trust.fingerprint import Anchor

LANGUAGES: Final = ("en", "ru", "fa")
_AT_ONCE: Final = 4
_PATIENCE_SECONDS: Final = 120.0
_SERVING: Final = re.compile(r"serving at http://([0-9.]+):([0-9]+)/")


@dataclass(frozen=True, slots=True)
class Spread:
    """``seconds`` until each mirror served the edition, ascending; bytes of one copy of ``changed`` files."""

    seconds: tuple[float, ...]
    changed: int
    wire_ratio: float
    payload_ratio: float
    peak_mib: float
    stories: int
    languages: int


class Process:
    """A running ``tamizdat mirror``; ``address`` once it serves, ``wait_for_edition`` once it holds one."""

    def __init__(self, folder: Path, fingerprint: str, upstream: str) -> None:
        self.folder = folder
        self._lines: list[str] = []
        self._news = threading.Condition()
        command = [sys.executable, "-m", "tamizdat.cli.main", "mirror", str(folder), "--trust", fingerprint]
        command += ["--from", upstream, "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            with self._news:
                self._lines.append(line)
                self._news.notify_all()

    def _line(self, begins: str) -> str:
        with self._news:
            found = self._news.wait_for(
                lambda: next((line for line in self._lines if line.startswith(begins)), None), _PATIENCE_SECONDS
            )
        if found is None:
            raise RuntimeError(f"{self.folder}: {''.join(self._lines) or 'said nothing'}")
        return str(found)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        found = _SERVING.search(self._line("serving at"))
        if found is None:
            raise RuntimeError("listens nowhere")
        return found[1], int(found[2])

    def wait_for_edition(self) -> None:
        """Return once it holds an edition."""
        self._line("holding")

    @property
    def peak_mib(self) -> float:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(re.findall(r"VmHWM:\s+([0-9]+) kB", status)[0]) / 1024

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def measure(folder: Path, count: int) -> Spread:
    """Publish, start ``count`` mirrors, publish one story more, and watch."""
    folder.mkdir(parents=True)
    room = Bench(_made(folder / "news"), LANGUAGES)
    begun = datetime.now(UTC).replace(microsecond=0)
    everything = [story for language in LANGUAGES for story in corpus.stories(language)]
    room.publish(everything[1:], begun)
    out = room.folder / "out"
    before = _files(out)
    with ExitStack() as running:
        first = running.enter_context(Process(folder / "first", room.state.fingerprint, str(out)))
        first.wait_for_edition()
        host, port = first.address
        mirrors: list[Process] = []
        while len(mirrors) < count:
            some = [
                running.enter_context(
                    Process(folder / str(len(mirrors) + at), room.state.fingerprint, f"http://{host}:{port}/")
                )
                for at in range(min(_AT_ONCE, count - len(mirrors)))
            ]
            for mirror in some:
                mirror.wait_for_edition()
            mirrors += some
        addresses = [mirror.address for mirror in mirrors]
        seconds, moved = _publish_and_watch(room, everything, begun, addresses, out)
        changed = _changed(before, out)
        _check(addresses, room)
        payload = sum(_fetched(mirror.folder) for mirror in mirrors)
        peak = max(mirror.peak_mib for mirror in mirrors)
    whole = changed * count
    return Spread(tuple(seconds), changed, moved / whole, payload / whole, peak, len(everything), len(LANGUAGES))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _publish_and_watch(
    room: Bench, stories: Sequence[Story], begun: datetime, addresses: list[tuple[str, int]], out: Path
) -> tuple[list[float], int]:
    """Seconds until each mirror has the new timestamp, and bytes that the network device counted meanwhile."""
    asked = threading.Barrier(2)
    times: list[float] = []

    def watch() -> None:
        times.extend(asyncio.run(_watch(addresses, asked)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    asked.wait()
    moved = _device_bytes()
    room.publish(stories, begun + timedelta(minutes=1))
    appeared = (out / "metadata/timestamp.json").stat().st_mtime
    watcher.join()
    return sorted(moment - appeared for moment in times), _device_bytes() - moved


async def _watch(addresses: list[tuple[str, int]], asked: threading.Barrier) -> list[float]:
    ready = asyncio.Semaphore(0)
    waiting = [asyncio.create_task(_wait_for_news(host, port, ready)) for host, port in addresses]
    for _ in addresses:
        await ready.acquire()
    await asyncio.to_thread(asked.wait)
    return list(await asyncio.wait_for(asyncio.gather(*waiting), _PATIENCE_SECONDS))


async def _wait_for_news(host: str, port: int, ready: asyncio.Semaphore) -> float:
    """When (Unix time) the mirror served another timestamp than now."""
    tag = ""
    while True:
        reader, writer = await asyncio.open_connection(host, port)
        wish = f"If-None-Match: {tag}\r\nPrefer: wait=60\r\n" if tag else ""
        writer.write(
            f"GET /metadata/timestamp.json HTTP/1.1\r\nHost: mirror\r\n{wish}Connection: close\r\n\r\n".encode()
        )
        await writer.drain()
        if tag:
            ready.release()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        writer.close()
        if tag and " 200 " in head.partition("\r\n")[0]:
            return time.time()
        tag = tag or re.findall(r"(?im)^etag: *(\S+)", head)[0]


def _device_bytes() -> int:
    """Bytes that left through the loopback device, headers and all."""
    fields = re.findall(r"lo:\s*(.*)", Path("/proc/self/net/dev").read_text("ascii"))[0].split()
    return int(fields[8])


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _changed(before: dict[str, bytes], out: Path) -> int:
    """Length of all files that are new or other."""
    return sum(len(data) for path, data in _files(out).items() if before.get(path) != data)


def _fetched(folder: Path) -> int:
    """Bytes of the files that a mirror fetched on its last look."""
    return int(json.loads((folder / "status.json").read_text("utf-8"))["fetched"]["bytes"])


def _check(addresses: list[tuple[str, int]], room: Bench) -> None:
    """Read at every mirror as a reader does. Raises RuntimeError if one of them does not have the edition."""
    for host, port in addresses:
        inbound = open_inbound(f"http://{host}:{port}/")
        visit = sync([inbound], Anchor.parse(room.state.fingerprint), LANGUAGES, MemoryLibrary(), datetime.now(UTC))
        numbers = {edition.head.number for edition in visit.editions.values()}
        if visit.faults or 2 not in numbers:
            raise RuntimeError(f"{host}:{port}: {visit.faults or numbers}")
