"""The original bytes of pictures, from the web or out of a folder that nothing may leave."""

from pathlib import Path

from tamizdat.errors import ItemError, SourceError
from tamizdat.limits import LIMITS
from tamizdat.sources.fetch import fetch


def web_picture(origin: str) -> bytes:
    """The picture at an http(s) address. Raises ItemError."""
    if not origin.lower().startswith(("http://", "https://")):
        raise ItemError("is not an http or https address", where=origin[:200], what="")
    try:
        fetched = fetch(origin, LIMITS.max_picture_bytes)
    except SourceError as error:
        raise ItemError(error.detail, where=origin[:200], what="") from error
    return fetched.data if fetched else b""


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


def folder_picture(root: Path, origin: str) -> bytes:
    """The picture at ``origin``, relative to ``root``. Raises ItemError."""
    file = inside(root, origin)
    try:
        if file.stat().st_size > LIMITS.max_picture_bytes:
            raise ItemError(f"is larger than {LIMITS.max_picture_bytes} bytes", where=origin[:200], what="")
        return file.read_bytes()
    except OSError as error:
        raise ItemError(f"cannot be read ({error.strerror})", where=origin[:200], what="") from error
