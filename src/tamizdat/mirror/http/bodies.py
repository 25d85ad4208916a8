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


@dataclass(slots=True, eq=False)
class OpenFile:
    """A descriptor that ``users`` answers are reading from, each at a place of its own."""

    digest: bytes
    descriptor: int
    stamp: tuple[int, int]
    """What the file system said of it when it was opened, checked."""
    users: int = 0

    @classmethod
    def of(cls, digest: bytes, descriptor: int) -> "OpenFile":
        """A file that has just been checked."""
        return cls(digest, descriptor, _stamp(descriptor))

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has written to it since. (Writing in place shows in all descriptors of a file.)"""
        return _stamp(self.descriptor) == self.stamp


def _stamp(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_size, status.st_mtime_ns


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
        self._spoilt: list[OpenFile] = []
        """Written to while answers were reading from them."""
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
        if self.is_small(file):
            return file.digest in self._small
        opened = self._open.get(file.digest)
        if opened is not None and not opened.is_untouched:
            # Those who read it already have got what they have got; readers check it.
            del self._open[file.digest]
            self._spoilt += [opened] if opened.users else []
            if not opened.users:
                os.close(opened.descriptor)
            return False
        return opened is not None

    def take(self, file: ServedFile) -> OpenFile:
        """A long file that is at hand, to read from until it is given back."""
        found = self._open[file.digest]
        self._open.move_to_end(file.digest)
        found.users += 1
        return found

    def give_back(self, opened: OpenFile) -> None:
        """Nobody reads it any more on behalf of one :meth:`take`."""
        opened.users -= 1
        if opened in self._spoilt and not opened.users:
            self._spoilt.remove(opened)
            os.close(opened.descriptor)
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
            if file.digest in self._open:
                os.close(found)
            else:
                self._open[file.digest] = OpenFile.of(file.digest, found)
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
        for opened in (*self._open.values(), *self._spoilt):
            os.close(opened.descriptor)
        self._spoilt.clear()
        self._open.clear()
        self._small.clear()
        self._coming.clear()
