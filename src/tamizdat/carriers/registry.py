"""From an address or a setting to the carrier that serves it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tamizdat.carriers.directory import DirectoryInbound, DirectoryOutbound
from tamizdat.carriers.port import Inbound, Outbound
from tamizdat.errors import UsageError

_ACCEPTED: Final = (
    "a mirror is an address (https://..., http://...), a folder, or an archive file (.zip, .tar, .tar.gz)"
)
OUTBOUND_KINDS: Final = ("directory",)
"""The values of ``kind`` in ``[[carriers]]``."""


def open_inbound(address: str) -> Inbound:
    """The road to the mirror at ``address``: http(s) URL, ``file://`` URL, folder or archive (by its content).

    Nothing is fetched yet. Raises UsageError that says what is accepted.
    """
    if not address:
        raise UsageError(f"an empty address; {_ACCEPTED}")
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme in {"http", "https"}:
        from tamizdat.carriers.http import HttpInbound  # noqa: PLC0415 - who reads a folder must not load the web

        return HttpInbound(address)
    if scheme not in {"", "file"}:
        raise UsageError(f"{address}: {scheme}:// is not an address we can fetch from; {_ACCEPTED}")
    path = _file_path(address) if scheme else Path(address).expanduser()
    try:
        if path.is_dir():
            return DirectoryInbound(path)
        if path.is_file() and (archive := _open_archive(path)):
            return archive
        there = path.exists()
    except (OSError, ValueError) as error:
        raise UsageError(f"{address}: cannot be read ({error}); {_ACCEPTED}") from error
    state = "is neither a folder nor an archive" if there else "there is no such folder or file"
    raise UsageError(f"{address}: {state}; {_ACCEPTED}")


def _open_archive(path: Path) -> Inbound | None:
    from tamizdat.carriers.archive import ArchiveInbound, is_archive  # noqa: PLC0415 - as above

    return ArchiveInbound(path) if is_archive(path) else None


def open_outbound(kind: str, settings: Mapping[str, object], base_dir: Path) -> Outbound:
    """The carrier of one ``[[carriers]]`` table; a relative ``path`` starts at ``base_dir``.

    Raises UsageError for an unknown kind or a missing setting.
    """
    if kind not in OUTBOUND_KINDS:
        raise UsageError(f"carriers: kind {kind!r} is not known; there is: {', '.join(OUTBOUND_KINDS)}")
    path = settings.get("path")
    if not isinstance(path, str | Path) or not str(path):
        raise UsageError('carriers: kind "directory" needs path, the folder to put the files in')
    return DirectoryOutbound(base_dir / Path(path).expanduser())


def _file_path(address: str) -> Path:
    parts = urlsplit(address)
    if parts.netloc not in {"", "localhost"} or not parts.path:
        raise UsageError(f"{address}: a file:// address names a file of this machine, as in file:///media/stick")
    return Path(unquote(parts.path))
