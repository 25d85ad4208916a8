"""Where a mirror copies from: one address on the command line, which may be several roads, and may come and go."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tamizdat.carriers.archive import ArchiveInbound, is_archive
from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.http import HttpInbound
from tamizdat.carriers.port import Inbound
from tamizdat.errors import CarrierError, TamizdatError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.mirror.register import TIMESTAMP_PATH

_MAX_ARCHIVES: Final = 32
"""Of a folder where archives are dropped, as many are looked at: the newest."""
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
    """A folder or an archive file: a web root, or a folder where somebody drops archives. It may not be there yet."""

    def __init__(self, path: Path, pause: Callable[[float], object] = time.sleep) -> None:
        super().__init__(str(path))
        self._path = path
        self._pause = pause
        self._tag: object = None

    def roads(self) -> list[Inbound]:
        """See :class:`Upstream`. Of a folder of archives, the newest first; what is no archive (yet) is passed over."""
        try:
            if (self._path / "metadata").is_dir():
                return [DirectoryInbound(self._path)]
            found: list[Inbound] = [ArchiveInbound(file) for file in self._archives() if is_archive(file)]
        except OSError as error:
            raise self._error(f"cannot be read ({error.strerror})") from error
        if not found:
            raise self._error("no edition and no archive of one is there")
        return found

    def wait(self, seconds: float) -> tuple[bool, bool]:
        """See :class:`Upstream`."""
        until = time.monotonic() + seconds
        while True:
            tag = self._look()
            if tag != self._tag:
                self._tag = tag
                return True, False
            if time.monotonic() >= until:
                return False, True
            self._pause(min(_LOOK_SECONDS, seconds))

    def _look(self) -> object:
        """What the file system says of the newest that there is; equal as long as nothing changed."""
        try:
            if (self._path / "metadata").is_dir():
                return _stamp(self._path / TIMESTAMP_PATH)
            return tuple((file.name, _stamp(file)) for file in self._archives())
        except OSError:
            return ()

    def _archives(self) -> list[Path]:
        if self._path.is_file():
            return [self._path]
        if not self._path.is_dir():
            return []
        files = [(file.stat().st_mtime_ns, file) for file in self._path.iterdir() if file.is_file()]
        return [file for _, file in sorted(files, reverse=True)[:_MAX_ARCHIVES]]

    def _error(self, detail: str) -> CarrierError:
        return CarrierError(detail, carrier=self.name, path=".")


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
