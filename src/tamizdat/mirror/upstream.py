"""Where a mirror copies from: one address on the command line, which may be several roads, and may come and go."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.http import HttpInbound
from tamizdat.carriers.port import Inbound
from tamizdat.config import FILE_NAME
from tamizdat.errors import CarrierError, TamizdatError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.mirror.change import TIMESTAMP_PATH
from tamizdat.mirror.drop_folder import DropFolder
from tamizdat.roads.trail import MirrorTrail

_LOOK_SECONDS: Final = 0.5
"""How often a folder is looked at. Nothing is read for that, and nobody is asked."""


class Upstream:
    """One address. Implementations raise CarrierError from ``roads`` and ``wait`` and nothing else."""

    def __init__(self, name: str) -> None:
        self.name = name

    def roads(self) -> list[Inbound]:
        """The roads that there are now."""
        raise NotImplementedError

    def wait(self, seconds: float) -> tuple[bool, bool]:
        """Up to ``seconds`` for news: whether there may be some, and whether it was waited for as long as that.

        The first time it says that there may be.
        """
        raise NotImplementedError

    def told(self, trails: Sequence[MirrorTrail], held: int) -> None:
        """What came of the roads that it gave last, in their order; ``held``: version of the timestamp held now."""


class WebUpstream(Upstream):
    """A publisher or mirror on the web. Waiting is left to it, if it can (ours do); each look costs few bytes."""

    def __init__(self, address: str) -> None:
        self._inbound = HttpInbound(address)
        super().__init__(self._inbound.name)
        self._tag = ""
        self._last: bytes | None = None
        self._fresh: bytes | None = None

    def roads(self) -> list[Inbound]:
        """See :class:`Upstream`."""
        return [self]

    @property
    def has_news(self) -> bool:
        """Whether it has told of some that nobody has taken yet."""
        return self._fresh is not None

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """As the road's. A timestamp that has just come with the news is not fetched a second time."""
        if path == TIMESTAMP_PATH:
            fresh, self._fresh = self._fresh, None
            if fresh is not None:
                return fresh
        return self._inbound.fetch(path, max_bytes)

    def abandon(self, path: str) -> None:
        """See :class:`tamizdat.carriers.port.Abandonable`."""
        self._inbound.abandon(path)

    def wait(self, seconds: float) -> tuple[bool, bool]:
        """See :class:`Upstream`."""
        began = time.monotonic()
        try:
            seen = self._inbound.changed(TIMESTAMP_PATH, LIMITS.max_timestamp_bytes, self._tag, seconds)
        except CarrierError:
            raise
        except TamizdatError as error:
            raise CarrierError(str(error), carrier=self.name, path=TIMESTAMP_PATH) from error
        self._tag = seen.tag
        if seen.data is None or seen.data == self._last:
            return False, time.monotonic() - began >= seconds - 1
        self._last = self._fresh = seen.data
        return True, False


class PlaceUpstream(Upstream):
    """A folder or an archive file. It may not be there yet, and it may go and come back like the stick that it is on.

    A folder is a web root, the folder of a mirror or a publication (which have one), or one where people drop archives.
    """

    def __init__(self, path: Path, pause: Callable[[float], object] = time.sleep) -> None:
        super().__init__(str(path))
        self._path = path
        self._pause = pause
        self._drop = DropFolder(path)
        self._is_drop = False
        self._tag: object = None

    def roads(self) -> list[Inbound]:
        """See :class:`Upstream`."""
        try:
            root = web_root(self._path)
            self._is_drop = root is None
            if root is not None:
                return [DirectoryInbound(root)]
            found: list[Inbound] = [*self._drop.archives()]
        except OSError as error:
            raise self._error(f"cannot be read ({error.strerror})") from error
        if not found:
            raise self._error("no edition and no archive with news is there")
        return found

    def told(self, trails: Sequence[MirrorTrail], held: int) -> None:
        """See :class:`Upstream`."""
        if self._is_drop:
            self._drop.told(trails, held)

    def wait(self, seconds: float) -> tuple[bool, bool]:
        """See :class:`Upstream`."""
        until = time.monotonic() + seconds
        while True:
            if self._has_news():
                return True, False
            if time.monotonic() >= until:
                return False, True
            self._pause(min(_LOOK_SECONDS, seconds))

    def _has_news(self) -> bool:
        try:
            root = web_root(self._path)
            if root is None:
                self._tag = None
                return self._drop.has_news()
            tag = _stamp(root / TIMESTAMP_PATH)
        except OSError:  # not there, or not now
            return False
        changed = tag != self._tag
        self._tag = tag
        return changed

    def _error(self, detail: str) -> CarrierError:
        return CarrierError(detail, carrier=self.name, path=".")


def web_root(path: Path) -> Path | None:
    """The web root that a folder is, or has as a mirror's or a publication's folder; None for any other place."""
    if (path / "metadata").is_dir():
        return path
    for mark, inside in (("register.sqlite", "www"), (FILE_NAME, "out")):
        if (path / mark).is_file() and (path / inside / "metadata").is_dir():
            return path / inside
    return None


def _stamp(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def open_upstream(address: str) -> Upstream:
    """The upstream at an address: http or https, a folder, an archive file. Raises UsageError for anything else."""
    if not address:
        raise UsageError("an empty address; --from takes a web address, a folder or an archive file")
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme in {"http", "https"}:
        return WebUpstream(address)
    if scheme not in {"", "file"}:
        raise UsageError(f"{address}: {scheme}:// is not an address that a mirror can copy from; https://, http:// are")
    return PlaceUpstream(Path(unquote(urlsplit(address).path)) if scheme else Path(address).expanduser())


@dataclass(slots=True)
class Opened:
    """The roads that there are now to some upstreams."""

    roads: list[Inbound] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    """By upstream: why there is none."""
    counts: list[tuple[Upstream, int]] = field(default_factory=list)

    def tell(self, trails: Sequence[MirrorTrail], held: int) -> None:
        """Tell each upstream what came of its roads; ``trails`` are those of all, in their order."""
        rest = list(trails)
        for upstream, count in self.counts:
            upstream.told(rest[:count], held)
            del rest[:count]


def open_roads(upstreams: Sequence[Upstream]) -> Opened:
    """All roads that there are now."""
    opened = Opened()
    for upstream in upstreams:
        try:
            found = upstream.roads()
        except CarrierError as error:
            opened.faults[upstream.name] = str(error)
            continue
        opened.roads += found
        opened.counts.append((upstream, len(found)))
    return opened
