"""Files of the newsroom's machine: regular ones only, and none outside the folder that the settings name."""

import stat
from pathlib import Path
from typing import BinaryIO

from tamizdat.errors import ItemError, SourceError


def open_file(path: Path, name: str) -> BinaryIO:
    """Open a regular file for reading. A pipe or device could hold a publish for ever. Raises SourceError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError("is not a file", source=name)
        return path.open("rb")
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", source=name) from error
    except ValueError as error:
        raise SourceError("is not the name of a file", source=name) from error


def is_folder(path: Path) -> bool:
    """Whether there is a folder of this name; a name that no file can have names none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def inside(root: Path, relative: str) -> Path:
    """The regular file at ``relative`` (to ``root``), which must lie in ``root`` after all links are followed.

    Raises ItemError.
    """
    try:
        file = (root / relative).resolve()
        if not file.is_relative_to(root.resolve()):
            raise ItemError("lies outside the folder of the source", where=relative[:200], what="")
        if not file.is_file():
            raise ItemError("there is no such file", where=relative[:200], what="")
    except (OSError, ValueError, RuntimeError) as error:
        raise ItemError("cannot be read", where=relative[:200], what="") from error
    return file
