"""Mirrors in memory, honest and otherwise, behind the real port."""

from collections.abc import Callable
from pathlib import Path

from tamizdat.errors import CarrierError, Failure, FormatError, MissingFileError

Change = Callable[[str, bytes], bytes | None]


class MemoryMirror:
    """A copy of a web root. ``change`` sees every file that is asked for and may alter or withhold it."""

    def __init__(self, name: str, files: dict[str, bytes], change: Change = lambda _path, data: data) -> None:
        self.name = name
        self.files = files
        self.change = change
        self.asked: list[str] = []
        self.down = False

    @classmethod
    def of(cls, name: str, folder: Path, change: Change = lambda _path, data: data) -> "MemoryMirror":
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return cls(name, files, change)

    def fetch(self, path: str, max_bytes: int) -> bytes:
        self.asked.append(path)
        if self.down:
            raise CarrierError("connection refused", carrier=self.name, path=path)
        data = self.files.get(path)
        changed = None if data is None else self.change(path, data)
        if changed is None:
            raise MissingFileError("no such file", carrier=self.name, path=path)
        if len(changed) > max_bytes:
            raise FormatError(Failure.TOO_LARGE, f"more than {max_bytes} bytes", what=path)
        return changed


def flip(data: bytes, at: int = -10) -> bytes:
    """``data`` with one bit changed."""
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)
