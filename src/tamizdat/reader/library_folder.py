"""A library that is kept, by choice: one folder, encrypted under a passphrase::

    library.json   the parameters of the passphrase and the wrapped master key; never changes
    manifest       sealed: which record lies where, under which key
    generation     sealed: how often the manifest was replaced, to notice an older one put back
    lock           empty; held while a reader has the library open
    <32 hex>       segments: records one after another, each sealed under its own key, then random padding

A change writes one new segment, then replaces the manifest, which is the moment it counts; then segments that are no
longer named go. A crash before that moment leaves the old library, after it the new one; leftovers are removed on
opening. A record that is removed or replaced loses its key with the old manifest.
"""

import contextlib
import fcntl
import json
import os
import re
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, TypeVar

from tamizdat.errors import LibraryError, PassphraseError
from tamizdat.reader.library_seal import (
    PassphraseCost,
    SealError,
    make_header,
    open_header,
    padded_size,
    seal,
    seal_record,
    unseal,
    unseal_record,
)

_HEADER: Final = "library.json"
_MANIFEST: Final = "manifest"
_GENERATION: Final = "generation"
_LOCK: Final = "lock"
_NEW: Final = ".new"
_FIXED: Final = frozenset({_HEADER, _MANIFEST, _GENERATION, _LOCK})
_LEFTOVER: Final = re.compile(r"[0-9a-f]{32}|(library\.json|manifest|generation)\.new")
_MAX_HEADER_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class _Record:
    """Where one value lies: its segment, the place and length of its sealed bytes, and their key."""

    segment: str
    offset: int
    length: int
    key: bytes


@dataclass(frozen=True, slots=True)
class _State:
    """What the manifest says: its number, each segment's size in bytes, each value's place."""

    generation: int
    segments: Mapping[str, int]
    records: Mapping[str, _Record]

    def to_bytes(self) -> bytes:
        records = {name: [r.segment, r.offset, r.length, r.key.hex()] for name, r in self.records.items()}
        fields = {"generation": self.generation, "segments": dict(self.segments), "records": records}
        return json.dumps(fields, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        fields: dict[str, Any] = json.loads(data)
        records = {
            name: _Record(segment, offset, length, bytes.fromhex(key))
            for name, (segment, offset, length, key) in fields["records"].items()
        }
        return cls(fields["generation"], fields["segments"], records)


class EncryptedLibrary:
    """A library kept in a folder, sealed under a passphrase; see the module for its files.

    Open one with :meth:`open` or :meth:`create`, as a context manager or with :meth:`close` at the end. One process
    at a time; its threads may share it. Not noticed: a whole folder replaced by an older copy of itself. What it held
    then is old news, and the expiry dates of the signed files say so.
    """

    def __init__(self, folder: Path, master: bytes, state: _State, lock: BinaryIO) -> None:
        self._folder = folder
        self._master = master
        self._state = state
        self._busy = threading.Lock()
        self._unlock = weakref.finalize(self, lock.close)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether ``folder`` holds a library, so that :meth:`open` and not :meth:`create` is the way."""
        return (folder / _HEADER).exists()

    @classmethod
    def create(cls, folder: Path, passphrase: str, cost: PassphraseCost = PassphraseCost()) -> Self:  # noqa: B008 - frozen
        """Make a library in a new or empty folder. Raises LibraryError and, without passphrase, PassphraseError."""
        _check_passphrase(folder, passphrase)
        with _translated(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            foreign = sorted(name for name in os.listdir(folder) if not _is_ours(name))  # noqa: PTH208 - names only
            if foreign or cls.exists(folder):
                what = f"holds {foreign[0]!r}" if foreign else "holds a library already"
                raise LibraryError(f"{what}; choose a new or empty folder", file=str(folder))
            folder.chmod(0o700)
            lock = _take_lock(folder)
            with _closing_on_error(lock):
                _sweep(folder, keep=())
                header, master = make_header(passphrase, cost)
                library = cls(folder, master, _State(0, {}, {}), lock)
                library._replace(_MANIFEST, seal(master, _MANIFEST, library._state.to_bytes()))
                library._witness()
                # Last: without it there is no library yet, and the next attempt begins anew.
                library._replace(_HEADER, header)
                _sync(folder)
                return library

    @classmethod
    def open(cls, folder: Path, passphrase: str) -> Self:
        """Open the library in ``folder``.

        Raises PassphraseError for a wrong passphrase, and LibraryError when there is none, when another reader has it
        open, or when a file was damaged, lost or replaced by an older one.
        """
        _check_passphrase(folder, passphrase)
        if not cls.exists(folder):
            raise LibraryError("holds no library", file=str(folder))
        with _translated(folder):
            lock = _take_lock(folder)
            with _closing_on_error(lock):
                folder.chmod(0o700)
                master = _unlock_header(folder, passphrase)
                state = _load_state(folder, master)
                _sweep(folder, keep=state.segments)
                library = cls(folder, master, state, lock)
                library._witness()
                return library

    def close(self) -> None:
        """Let other readers open it. Nothing is left to be written."""
        self._unlock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def names(self) -> frozenset[str]:
        """See :meth:`Library.names`."""
        return frozenset(self._state.records)

    def get(self, name: str) -> bytes | None:
        """See :meth:`Library.get`. Raises LibraryError when the file that holds it was damaged."""
        with self._busy, _translated(self._folder):
            self._check_open()
            record = self._state.records.get(name)
            return self._read(record) if record else None

    def put_many(self, changes: Mapping[str, bytes | None]) -> None:
        """See :meth:`Library.put_many`."""
        if not changes:
            return
        with self._busy, _translated(self._folder):
            self._check_open()
            old = self._state
            kept = {name: record for name, record in old.records.items() if name not in changes}
            fresh = {name: value for name, value in changes.items() if value is not None}
            worn = _worn_segments(old.segments, kept.values(), sum(map(len, fresh.values())))
            moved = {name: self._read(record) for name, record in kept.items() if record.segment in worn}
            segments = {name: size for name, size in old.segments.items() if name not in worn}
            try:
                added = self._write_segment(moved | fresh, segments)
                self._commit(_State(old.generation + 1, segments, kept | added))
            except OSError:
                # Most likely the disk is full: do not keep what nothing names.
                for name in segments.keys() - self._state.segments.keys():
                    (self._folder / name).unlink(missing_ok=True)
                raise
            for name in worn:
                (self._folder / name).unlink(missing_ok=True)

    def _commit(self, state: _State) -> None:
        self._replace(_MANIFEST, seal(self._master, _MANIFEST, state.to_bytes()))
        self._state = state
        _sync(self._folder)
        self._witness()

    def _write_segment(self, values: Mapping[str, bytes], segments: dict[str, int]) -> dict[str, _Record]:
        """Write ``values`` to a new file, add its size to ``segments``, and tell where each value lies."""
        if not values:
            return {}
        segment = os.urandom(16).hex()
        data = bytearray()
        records = {}
        for name, value in values.items():
            key, sealed = seal_record(value)
            records[name] = _Record(segment, len(data), len(sealed), key)
            data += sealed
        data += os.urandom(padded_size(len(data)) - len(data))
        segments[segment] = len(data)
        _write(self._folder / segment, bytes(data))
        _sync(self._folder)
        return records

    def _read(self, record: _Record) -> bytes:
        try:
            with (self._folder / record.segment).open("rb", buffering=0) as file:
                file.seek(record.offset)
                return unseal_record(record.key, file.read(record.length))
        except (FileNotFoundError, SealError) as error:
            raise _damaged(self._folder, record.segment) from error

    def _replace(self, name: str, data: bytes) -> None:
        _write(self._folder / (name + _NEW), data)
        (self._folder / (name + _NEW)).replace(self._folder / name)

    def _witness(self) -> None:
        data = self._state.generation.to_bytes(8, "big")
        self._replace(_GENERATION, seal(self._master, _GENERATION, data))
        _sync(self._folder)

    def _check_open(self) -> None:
        if not self._unlock.alive:
            raise LibraryError("has been closed", file=str(self._folder))


def _worn_segments(segments: Mapping[str, int], kept: Iterable[_Record], new_bytes: int) -> frozenset[str]:
    """Segments to be rewritten into the new one: mostly dead, or not much larger than what is new.

    The second rule keeps their number logarithmic and rewrites each byte a logarithmic number of times.
    """
    live = dict.fromkeys(segments, 0)
    for record in kept:
        live[record.segment] += record.length
    worn = {name for name, size in segments.items() if live[name] < size // 2}
    growing = new_bytes + sum(live[name] for name in worn)
    for name in sorted(segments, key=lambda name: (segments[name], name)):
        if name not in worn and growing and segments[name] <= 2 * padded_size(growing):
            worn.add(name)
            growing += live[name]
    return frozenset(worn)


def _load_state(folder: Path, master: bytes) -> _State:
    state = _unsealed(folder, _MANIFEST, master, _State.from_bytes)
    witness = _unsealed(folder, _GENERATION, master, lambda data: int.from_bytes(data, "big"))
    # One behind: a crash after the manifest was replaced.
    if witness not in {state.generation, state.generation - 1}:
        raise _damaged(folder, _MANIFEST)
    for name, size in state.segments.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise _damaged(folder, name)
    return state


_Value = TypeVar("_Value")


def _unsealed(folder: Path, name: str, master: bytes, parse: Callable[[bytes], _Value]) -> _Value:
    try:
        return parse(unseal(master, name, (folder / name).read_bytes()))
    except (FileNotFoundError, SealError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _damaged(folder, name) from error


def _unlock_header(folder: Path, passphrase: str) -> bytes:
    try:
        with (folder / _HEADER).open("rb") as file:
            return open_header(file.read(_MAX_HEADER_BYTES), passphrase)
    except SealError as error:
        detail = "the passphrase is wrong (or the file was edited: then delete the folder and sync again)"
        raise PassphraseError(detail, file=str(folder / _HEADER)) from error
    except (FileNotFoundError, ValueError, RecursionError, MemoryError) as error:
        raise _damaged(folder, _HEADER) from error


def _check_passphrase(folder: Path, passphrase: str) -> None:
    if not passphrase:
        raise PassphraseError("a kept library needs a passphrase", file=str(folder))


def _take_lock(folder: Path) -> BinaryIO:
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    file = open(lock, "rb+", buffering=0)  # noqa: PTH123, SIM115 - a descriptor; held until close()
    with _closing_on_error(file):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LibraryError("is open in another reader; close that one first", file=str(folder)) from error
    return file


@contextlib.contextmanager
def _closing_on_error(lock: BinaryIO) -> Iterator[None]:
    try:
        yield
    except BaseException:
        lock.close()
        raise


@contextlib.contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(error.strerror or type(error).__name__, file=error.filename or str(folder)) from error


def _damaged(folder: Path, name: str) -> LibraryError:
    detail = f"is damaged, missing or older than the rest; delete the folder {folder} and sync again"
    return LibraryError(detail, file=str(folder / name))


def _is_ours(name: str) -> bool:
    return name in _FIXED or bool(_LEFTOVER.fullmatch(name))


def _sweep(folder: Path, keep: Collection[str]) -> None:
    """Remove what a crash left behind. Files that are not ours are let be."""
    for name in os.listdir(folder):  # noqa: PTH208 - names only
        if _LEFTOVER.fullmatch(name) and name not in keep:
            (folder / name).unlink()


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, down to the disk; one that was left half-written goes first."""
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(file, "wb", buffering=0) as out:  # noqa: PTH123 - opens a descriptor, not a path
            rest = memoryview(data)
            while rest:
                rest = rest[out.write(rest) :]
            os.fsync(file)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
