"""The port that every carrier implements, and the rule for the paths that pass through it.

A carrier moves bytes and vouches for nothing: whoever fetches checks what came against signed metadata.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from tamizdat.errors import Failure, FormatError

# The unreserved characters of RFC 3986: equal in an address, a file system and an archive, never quoted.
_SEGMENT: Final = re.compile(r"[A-Za-z0-9._~-]{1,255}")
MAX_PATH_CHARS: Final = 1024
TEMPORARY_PREFIX: Final = ".tamizdat-"
"""How half-written files begin; no path of the port may have a segment that begins so."""


class Inbound(Protocol):
    """A road to one mirror.

    Implementations raise :class:`~tamizdat.errors.MissingFileError` when the mirror works but has no such file,
    :class:`~tamizdat.errors.FormatError` with ``Failure.TOO_LARGE`` when it is longer than ``max_bytes``, with
    ``Failure.MALFORMED`` for a path that :func:`check_path` refuses, and
    :class:`~tamizdat.errors.CarrierError` for everything else that goes wrong. They raise nothing else. Several
    threads may call ``fetch`` at once.
    """

    @property
    def name(self) -> str:
        """The mirror as messages call it: its address, folder or archive file."""
        ...

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """The file's bytes, of which at most ``max_bytes + 1`` are ever read."""
        ...


@runtime_checkable
class Abandonable(Protocol):
    """What a road may offer besides: to stop fetching what nobody waits for any more."""

    def abandon(self, path: str) -> None:
        """End the fetches of ``path`` that are under way: soon they raise CarrierError. Returns at once."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a mirror has at a path: an opaque tag of it, and the bytes unless the tag is still the known one."""

    tag: str
    data: bytes | None


@runtime_checkable
class Watchable(Protocol):
    """What a road may offer besides: to say with few bytes whether a file has changed."""

    def changed(self, path: str, max_bytes: int, known: str, seconds: float) -> Seen:
        """The file at ``path`` as soon as its tag is not ``known`` (empty: at once).

        A mirror that can, waits up to ``seconds`` for that; others answer at once. Raises as ``fetch``.
        """
        ...


@runtime_checkable
class Listable(Protocol):
    """What a road may offer besides: to say which files the mirror has. Folders and archives do, web mirrors do not."""

    def list(self) -> Iterable[str]:
        """Every file, also those whose path :func:`check_path` refuses. Raises CarrierError."""
        ...


class Outbound(Protocol):
    """A place that copies are put in.

    Each ``put`` is atomic: whoever reads the place sees the old file or the new one, never half, whatever crashes.
    Implementations raise :class:`~tamizdat.errors.CarrierError` when the place does not take the file, and
    :class:`~tamizdat.errors.FormatError` for a path that :func:`check_path` refuses.
    """

    @property
    def name(self) -> str:
        """The place as messages call it."""
        ...

    def holds(self, path: str, data: bytes | Path) -> bool:
        """Whether the place holds exactly these bytes (or those of the file ``data``) there.

        A size alone would not do: whoever can write to the place could leave an altered file there for ever.
        """
        ...

    def put(self, path: str, data: bytes | Path) -> str:
        """Put ``data`` (bytes, or the file that holds them) there. It has reached the disk when this returns.

        The result is the mark that the file has now, as :meth:`marks` will say it.
        """
        ...

    def put_many(self, files: Iterable[tuple[str, bytes]]) -> list[str]:
        """:meth:`put` for many small files, in this order; they have reached the disk when this returns. Their marks.

        Each is atomic, all of them together are not: after a crash the first of them may be new and the rest old.
        What ``files`` raises while it is asked for the next one, or for its end, passes through, and none of those that
        were not whole by then gets its name.
        """
        ...

    def delete(self, path: str) -> None:
        """Remove the file; one that is not there is no error."""
        ...

    def list(self) -> Iterable[str]:
        """Every file of the place whose path the port allows."""
        ...

    def marks(self) -> Iterable[tuple[str, str]]:
        """:meth:`list` with the mark of each file: a few characters that are others whenever its bytes may be others.

        What a mark is made of is the carrier's own: the file system's number, size and times of a file, the ETag of an
        object. It must cost no reading of the file. A carrier that has nothing of the kind says ''.
        """
        ...


def is_safe_segment(name: str) -> bool:
    """Whether ``name`` may be a part of a path between two slashes."""
    return bool(_SEGMENT.fullmatch(name)) and name not in {".", ".."} and not name.startswith(TEMPORARY_PREFIX)


def is_safe_path(path: str) -> bool:
    """Whether ``path`` is relative, POSIX, of unreserved characters, and stays where it is put."""
    return len(path) <= MAX_PATH_CHARS and all(is_safe_segment(segment) for segment in path.split("/"))


def check_path(path: str) -> str:
    """Return ``path`` if :func:`is_safe_path`; it may have come from a mirror, so raise FormatError otherwise."""
    if not is_safe_path(path):
        raise FormatError(Failure.MALFORMED, "is not a safe relative path", what=repr(path[:200]))
    return path


def too_large(carrier: str, path: str, max_bytes: int) -> FormatError:
    """The error for a file that is longer than the caller allowed."""
    return FormatError(Failure.TOO_LARGE, f"is longer than {max_bytes} bytes", what=f"{carrier}: {path}")
