"""A folder where people drop archives, among whatever else lies there: which of them are worth a look.

Nobody guards such a folder. Archives may be half copied, damaged, old, of another publication, or made to cost time and
memory, and they come and go with the stick that they lie on. So each look asks only some: those that gave good files,
those that are new, and, ever more seldom, those that failed. What a look says of an archive counts until the file
changes.
"""

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from tamizdat.carriers.archive import ArchiveInbound, is_archive
from tamizdat.carriers.archive_index import Room
from tamizdat.errors import Failure
from tamizdat.mirror.change import TIMESTAMP_PATH
from tamizdat.roads.trail import MirrorTrail

_MAX_FILES: Final = 10_000
"""Of a folder, as many names are looked at."""
_MAX_GOOD: Final = 4
_MAX_OTHERS: Final = 8
_MAX_ENTRIES: Final = 1_000_000
"""Files in all archives together that are remembered at once: some 50 MB."""
_RETRY_SECONDS: Final = 60.0
_MAX_RETRY_SECONDS: Final = 3600.0
_UNFINISHED: Final = (".part", ".tmp", ".crdownload")


class Key(NamedTuple):
    """A file as it is: another one as soon as anything is written to it."""

    path: Path
    size: int
    modified: int
    number: int


@dataclass(slots=True)
class _Verdict:
    """What the last look said of an archive."""

    good: bool
    final: bool = False
    """Nothing that could happen makes it better: it is of another publication, or older than what is held."""
    failures: int = 0
    again: float = 0.0
    """When it is worth another look."""


class DropFolder:
    """The archives in ``path``, which may be an archive itself, or not be there yet. One thread looks, one waits."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._verdicts: dict[Key, _Verdict] = {}
        self._open: dict[Key, ArchiveInbound] = {}
        self._no_archives: set[Key] = set()
        self._asked: list[Key] = []
        self._known: set[Key] = set()
        self._before: set[Key] | None = None
        self._lock = threading.Lock()
        self._more = False

    def archives(self) -> list[ArchiveInbound]:
        """Those to ask on this look. Raises OSError if the folder itself cannot be read."""
        there = [key for key in _files(self._path) if self._is_archive(key)]
        self._forget_all_but(there)
        good, new, failed = self._sorted(there)
        others = (new + failed) if new else [key for key in failed if self._verdicts[key].again <= self._clock()]
        self._more = len(new) > _MAX_OTHERS
        self._asked = good[:_MAX_GOOD] + others[:_MAX_OTHERS]
        self._open = {key: archive for key, archive in self._open.items() if key in self._asked}
        room = Room(_MAX_ENTRIES - sum(archive.entries for archive in self._open.values()))
        for key in self._asked:
            if key not in self._open:
                self._open[key] = ArchiveInbound(key.path, room=room)
        return [self._open[key] for key in self._asked]

    def told(self, trails: Sequence[MirrorTrail], held: int) -> None:
        """What came of the archives that the last look asked, in their order; ``held`` is the timestamp held now."""
        for key, trail in zip(self._asked, trails, strict=True):
            before = self._verdicts.get(key)
            failures = before.failures if before else 0
            verdict = _Verdict(good=_is_good(trail, held))
            if not verdict.good:
                verdict.final = _is_final(trail, held)
                verdict.failures = failures + 1
                pause = min(_RETRY_SECONDS * 2.0 ** min(failures, 16), _MAX_RETRY_SECONDS)
                verdict.again = self._clock() + pause
                self._open.pop(key, None)
            with self._lock:
                self._verdicts[key] = verdict

    def has_news(self) -> bool:
        """Whether a look may bring something: called every half second or so.

        What is there at the first call counts at once; another file when it has stayed as it is from one call to the
        next: until then it is being copied.
        """
        try:
            there = set(_files(self._path))
        except OSError:
            there = set()
        settled = there - self._known
        if self._before is not None:
            settled &= self._before
        self._known = (self._known & there) | settled
        self._before = there
        now = self._clock()
        with self._lock:
            due = any(not v.good and not v.final and v.again <= now for v in self._verdicts.values())
        more, self._more = self._more, False
        return bool(settled) or due or more

    def _sorted(self, there: Sequence[Key]) -> tuple[list[Key], list[Key], list[Key]]:
        """Good ones, new ones and failed ones that may get better, each with the newest first."""
        good, new, failed = [], [], []
        for key in sorted(there, key=lambda key: (-key.modified, key.path)):
            verdict = self._verdicts.get(key)
            if verdict is None:
                new.append(key)
            elif verdict.good:
                good.append(key)
            elif not verdict.final:
                failed.append(key)
        return good, new, sorted(failed, key=lambda key: self._verdicts[key].again)

    def _is_archive(self, key: Key) -> bool:
        if key in self._no_archives:
            return False
        try:
            found = is_archive(key.path)
        except OSError:
            return False  # not readable now; asked again on the next look
        if not found:
            self._no_archives.add(key)
        return found

    def _forget_all_but(self, there: Sequence[Key]) -> None:
        kept = set(there)
        with self._lock:
            self._verdicts = {key: verdict for key, verdict in self._verdicts.items() if key in kept}
        if len(self._no_archives) > 2 * _MAX_FILES:
            self._no_archives.clear()


def _is_good(trail: MirrorTrail, held: int) -> bool:
    """Whether an archive has the edition that is held, or helped to get it, and nothing in it was wrong."""
    wrong = trail.refusals or trail.faults or trail.missing
    return not wrong and trail.timestamp_version is not None and trail.timestamp_version >= held


def _is_final(trail: MirrorTrail, held: int) -> bool:
    """Whether an archive's timestamp itself was refused, or is older than the one that is held."""
    refused = any(
        refusal.path == TIMESTAMP_PATH and refusal.failure in {Failure.WRONG_SIGNATURE, Failure.EXPIRED}
        for refusal in trail.refusals
    )
    return refused or (trail.timestamp_version is not None and trail.timestamp_version < held)


def _files(path: Path) -> Iterator[Key]:
    """The files that may be archives. Links are none: nobody who drops one shall make us read elsewhere."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    if stat.S_ISREG(status.st_mode):
        yield _key(path, status)
    if not stat.S_ISDIR(status.st_mode):
        return
    with os.scandir(path) as entries:
        for entry in islice(entries, _MAX_FILES):
            if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield _key(Path(entry.path), status)


def _key(path: Path, status: os.stat_result) -> Key:
    return Key(path, status.st_size, status.st_mtime_ns, status.st_ino)
