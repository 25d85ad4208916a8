"""The verified files of a mirror on its disk, as the server asks for them (:class:`tamizdat.mirror.port.Files`)."""

import hashlib
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from tamizdat.errors import LibraryError
from tamizdat.mirror.incoming import Incoming
from tamizdat.mirror.port import ServedFile
from tamizdat.mirror.register import Register

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAX_CHECKED: Final = 20_000
_CHUNK_BYTES: Final = 1 << 20


def mark_of(status: os.stat_result) -> str:
    """What the file system says of a file. It changes with whatever is done to the file."""
    return f"{status.st_size}.{status.st_mtime_ns}.{status.st_ctime_ns}.{status.st_ino}"


class Holding:
    """Files of the web root ``www``, and of ``incoming`` while an edition is being put in place.

    A file is given out only after its bytes were hashed: small ones each time that they are read, large ones once in
    the life of the process and whenever the file system says that something was done to them. ``on_damage`` is called,
    from whichever thread found it, when a file is not what it should be.
    """

    def __init__(
        self, register: Register, www: Path, incoming: Incoming, on_damage: Callable[[], None] = lambda: None
    ) -> None:
        self._register = register
        self._www = www
        self._incoming = incoming
        self._on_damage = on_damage
        self._lock = threading.Lock()
        self._checked: OrderedDict[tuple[bytes, str], None] = OrderedDict()
        self._languages: frozenset[str] = frozenset()
        self._version = 0

    @property
    def version(self) -> int:
        """See :class:`~tamizdat.mirror.port.Files`."""
        return self._version

    def changed(self, languages: frozenset[str] | None = None) -> None:
        """Say that other files are held now; ``languages`` are those that have folders."""
        if languages is not None:
            self._languages = languages
        self._version += 1

    def find(self, path: str) -> ServedFile | None:
        """See :class:`~tamizdat.mirror.port.Files`."""
        try:
            found = self._register.find(path)
        except LibraryError:  # the next look finds out what can be done about that
            self._on_damage()
            return None
        return found[0] if found else None

    def language(self, path: str) -> str:
        """See :class:`~tamizdat.mirror.port.Files`."""
        folder = path.partition("/")[0]
        return folder if folder in self._languages else ""

    def read(self, file: ServedFile) -> bytes:
        """See :class:`~tamizdat.mirror.port.Files`."""
        for place in self._places(file):
            with suppress(OSError):
                descriptor = os.open(place, _FLAGS)
                try:
                    data = _read_all(descriptor, file.size)
                finally:
                    os.close(descriptor)
                if hashlib.sha256(data).digest() == file.digest:
                    return data
        raise self._damaged(file)

    def open(self, file: ServedFile) -> int:
        """See :class:`~tamizdat.mirror.port.Files`."""
        for place in self._places(file):
            with suppress(OSError):
                descriptor = os.open(place, _FLAGS)
                if self._is_whole(descriptor, file):
                    return descriptor
                os.close(descriptor)
        raise self._damaged(file)

    def lies_there(self, file: ServedFile) -> bool:
        """Whether the web root has these bytes in that place, whatever the register knows of it."""
        with suppress(OSError):
            descriptor = os.open(self._www / file.path, _FLAGS)
            try:
                status = os.fstat(descriptor)
                return stat.S_ISREG(status.st_mode) and status.st_size == file.size and _hash(descriptor) == file.digest
            finally:
                os.close(descriptor)
        return False

    def doubt(self, file: ServedFile) -> None:
        """Note that a file is not what it should be, if it still is not."""
        with suppress(LibraryError):
            self.read(file)

    def _places(self, file: ServedFile) -> tuple[Path, ...]:
        """Where to look, one after the other: what is not there yet may be moved there before it is looked for here."""
        there = self._www / file.path
        return there, self._incoming.path(file.digest), there

    def _is_whole(self, descriptor: int, file: ServedFile) -> bool:
        """Whether an open file has the bytes that it should. Closes it if it cannot be read."""
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size != file.size:
                return False
            checked = (file.digest, mark_of(status))
            if checked in self._checked:
                return True
            if _hash(descriptor) != file.digest:
                return False
        except OSError:
            os.close(descriptor)
            raise
        with self._lock:
            self._checked[checked] = None
            while len(self._checked) > _MAX_CHECKED:
                self._checked.popitem(last=False)
        return True

    def _damaged(self, file: ServedFile) -> LibraryError:
        """The error to raise. Unless a newer edition replaced the file meanwhile, it is lost."""
        with suppress(LibraryError):  # a disk that does not even take this note: nobody is served the file anyway
            held = self._register.find(file.path)
            if held is not None and held[0] == file and self._register.lose(file):
                self.changed()
                self._on_damage()
        return LibraryError("is not what it should be, and is not served", file=self._www / file.path)


def _read_all(descriptor: int, size: int) -> bytes:
    """All bytes, or one more than ``size`` of a file that is longer."""
    data = bytearray()
    while len(data) <= size and (chunk := os.read(descriptor, min(_CHUNK_BYTES, size + 1 - len(data)))):
        data += chunk
    return bytes(data)


def _hash(descriptor: int) -> bytes:
    hasher, at = hashlib.sha256(), 0
    while chunk := os.pread(descriptor, _CHUNK_BYTES, at):
        hasher.update(chunk)
        at += len(chunk)
    return hasher.digest()
