"""What was decided goes out: to the local web root and from there to every carrier, in an order that a crash
cannot turn into half a publish (promise 8; spec/site.md, "Publishing").

Content that is named by its hash first, then metadata that names it (versioned, never changed), then pages, which are
overwritten in place, leaves before the pages that link to them; the timestamp last. Whoever reads a mirror at any
moment follows the old timestamp or the new one to the end.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tamizdat.carriers.port import Outbound
from tamizdat.edition.listing import copied_file
from tamizdat.errors import CarrierError

_TIMESTAMP: Final = "timestamp.json"
_BATCH: Final = 500
"""Pages that are sent before what was sent is counted."""


@dataclass(frozen=True, slots=True)
class WebRoot:
    """All files of the web root: paths of ``content``, ``metadata`` in writing order, and ``pages``."""

    content: tuple[str, ...]
    metadata: Mapping[str, bytes]
    """File name to bytes; the timestamp is the last."""
    pages: Mapping[str, bytes] = field(default_factory=dict)
    """SHA-256 by path."""


@dataclass(slots=True)
class Carried:
    """The pages of one carrier by path, as SHA-256: what it was given before, and what this push gave."""

    known: Mapping[str, bytes] = field(default_factory=dict)
    given: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pushed:
    """How one carrier fared. ``fault`` is empty when all went well."""

    carrier: str
    files: int
    bytes: int
    fault: str = ""


def push(root: WebRoot, folder: Path, carrier: Outbound, gone: Iterable[str], carried: Carried) -> Pushed:
    """Bring one carrier up to date from the local web root in ``folder``.

    Files that it already holds are not sent again; ``gone`` are deleted at the end. ``carried`` is told which pages it
    was given, whatever happens.

    Never raises for a carrier's fault: other carriers go on.
    """
    delivery = _Delivery(folder, carrier)
    fault = ""
    try:
        for path in root.content:
            if not carrier.holds(path, folder / path):
                delivery.put(path, folder / path)
        for name, data in root.metadata.items():
            if name != _TIMESTAMP and not carrier.holds(f"metadata/{name}", data):
                delivery.put(f"metadata/{name}", data)
        delivery.pages(root.pages, carried)
        # Written whatever is there: its time on the disk says when the carrier was last reached.
        if _TIMESTAMP in root.metadata:
            delivery.put(f"metadata/{_TIMESTAMP}", root.metadata[_TIMESTAMP])
    except (CarrierError, OSError) as error:
        fault = str(error)
    # A takedown must not wait for a full disk: what has to go goes whatever happened before. Not earlier, because the
    # timestamp that the carrier held until now names these files.
    return Pushed(carrier.name, delivery.files, delivery.bytes, _delete(carrier, gone) or fault)


class _Delivery:
    """What is sent to one carrier, counted."""

    def __init__(self, folder: Path, carrier: Outbound) -> None:
        self._folder = folder
        self._carrier = carrier
        self.files = self.bytes = 0

    def put(self, path: str, data: bytes | Path) -> None:
        self._carrier.put(path, data)
        self._count(len(data) if isinstance(data, bytes) else data.stat().st_size)

    def pages(self, wanted: Mapping[str, bytes], carried: Carried) -> None:
        """Send every page that the carrier was not given in this form, or no longer has so."""
        # Listing also clears away what a killed push left half-written, which may be a page that was withdrawn since.
        there = frozenset(self._carrier.list()) if carried.known else frozenset()
        changed = [
            path
            for path, digest in wanted.items()
            if carried.known.get(path) != digest
            or path not in there
            or not self._carrier.holds(path, self._folder / path)
        ]
        changed.sort(key=page_order)
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            self._carrier.put_many(self._checked(batch, wanted))
            carried.given.update((path, wanted[path]) for path in batch)

    def _checked(self, paths: Iterable[str], wanted: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        """Pages as they were pressed: what a killed publish left in the local web root goes nowhere."""
        for path in paths:
            data = (self._folder / path).read_bytes()
            if hashlib.sha256(data).digest() != wanted[path]:
                raise OSError(f"{self._folder / path} is not the page that was pressed; publish again")
            self._count(len(data))
            yield path, data

    def _count(self, size: int) -> None:
        self.files, self.bytes = self.files + 1, self.bytes + size


def page_order(path: str) -> tuple[bool, int, str]:
    """Leaves first: what lies deep before what links to it, front pages last, the whole site's own at the very end.

    Each page comes just before its copies, which are what most readers get.
    """
    folders = path.count("/")
    return (copied_file(path).endswith("index.html"), -folders, path)


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
            return hashlib.file_digest(content, "sha256").hexdigest() == file.name.partition(".")[0]
    except FileNotFoundError:
        return False
