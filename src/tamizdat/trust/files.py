"""Small files of a publication's folder: read with a bound, written whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

from tamizdat.errors import CeremonyError


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """The file's bytes. Raises CeremonyError if it cannot be read or is longer than ``max_bytes``."""
    try:
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise CeremonyError(f"cannot be read: {error.strerror}", file=path) from error
    if len(data) > max_bytes:
        raise CeremonyError(f"is longer than {max_bytes:,} bytes", file=path)
    return data


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file that must not exist yet; after a crash it is there whole or not. Raises CeremonyError."""
    _write(path, data, mode, overwrite=False)


def write_over(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file, in the place of an older one if there is one, atomically. Raises CeremonyError."""
    _write(path, data, mode, overwrite=True)


def _write(path: Path, data: bytes, mode: int, *, overwrite: bool) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if not overwrite:
            _claim(temporary, path)
        temporary.replace(path)
        _sync_folder(path.parent)
    except FileExistsError:
        raise CeremonyError("exists already and is not overwritten", file=path) from None
    except OSError as error:
        raise CeremonyError(f"cannot be written: {error.strerror}", file=path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _claim(temporary: Path, path: Path) -> None:
    """Take the name ``path`` for ``temporary``'s bytes, or raise FileExistsError."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        # FAT, which most USB sticks have, knows no links: there the name is claimed empty, then replaced.
        with path.open("xb"):
            pass


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
