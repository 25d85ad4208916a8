"""An archive on a stick: written beside its place, continued where it was cut off, read back, then given its name."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from tamizdat.carriers.archive import ArchiveInbound, is_archive
from tamizdat.errors import LibraryError, TamizdatError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.mirror.archive_format import ArchiveFormat, Packed, Stored, filling, is_bytes, unpack
from tamizdat.mirror.change import Coming

PART: Final = ".part"
"""How the name of an archive ends that is not whole yet."""
_AGAIN: Final = "then run the same command again: it goes on where it ended"


class ArchiveFile:
    """The archive that becomes ``target``. Entered, its unfinished form ``<target>.part`` is open and locked.

    Raises UsageError when the place is taken, LibraryError, which says what to do, when the disk fails.
    """

    def __init__(self, target: Path, kind: ArchiveFormat) -> None:
        self._target = target
        self._kind = kind
        self._part = target.with_name(target.name + PART)
        self._stored: list[Stored] = []
        self._size = 0
        self._file = -1

    def __enter__(self) -> Self:
        self._check_target()
        try:
            self._file = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise LibraryError(f"cannot be written ({error.strerror})", file=self._part) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                os.close(self._file)
                raise UsageError(f"{self._part}: another export is writing it") from error
            # This file system knows no locks. Whoever runs two exports into one file gets a fault when it is read back.
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            os.close(self._file)

    def _check_target(self) -> None:
        try:
            free = not self._target.exists() or (self._target.is_file() and is_archive(self._target))
        except OSError as error:
            raise LibraryError(f"cannot be read ({error.strerror})", file=self._target) from error
        if not free:
            raise UsageError(f"{self._target} is there and no archive; it is not overwritten. Take another name")

    # --- what is there already ---

    def is_done(self, files: Sequence[Coming], step: Callable[[], None]) -> bool:
        """Whether the archive is there already, byte for byte, from an earlier run."""
        try:
            there = os.open(self._target, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            _forget_cache(there)
            stored, size = _kept(there, files, self._kind, step)
            end = self._kind.end(stored, size)
            return len(stored) == len(files) and os.pread(there, len(end) + 1, size) == end
        except OSError:
            return False
        finally:
            os.close(there)

    def keep(self, files: Sequence[Coming], needs_before: Callable[[int], bool], step: Callable[[], None]) -> int:
        """How many of ``files`` an earlier run has written: their bytes are hashed, and what follows is cut off.

        ``needs_before`` says of which file the one before it is needed: that is then written again, too.
        """
        try:
            _forget_cache(self._file)
            self._stored, self._size = _kept(self._file, files, self._kind, step)
            if self._stored and needs_before(len(self._stored)):
                self._size = self._stored.pop().offset
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
        except OSError as error:
            raise self._error(error, 0) from error
        return len(self._stored)

    @property
    def size(self) -> int:
        """Bytes written so far, by this run and earlier ones."""
        return self._size

    def check_space(self, total: int) -> None:
        """Raise LibraryError if the disk cannot hold an archive of ``total`` bytes."""
        free = shutil.disk_usage(self._part.parent).free
        if (missing := total - self._size - free) > 0:
            old = f" (the {self._target.name} that is there stays until then)" if self._target.exists() else ""
            raise LibraryError(
                f"there is too little room: {missing} bytes are missing of {total}{old}. Make room, or leave out pages "
                f"(--no-pages) or languages (--language); {_AGAIN}",
                file=self._part.parent,
            )

    # --- writing ---

    def add(self, file: Coming, packed: Packed, total: int) -> None:
        """Write one file. ``total`` is what the archive comes to, for who has to make room."""
        head = self._kind.before(file.path, packed)
        data = b"".join((head, packed.body, filling(self._kind, len(packed.body))))
        stored = self._kind.read_before(head, file.path)
        if stored is None:
            raise LibraryError(f"cannot hold {file.path}", file=self._part)
        try:
            _write_all(self._file, data)
        except OSError as error:
            raise self._error(error, total) from error
        self._stored.append(stored._replace(offset=self._size))
        self._size += len(data)

    def finish(self) -> None:
        """Write the end, and wait until all has reached the device."""
        end = self._kind.end(self._stored, self._size)
        try:
            _write_all(self._file, end)
            os.fsync(self._file)
            _forget_cache(self._file)
        except OSError as error:
            raise self._error(error, self._size + len(end)) from error
        self._size += len(end)

    def verify(self, files: Sequence[Coming], step: Callable[[], None]) -> None:
        """Read the archive as readers will, and hash every file in it. Raises LibraryError if one is not as signed."""
        inbound = ArchiveInbound(self._part)
        fault = "does not read back as it was written"
        try:
            if sorted(inbound.list()) != sorted(file.path for file in files):
                raise self._broken(fault)
            for file in files:
                if not is_bytes(inbound.fetch(file.path, file.size), file.digest):
                    raise self._broken(f"{file.path} {fault}")
                step()
        except LibraryError:
            raise
        except TamizdatError as error:
            raise self._broken(f"{fault} ({error})") from error

    def name(self) -> None:
        """Give the archive its name, in the place of an older one."""
        try:
            self._part.replace(self._target)
            folder = os.open(self._target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise self._error(error, self._size) from error
        with suppress(OSError):  # some file systems cannot; the name is there all the same
            os.fsync(folder)
        os.close(folder)

    def discard(self) -> None:
        """Remove the unfinished form: the archive is there."""
        self._part.unlink(missing_ok=True)

    def _broken(self, fault: str) -> LibraryError:
        return LibraryError(f"{fault}: the disk or stick fails. Copy it to another one", file=self._part)

    def _error(self, error: OSError, total: int) -> LibraryError:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            missing = max(total - os.fstat(self._file).st_size, 0)
            return LibraryError(
                f"the disk is full; {missing} bytes more are needed. Make room, {_AGAIN}", file=self._part
            )
        if error.errno == errno.EFBIG:
            return LibraryError(
                "the file system takes no file that large (FAT: 4 GB). Leave out pages or languages, or format the "
                "stick as exFAT",
                file=self._part,
            )
        return LibraryError(f"cannot be written ({error.strerror}); {_AGAIN}", file=self._part)


def _kept(
    archive: int, files: Sequence[Coming], kind: ArchiveFormat, step: Callable[[], None]
) -> tuple[list[Stored], int]:
    """The first of ``files`` that an open archive has, one after the other from its first byte on; where they end."""
    found: list[Stored] = []
    offset = 0
    for file in files:
        length = kind.head_bytes(file.path)
        head = os.pread(archive, length, offset)
        stored = kind.read_before(head, file.path)
        if stored is None or stored.packed > LIMITS.max_site_file_bytes or stored.size > file.size:
            break
        body = os.pread(archive, stored.packed, offset + length)
        data = unpack(body, stored.method, stored.size) if len(body) == stored.packed else None
        if data is None or not is_bytes(data, file.digest):
            break
        after = filling(kind, len(body))
        if kind.before(file.path, Packed(data, body, stored.method)) != head:
            break
        if os.pread(archive, len(after), offset + length + len(body)) != after:
            break
        found.append(stored._replace(offset=offset))
        offset += length + len(body) + len(after)
        step()
    return found, offset


def _forget_cache(file: int) -> None:
    """What is read next comes from the device and not from memory, where the system can do that."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
