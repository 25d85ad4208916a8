"""All files of a plan into ``incoming``: from the disk, out of a compressed copy, or from whichever mirror has them."""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Final

from tamizdat.errors import NoMirrorError, TamizdatError
from tamizdat.mirror.change import Coming
from tamizdat.mirror.holding import Holding
from tamizdat.mirror.incoming import Incoming
from tamizdat.mirror.port import ServedFile
from tamizdat.mirror.register import Register
from tamizdat.roads.named import Fetch
from tamizdat.roads.roads import Roads

_GZIP: Final = 31  # zlib's window bits for a gzip wrapper
_LARGE_BYTES: Final = 2_000_000
"""Files that are longer come one at a time: several would be in memory at once."""
_MAX_FAULTS: Final = 16
"""After so many files that nobody has, the rest is not asked for: another attempt goes on where this one ended."""


class Fetching:
    """Fetches what the register plans. ``step`` is called for each file that has come."""

    def __init__(
        self, register: Register, incoming: Incoming, holding: Holding, roads: Roads, step: Callable[[], None]
    ) -> None:
        self._register = register
        self._incoming = incoming
        self._holding = holding
        self._roads = roads
        self._step = step
        self._faults: list[NoMirrorError] = []

    def fetch(self) -> None:
        """Fetch everything. Raises NoMirrorError if a file is not to be had, LibraryError when the disk is full.

        What has come stays for the next attempt.
        """
        packed = self._register.coming_with_copies()
        self._ask_all(lambda: (f for f in self._register.coming() if f.path not in packed))
        # A page whose compressed copy has come is in it: it need not come a second time.
        self._ask_all(lambda: (f for f in self._register.coming() if f.path in packed and not self._unpack(f)))
        if self._faults:
            more = f", and {len(self._faults) - 1} more" if len(self._faults) > 1 else ""
            raise NoMirrorError(f"{self._faults[0]}{more}")

    def _ask_all(self, files: Callable[[], Iterable[Coming]]) -> None:
        self._ask(file for file in files() if file.size <= _LARGE_BYTES)
        for file in files():
            if file.size > _LARGE_BYTES and len(self._faults) < _MAX_FAULTS:
                self._ask([file])

    def _ask(self, files: Iterable[Coming]) -> None:
        answers = self._roads.many(self._jobs(files))
        with closing(answers):  # type: ignore[type-var] # it is a generator
            for answer in answers:
                if not isinstance(answer, TamizdatError):
                    self._step()
                    continue
                if not isinstance(answer, NoMirrorError):
                    raise answer
                self._faults.append(answer)
                if len(self._faults) >= _MAX_FAULTS:
                    return

    def _jobs(self, files: Iterable[Coming]) -> Iterator[tuple[str, int, Callable[[bytes], None]]]:
        asked: set[bytes] = set()
        for file in files:
            if file.digest not in asked and not self._is_here(file):
                asked.add(file.digest)
                yield file.path, file.size, self._taker(file)

    def _is_here(self, file: Coming) -> bool:
        """Whether the bytes have come, or lie in their place already: only what names them changes, or nobody knew."""
        return self._incoming.has(file.digest, file.size) or self._holding.lies_there(
            ServedFile(file.path, file.size, file.digest)
        )

    def _taker(self, file: Coming) -> Callable[[bytes], None]:
        fetch = Fetch(file.path, file.size, file.digest)

        def take(data: bytes) -> None:
            fetch.check(data)
            self._incoming.put(file.digest, data)

        return take

    def _unpack(self, file: Coming) -> bool:
        """Whether the page came out of its gzip copy, which is planned too and may have come."""
        if self._is_here(file):
            return True
        copy = self._register.planned(f"{file.path}.gz")
        if copy is None or not self._incoming.has(copy.digest, copy.size):
            return False
        try:
            data = zlib.decompressobj(_GZIP).decompress(self._incoming.read(copy.digest), file.size + 1)
        except zlib.error:
            return False
        if hashlib.sha256(data).digest() != file.digest:
            return False
        self._incoming.put(file.digest, data)
        self._step()
        return True
