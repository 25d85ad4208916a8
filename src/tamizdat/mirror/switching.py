"""A plan that was decided is carried out: in an order that a crash cannot turn into half a publish (promise 8).

Each file is first entered in the register and then put in place, while its bytes can be read from ``incoming``; so
whoever asks meanwhile gets the old file or the new one, whole.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.port import TEMPORARY_PREFIX
from tamizdat.errors import CarrierError, LibraryError
from tamizdat.mirror.holding import mark_of
from tamizdat.mirror.incoming import Incoming
from tamizdat.mirror.register import Coming, Register

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
        gone = self._register.finish(now)
        self._changed()
        self._delete(gone)
        self._incoming.clear()

    def part(self, now: float) -> None:
        """Delete what has stayed long enough for readers in the middle of a visit."""
        if gone := self._register.part(now):
            self._changed()
            self._delete(gone)

    def _delete(self, paths: Iterable[str]) -> None:
        # What cannot be deleted is not served any more; whoever finds it on the disk has a disk with other troubles.
        for path in paths:
            with suppress(CarrierError):
                self._outbound.delete(path)

    def _put(self, file: Coming, shared: set[bytes]) -> str:
        """Put one file in place; its mark there."""
        target, source = self._www / file.path, self._incoming.path(file.digest)
        try:
            if not self._incoming.has(file.digest, file.size):
                return self._mark_if_there(target, file)
            self._make_way(target)
            if file.digest not in shared:
                source.replace(target)
                self._incoming.forget(file.digest)
            else:
                temporary = target.parent / f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}"
                shutil.copyfile(source, temporary)
                temporary.replace(target)
            return mark_of(target.stat())
        except OSError as error:
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


def _batches(files: Iterable[Coming]) -> Iterator[list[Coming]]:
    rest = iter(files)
    while batch := list(islice(rest, _BATCH)):
        yield batch
