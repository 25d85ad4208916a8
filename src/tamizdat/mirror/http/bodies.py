"""Bytes of files at hand: small ones in memory, long ones open. Threads wait for the disk, nobody else does."""

import asyncio
import contextlib
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tamizdat.errors import TamizdatError
from tamizdat.mirror.http.limits import HttpLimits
from tamizdat.mirror.port import Files, ServedFile

Done = Callable[[bool], None]
"""Called in the loop's thread with whether the file is at hand now."""


@dataclass(slots=True)
class OpenFile:
    """A descriptor that ``users`` answers are reading from, each at a place of its own."""

    digest: bytes
    descriptor: int
    users: int = 0


class Bodies:
    """The bounded cache of small files, and the long files that are open. Everything but the disk is the loop's."""

    def __init__(self, files: Files, limits: HttpLimits, loop: asyncio.AbstractEventLoop) -> None:
        self._files = files
        self._limits = limits
        self._loop = loop
        self._threads = ThreadPoolExecutor(limits.disk_threads, "mirror disk")
        self._small: OrderedDict[bytes, bytes] = OrderedDict()
        self._small_bytes = 0
        self._open: OrderedDict[bytes, OpenFile] = OrderedDict()
        self._coming: dict[bytes, list[Done]] = {}
        self._closed = False

    def small(self, file: ServedFile) -> bytes | None:
        """All bytes of a small file, if they are at hand."""
        data = self._small.get(file.digest)
        if data is not None:
            self._small.move_to_end(file.digest)
        return data

    def is_small(self, file: ServedFile) -> bool:
        """Whether the file is one that is held in memory."""
        return file.size <= self._limits.small_file_bytes

    def at_hand(self, file: ServedFile) -> bool:
        """Whether it can be sent without waiting for the disk."""
        return file.digest in (self._small if self.is_small(file) else self._open)

    def take(self, file: ServedFile) -> OpenFile:
        """A long file that is at hand, to read from until it is given back."""
        found = self._open[file.digest]
        self._open.move_to_end(file.digest)
        found.users += 1
        return found

    def give_back(self, opened: OpenFile) -> None:
        """Nobody reads it any more on behalf of one :meth:`take`."""
        opened.users -= 1
        self._tidy()

    def load(self, file: ServedFile, done: Done) -> None:
        """Get the file from the disk. Those who ask for it meanwhile get the same."""
        waiting = self._coming.setdefault(file.digest, [])
        waiting.append(done)
        if len(waiting) == 1:
            work = self._files.read if self.is_small(file) else self._files.open
            self._threads.submit(self._work, work, file)

    def _work(self, work: Callable[[ServedFile], bytes | int], file: ServedFile) -> None:
        """In a thread: whatever comes of it goes to the loop."""
        found: bytes | int | None
        try:
            found = work(file)
        except (TamizdatError, OSError, MemoryError):
            found = None
        with contextlib.suppress(RuntimeError):  # the loop has ended, and so has the process, nearly
            self._loop.call_soon_threadsafe(self._come, file, found)

    def _come(self, file: ServedFile, found: bytes | int | None) -> None:
        if isinstance(found, int):
            if self._closed:
                os.close(found)
                return
            self._open[file.digest] = OpenFile(file.digest, found)
        elif found is not None:
            self._small[file.digest] = found
            self._small_bytes += len(found)
            while self._small_bytes > self._limits.cache_bytes and len(self._small) > 1:
                self._small_bytes -= len(self._small.popitem(last=False)[1])
        for done in self._coming.pop(file.digest, ()):
            done(found is not None)
        self._tidy()

    def _tidy(self) -> None:
        """Close what nobody uses, the longest unused first."""
        if len(self._open) <= self._limits.idle_open_files:
            return
        idle = [opened for opened in self._open.values() if not opened.users]
        for opened in idle[: max(0, len(idle) - self._limits.idle_open_files)]:
            os.close(self._open.pop(opened.digest).descriptor)

    def close(self) -> None:
        """Let everything go."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for opened in self._open.values():
            os.close(opened.descriptor)
        self._open.clear()
        self._small.clear()
        self._coming.clear()
