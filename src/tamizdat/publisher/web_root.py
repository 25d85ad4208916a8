"""What every carrier should hold after a push: the local web root, file by file, with the hash of each."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from tamizdat.edition.listing import page_order
from tamizdat.errors import UsageError

TIMESTAMP: Final = "metadata/timestamp.json"


class Stage(IntEnum):
    """In which order kinds of files are written: each may name those before it."""

    CONTENT = 0
    METADATA = 1
    PAGE = 2
    TIMESTAMP = 3


class RootFile(NamedTuple):
    """One file; ``data`` if it does not lie in the local web root's folder. ``digest`` is SHA-256."""

    path: str
    stage: Stage
    digest: bytes
    size: int
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class WebRoot:
    """All files of the web root in ``folder``: metadata in writing order, the others as they come."""

    folder: Path
    files: tuple[RootFile, ...]
    timestamp: RootFile | None = None
    gone: tuple[str, ...] = ()
    """What must not stay on any carrier."""
    turn: int = 0
    """Files of which the hash begins with this byte are compared in this push whatever their marks say: disks rot."""
    before: RootFile | None = None
    """The timestamp of a place that has all but these files: whoever has another one needs more than these."""
    positions: Mapping[str, int] = field(init=False)
    """Where in ``files`` a path is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", {file.path: at for at, file in enumerate(self.files)})

    def read(self, file: RootFile) -> bytes:
        """A file's bytes. Raises UsageError if those in the folder are others: what is altered here goes nowhere."""
        if file.data is not None:
            return file.data
        name = self.folder / file.path
        kind = "page that was pressed" if file.stage is Stage.PAGE else "file that was made"
        try:
            data = name.read_bytes()
        except OSError as error:
            raise UsageError(f"{name} cannot be read ({error.strerror}); publish again") from error
        if hashlib.sha256(data).digest() != file.digest:
            raise UsageError(f"{name} is not the {kind}; publish again")
        return data


def metadata_file(name: str, data: bytes) -> RootFile:
    """A file of the folder ``metadata``."""
    path = f"metadata/{name}"
    stage = Stage.TIMESTAMP if path == TIMESTAMP else Stage.METADATA
    return RootFile(path, stage, hashlib.sha256(data).digest(), len(data), data)


def in_writing_order(files: Iterable[RootFile]) -> list[RootFile]:
    """``files`` stage by stage; metadata stays in the order in which it comes."""
    return sorted(files, key=lambda file: (file.stage, page_order(file.path) if file.stage is Stage.PAGE else ()))
