"""Where accepted signed files are kept between visits: a port, memory by default, a folder for whoever asks.

What comes out of a store is verified again like anything else; a store is trusted only not to forget. Losing it
loses the memory of versions seen, and with it the defence against older ones (rollback).
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from tamizdat.errors import LibraryError
from tamizdat.limits import LIMITS

_MAX_NAME_BYTES: Final = 180
_MAX_FILE_BYTES: Final = LIMITS.max_targets_bytes


class Store(Protocol):
    """Keeps one file of bytes for each role name.

    An implementation raises nothing from ``load`` (what cannot be read is ``None``); ``save`` and ``delete`` raise
    LibraryError and leave the old file or the new one, never half of one.
    """

    def load(self, role: str) -> bytes | None:
        """The file saved last for ``role``, if there is one."""

    def save(self, role: str, data: bytes) -> None:
        """Keep ``data`` as the file of ``role``."""

    def delete(self, role: str) -> None:
        """Forget the file of ``role``, if there is one."""


class MemoryStore:
    """Forgets everything when the process ends: the default, so that reading leaves no trace."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def load(self, role: str) -> bytes | None:
        """See Store."""
        return self._files.get(role)

    def save(self, role: str, data: bytes) -> None:
        """See Store."""
        self._files[role] = data

    def delete(self, role: str) -> None:
        """See Store."""
        self._files.pop(role, None)


class DirectoryStore:
    """``<role>.json`` in a folder, the role name percent-encoded; very long names become their hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, role: str) -> bytes | None:
        """See Store. Reads no more than the largest file we accept."""
        try:
            with self._path(role).open("rb") as stream:
                return stream.read(_MAX_FILE_BYTES + 1)
        except OSError:
            return None

    def save(self, role: str, data: bytes) -> None:
        """See Store. Written beside the old file, then moved over it."""
        path = self._path(role)
        temporary = ""
        try:
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
            raise LibraryError(f"cannot be written: {error.strerror}", file=path) from error

    def delete(self, role: str) -> None:
        """See Store."""
        path = self._path(role)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise LibraryError(f"cannot be removed: {error.strerror}", file=path) from error

    def _path(self, role: str) -> Path:
        name = quote(role, safe="", errors="surrogatepass")
        if len(name) > _MAX_NAME_BYTES:
            name = hashlib.sha256(role.encode(errors="surrogatepass")).hexdigest()
        return self._folder / f"{name}.json"
