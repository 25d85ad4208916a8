"""What was decided goes out: to the local web root and from there to every carrier, in an order that a crash
cannot turn into half a publish (promise 8).

Content first (named by its hash), then metadata that names it (versioned, never changed), the timestamp last. Whoever
reads a mirror at any moment follows the old timestamp or the new one to the end.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tamizdat.carriers.port import Outbound
from tamizdat.errors import CarrierError


@dataclass(frozen=True, slots=True)
class WebRoot:
    """All files of the web root: paths of ``content``, and ``metadata`` in writing order."""

    content: tuple[str, ...]
    metadata: Mapping[str, bytes]
    """File name to bytes; the timestamp is the last."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """How one carrier fared. ``fault`` is empty when all went well."""

    carrier: str
    files: int
    bytes: int
    fault: str = ""


def push(root: WebRoot, folder: Path, carrier: Outbound, gone: Iterable[str]) -> Pushed:
    """Bring one carrier up to date from the local web root in ``folder``.

    Files that it already holds are not sent again; ``gone`` are deleted at the end.

    Never raises for a carrier's fault: other carriers go on.
    """
    files = moved = 0
    fault = ""
    try:
        for path in root.content:
            file = folder / path
            if not carrier.holds(path, file):
                carrier.put(path, file)
                files, moved = files + 1, moved + file.stat().st_size
        for name, data in root.metadata.items():
            path = f"metadata/{name}"
            # The timestamp is written whatever is there: its time on the disk says when the carrier was last reached.
            if name == "timestamp.json" or not carrier.holds(path, data):
                carrier.put(path, data)
                files, moved = files + 1, moved + len(data)
    except (CarrierError, OSError) as error:
        fault = str(error)
    # A takedown must not wait for a full disk: what has to go goes whatever happened before. Not earlier, because the
    # timestamp that the carrier held until now names these files.
    return Pushed(carrier.name, files, moved, _delete(carrier, gone) or fault)


def _delete(carrier: Outbound, gone: Iterable[str]) -> str:
    """Delete what must not stay; what went wrong, if anything."""
    fault = ""
    for path in gone:
        try:
            carrier.delete(path)
        except CarrierError as error:
            fault = str(error)
    return fault


def is_whole(file: Path) -> bool:
    """Whether a content-addressed file is there with the bytes that its name says."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == file.stem
    except FileNotFoundError:
        return False
