"""Folders, in both directions: a web root, a USB stick, a synchronised folder.

Every component below the root is opened without following symbolic links, so nothing in a mirror's folder can point
a reader or a publisher outside it. POSIX only.
"""

import contextlib
import errno
import fcntl
import io
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from tamizdat.carriers.port import MAX_PATH_CHARS, TEMPORARY_PREFIX, check_path, is_safe_segment, too_large
from tamizdat.errors import CarrierError, MissingFileError

_COPY_BYTES: Final = 1 << 20
# Files, each in a folder of its own at worst, that are open at once while many are put: far below the usual 1024.
_BATCH: Final = 200
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK: opening a named pipe that somebody left in the folder must not wait for a writer.
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DirectoryInbound:
    """Reads the files of one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.name = str(root)

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """See :meth:`tamizdat.carriers.port.Inbound.fetch`."""
        *folders, leaf = check_path(path).split("/")
        try:
            with contextlib.closing(_Folder(os.open(self._root, _FOLDER))) as folder:
                return self._read(folder, path, folders, leaf, max_bytes)
        except OSError as error:
            raise CarrierError(_reason(error), carrier=self.name, path=path) from error

    def _read(self, folder: "_Folder", path: str, folders: list[str], leaf: str, max_bytes: int) -> bytes:
        try:
            for name in folders:
                folder.enter(name)
            file = os.open(leaf, _READ, dir_fd=folder.fd)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                detail = "no such file (symbolic links are not followed)"
                raise MissingFileError(detail, carrier=self.name, path=path) from error
            raise
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise MissingFileError("is not a file", carrier=self.name, path=path)
            if status.st_size > max_bytes:
                raise too_large(self.name, path, max_bytes)
            return self._read_all(file, path, max_bytes)
        finally:
            os.close(file)

    def _read_all(self, file: int, path: str, max_bytes: int) -> bytes:
        data = bytearray()
        # The size may grow between fstat and here.
        while chunk := os.read(file, min(_COPY_BYTES, max_bytes + 1 - len(data))):
            data += chunk
            if len(data) > max_bytes:
                raise too_large(self.name, path, max_bytes)
        return bytes(data)

    def list(self) -> Iterator[str]:
        """See :meth:`tamizdat.carriers.port.Listable.list`. Links, also to folders, are listed as files."""
        try:
            for folder, subfolders, files in os.walk(self._root, onerror=_raise, followlinks=False):
                subfolders.sort()
                inside = Path(folder).relative_to(self._root)
                for name in sorted((*files, *(name for name in subfolders if Path(folder, name).is_symlink()))):
                    yield os.fsencode(inside / name).decode("utf-8", "backslashreplace")
        except OSError as error:
            raise CarrierError(_reason(error), carrier=self.name, path=".") from error


class DirectoryOutbound:
    """Writes the files of one folder; makes the folder with the first file.

    A temporary file of a crashed run is removed by the next ``put`` into its folder, or by ``list``.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept: set[str] = set()
        self.name = str(root)

    def holds(self, path: str, data: bytes | Path) -> bool:
        """See :meth:`tamizdat.carriers.port.Outbound.holds`."""
        *folders, leaf = check_path(path).split("/")
        try:
            with contextlib.closing(_Folder(os.open(self._root, _FOLDER))) as folder:
                for name in folders:
                    folder.enter(name)
                file = os.open(leaf, _READ, dir_fd=folder.fd)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                return False
            raise CarrierError(_reason(error), carrier=self.name, path=path) from error
        try:
            return stat.S_ISREG(os.fstat(file).st_mode) and _same_bytes(file, data)
        except OSError as error:
            raise CarrierError(_reason(error), carrier=self.name, path=path) from error
        finally:
            os.close(file)

    def put(self, path: str, data: bytes | Path) -> str:
        """See :meth:`tamizdat.carriers.port.Outbound.put`."""
        return self._put([(path, data)], lambda new: os.fsync(new.file))[0]

    def put_many(self, files: Iterable[tuple[str, bytes]]) -> list[str]:
        """See :meth:`tamizdat.carriers.port.Outbound.put_many`. Some hundreds share one wait for the disk."""
        rest = iter(files)
        marks: list[str] = []
        while batch := self._put(islice(rest, _BATCH), lambda _: None, settle=_settle):
            marks += batch
        return marks

    def _put(
        self,
        files: Iterable[tuple[str, bytes | Path]],
        written: Callable[["_New"], None],
        settle: Callable[[Iterable[int]], None] = lambda _: None,
    ) -> list[str]:
        """Write every file under a temporary name, ``settle``, then give each its own name in one step. Their marks."""
        path = ""
        with contextlib.ExitStack() as open_files:
            new: list[_New] = []
            folders: dict[str, int] = {}
            try:
                for path, data in files:
                    new.append(_New(*self._folder_of(path, folders, open_files)))
                    open_files.callback(new[-1].abandon)
                    new[-1].write(data)
                    written(new[-1])
                settle(folders.values())
                marks = []
                for one in new:
                    path = one.path
                    marks.append(one.finish())
                for folder in folders.values():
                    os.fsync(folder)
            except OSError as error:
                raise CarrierError(_reason(error), carrier=self.name, path=path) from error
        return marks

    def _folder_of(self, path: str, known: dict[str, int], open_files: contextlib.ExitStack) -> tuple[str, int, str]:
        """The path, its folder (made if it is not there, held open for the batch) and its last part."""
        *names, leaf = check_path(path).split("/")
        inside = path[: -len(leaf)]
        if inside not in known:
            folder = open_files.enter_context(contextlib.closing(self._open_root()))
            for name in names:
                folder.enter(name, create=True)
            if inside not in self._swept:
                _sweep(folder.fd)
                self._swept.add(inside)
            known[inside] = folder.fd
        return path, known[inside], leaf

    def delete(self, path: str) -> None:
        """See :meth:`tamizdat.carriers.port.Outbound.delete`. Folders left empty go too: they may name a story."""
        *folders, leaf = check_path(path).split("/")
        try:
            with contextlib.closing(_Folder(os.open(self._root, _FOLDER))) as folder:
                for name in folders:
                    folder.enter(name)
                os.unlink(leaf, dir_fd=folder.fd)
                os.fsync(folder.fd)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR}:
                return
            raise CarrierError(_reason(error), carrier=self.name, path=path) from error
        self._remove_empty(folders)

    def list(self) -> Iterator[str]:
        """See :meth:`tamizdat.carriers.port.Outbound.list`. In order of name; links and foreign names left out."""
        return (path for path, _ in self.marks())

    def marks(self) -> Iterator[tuple[str, str]]:
        """See :meth:`tamizdat.carriers.port.Outbound.marks`. The same files in the same order."""
        try:
            root = os.open(self._root, _FOLDER)
        except FileNotFoundError:
            return
        except OSError as error:
            raise CarrierError(_reason(error), carrier=self.name, path=".") from error
        try:
            yield from _marks(root, "")
        except OSError as error:
            raise CarrierError(_reason(error), carrier=self.name, path=".") from error

    def _open_root(self) -> "_Folder":
        if not self._root.exists():
            self._root.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._root.parent)
        return _Folder(os.open(self._root, _FOLDER))

    def _remove_empty(self, folders: Sequence[str]) -> None:
        for depth in range(len(folders), 0, -1):
            with contextlib.suppress(OSError):  # not empty, or another writer was faster
                self._root.joinpath(*folders[:depth]).rmdir()


class _Folder:
    """An open folder that walks down without following links."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def enter(self, name: str, *, create: bool = False) -> None:
        if create:
            try:
                os.mkdir(name, dir_fd=self.fd)
            except FileExistsError:
                pass
            else:
                os.fsync(self.fd)
        inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self.fd)
        os.close(self.fd)
        self.fd = inner

    def close(self) -> None:
        os.close(self.fd)


class _New:
    """A file that is being put: under a temporary name until it is whole."""

    def __init__(self, path: str, folder: int, leaf: str) -> None:
        self.path = path
        self._folder, self._leaf = folder, leaf
        self._temporary = f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}"
        # 0o666 less the umask: a web server run by somebody else must be able to read it.
        self.file = os.open(self._temporary, _WRITE, 0o666, dir_fd=folder)
        # Held while we live: see _sweep.
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def write(self, data: bytes | Path) -> None:
        _copy(data, self.file)

    def finish(self) -> str:
        """Give the file its name; its mark."""
        os.rename(self._temporary, self._leaf, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        self._temporary = ""
        return _mark(os.fstat(self.file))  # after the renaming, which is a change too

    def abandon(self) -> None:
        """Close; a file that was not finished goes."""
        if self._temporary:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary, dir_fd=self._folder)
        os.close(self.file)


def _same_bytes(held: int, data: bytes | Path) -> bool:
    with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb", buffering=0) as wanted:
        if wanted.seek(0, os.SEEK_END) != os.fstat(held).st_size:
            return False
        wanted.seek(0)
        while chunk := wanted.read(_COPY_BYTES):
            if os.read(held, len(chunk)) != chunk:
                return False
    return True


def _copy(data: bytes | Path, file: int) -> None:
    if isinstance(data, bytes):
        _write_all(file, data)
        return
    with data.open("rb", buffering=0) as source:
        while chunk := source.read(_COPY_BYTES):
            _write_all(file, chunk)


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _mark(status: os.stat_result) -> str:
    """What says that a file was written to: nobody sets the time of a change (ctime) but the system itself."""
    return f"{status.st_dev:x}.{status.st_ino:x}.{status.st_size:x}.{status.st_mtime_ns:x}.{status.st_ctime_ns:x}"


def _marks(folder: int, inside: str) -> Iterator[tuple[str, str]]:
    """Path and mark of every file in and below an open folder, which is closed in the end."""
    try:
        # A descriptor of its own: scandir moves the position of the one it is given.
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        _remove_stale(folder, (entry.name for entry in entries if entry.name.startswith(TEMPORARY_PREFIX)))
        below = []
        for entry in entries:
            # Nothing that lies below a name which the port refuses can be reached through it.
            if len(inside) + len(entry.name) > MAX_PATH_CHARS or not is_safe_segment(entry.name):
                continue
            with contextlib.suppress(FileNotFoundError):  # gone meanwhile
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    below.append(entry.name)
                elif stat.S_ISREG(status.st_mode):
                    yield inside + entry.name, _mark(status)
        for name in below:
            with contextlib.suppress(FileNotFoundError):
                yield from _marks(os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder), f"{inside}{name}/")
    finally:
        os.close(folder)


def _sweep(folder: int) -> None:
    """Remove temporary files that no living process holds locked."""
    with os.scandir(folder) as entries:
        stale = [entry.name for entry in entries if entry.name.startswith(TEMPORARY_PREFIX)]
    _remove_stale(folder, stale)


def _remove_stale(folder: int, names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(OSError):  # renamed meanwhile, locked by its writer, or a link
            file = os.open(name, _READ, dir_fd=folder)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=folder)
            finally:
                os.close(file)


def _settle(folders: Iterable[int]) -> None:
    """Wait until the file systems of these open folders have written everything.

    Not until all file systems have, as ``os.sync`` would: a slow stick in this machine must not hold up other carriers.
    """
    syncfs = _syncfs()
    if syncfs is None:
        os.sync()
        return
    for folder in {os.fstat(folder).st_dev: folder for folder in folders}.values():
        syncfs(folder)


@cache
def _syncfs() -> Callable[[int], None] | None:
    """The system's ``syncfs``, which waits for one file system; Linux has it."""
    import ctypes  # noqa: PLC0415 - who only reads folders must not load it

    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        return None

    def syncfs(folder: int) -> None:
        if call(folder) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return syncfs


def _sync_folder(path: Path) -> None:
    folder = os.open(path, _FOLDER)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _raise(error: OSError) -> None:
    raise error


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
