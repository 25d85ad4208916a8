"""A gzip file that can be read from any place without inflating it from the start each time, or to disk ever."""

import bisect
import io
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from tamizdat.errors import Failure, FormatError

_INPUT_BYTES: Final = 1 << 14
_GZIP: Final = 31  # zlib's window bits for a gzip wrapper
_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where inflating can go on: a copy of the inflater (its window is 32 KiB) and both offsets."""

    raw_offset: int
    packed_offset: int
    inflater: Any  # zlib names no public type for it


class GunzipFile(io.RawIOBase):
    """The inflated bytes of ``packed``, seekable.

    ``checkpoints`` outlives this object: pass the same list again for the same file, and reading starts at the nearest
    one. Raises FormatError (too large) when more than ``max_bytes`` would be inflated, and OSError for data that is no
    gzip.
    """

    def __init__(
        self, packed: BinaryIO, checkpoints: list[Checkpoint], *, max_bytes: int, spacing_bytes: int = 1 << 20
    ) -> None:
        self._packed = packed
        self._checkpoints = checkpoints
        self._max_bytes = max_bytes
        self._spacing_bytes = spacing_bytes
        self._wanted = 0
        if not checkpoints:
            checkpoints.append(Checkpoint(0, 0, zlib.decompressobj(_GZIP)))
        self._restore(checkpoints[0])

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The place in the inflated bytes."""
        return self._wanted

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place in the inflated bytes, from the start or from here; inflating waits for the next read."""
        target = offset + (self._wanted if whence == io.SEEK_CUR else 0)
        if whence not in {io.SEEK_SET, io.SEEK_CUR} or target < 0:
            raise OSError("cannot seek there")
        self._wanted = target
        return target

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - the signature of io.RawIOBase
        """Fill ``buffer`` with what follows; 0 at the end."""
        place = bisect.bisect_right(self._checkpoints, self._wanted, key=lambda point: point.raw_offset) - 1
        if not self._offset <= self._wanted or self._checkpoints[place].raw_offset > self._offset:
            self._restore(self._checkpoints[place])
        while self._offset < self._wanted:
            if not self._inflate(min(_INPUT_BYTES, self._wanted - self._offset)):
                return 0
        data = self._inflate(len(buffer))
        buffer[: len(data)] = data
        self._wanted += len(data)
        return len(data)

    def _restore(self, point: Checkpoint) -> None:
        self._inflater = point.inflater.copy()
        self._offset = point.raw_offset
        self._packed.seek(point.packed_offset)
        self._pending = b""

    def _inflate(self, size: int) -> bytes:
        """Up to ``size`` (at least 1 of them) more bytes; empty at the end."""
        data = b""
        while size and not data:
            if not self._pending:
                self._pending = self._packed.read(_INPUT_BYTES)
                if not self._pending:
                    return b""
            if self._inflater.eof and not self._next_member():
                return b""
            data = self._step(size)
        self._offset += len(data)
        if self._offset > self._max_bytes:
            raise FormatError(Failure.TOO_LARGE, f"inflates to more than {self._max_bytes} bytes", what="archive")
        self._mark()
        return data

    def _step(self, size: int) -> bytes:
        try:
            data: bytes = self._inflater.decompress(self._pending, size)
        except zlib.error as error:
            raise OSError("not valid gzip data") from error
        self._pending = self._inflater.unconsumed_tail or self._inflater.unused_data
        return data

    def _next_member(self) -> bool:
        if not self._pending.startswith(_MAGIC[: len(self._pending)]):
            return False
        self._inflater = zlib.decompressobj(_GZIP)
        return True

    def _mark(self) -> None:
        if self._offset >= self._checkpoints[-1].raw_offset + self._spacing_bytes:
            place = self._packed.tell() - len(self._pending)
            self._checkpoints.append(Checkpoint(self._offset, place, self._inflater.copy()))
