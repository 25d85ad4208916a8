"""A plan that was decided is carried out: in an order that a crash cannot turn into half a publish (promise 8).

Each file is first entered in the register and then put in place, while its bytes can be read from ``incoming``; so
whoever asks meanwhile gets the old file or the new one, whole.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.errors import CarrierError, LibraryError
from tamizdat.mirror.change import Coming
from tamizdat.mirror.holding import mark_of
from tamizdat.mirror.incoming import Incoming
from tamizdat.mirror.plan import GRACE_SECONDS
from tamizdat.mirror.register import Register

_BATCH: Final = 200


class Switching:
    """Puts what the register plans into the web root ``www``. ``changed`` is called whenever other files are served.

    Raises LibraryError when the disk does not take it. Then, as after a crash, it can be done again from the start.
    """

    def __init__(self, register: Register, incoming: Incoming, www: Path, changed: Callable[[], None]) -> None:
        self._register = register
        self._incoming = incoming
        self._www = www
        self._outbound = DirectoryOutbound(www)
        self._changed = changed

    def carry_out(self, now: float) -> None:
        """Carry out the plan. ``now`` is Unix seconds."""
        shared = self._register.coming_twice()
        for batch in _batches(self._register.coming()):
            self._register.enter(batch)
            self._changed()
            self._register.mark_many([(file, self._put(file, shared)) for file in batch])
        # All is in its place. What lies here still was fetched for an edition that another one overtook.
        self._incoming.clear()
        self._register.finish(now)
        self._changed()
        self._delete_departed()
        if self._register.unswept:
            self._sweep()

    def part(self, now: float) -> None:
        """Delete what has stayed long enough for readers in the middle of a visit, and what a crash left."""
        if self._register.part(now, GRACE_SECONDS):
            self._changed()
        self._delete_departed()

    def _delete_departed(self) -> None:
        """Delete what is not served any more. Other web servers serve whatever lies there, so it is tried again."""
        if departed := self._register.departed():
            self._register.forget_departed([path for path in departed if self._delete(path)])

    def _sweep(self) -> None:
        """Delete what a register knew that was damaged. A folder that never had one may hold anything, and is left."""
        with suppress(CarrierError):
            unknown = [path for path in self._outbound.list() if not self._register.has(path)]
            if not [path for path in unknown if not self._delete(path)]:
                self._register.swept()

    def _delete(self, path: str) -> bool:
        if not stat.S_ISDIR(_mode(self._www / path)):  # else another file's folder has taken its place
            try:
                self._outbound.delete(path)
            except CarrierError:
                return False
        return True

    def _put(self, file: Coming, shared: set[bytes]) -> str:
        """Put one file in place; its mark there."""
        target, source = self._www / file.path, self._incoming.path(file.digest)
        try:
            if not self._incoming.has(file.digest, file.size) or not source.is_file():
                self._incoming.forget(file.digest)
                return self._mark_if_there(target, file)
            self._make_way(target)
            if file.digest not in shared:
                source.replace(target)
                self._incoming.forget(file.digest)
            else:
                temporary = self._incoming.temporary()
                shutil.copyfile(source, temporary)
                temporary.replace(target)
            return mark_of(target.stat())
        except OSError as error:
            self._incoming.forget(file.digest)  # perhaps it is what is gone: then the next attempt will find that out
            raise LibraryError(f"cannot be written ({error.strerror})", file=target) from error

    @staticmethod
    def _mark_if_there(target: Path, file: Coming) -> str:
        """The mark of a file that an interrupted switch had put in place already; *lost* if it is not there."""
        with suppress(OSError), target.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").digest() == file.digest:
                return mark_of(os.fstat(stream.fileno()))
        return "lost"

    def _make_way(self, target: Path) -> None:
        """Make the folders above ``target``. What was a page may be a folder now, or the other way round."""
        folder = target.parent
        if not folder.is_dir():
            for above in (folder, *folder.parents):
                if above == self._www or above.is_dir():
                    break
                above.unlink(missing_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
        elif target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _batches(files: Iterable[Coming]) -> Iterator[list[Coming]]:
    rest = iter(files)
    while batch := list(islice(rest, _BATCH)):
        yield batch
