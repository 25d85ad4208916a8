"""Where each file of an archive lies, in some forty bytes a file whatever its name: a mirror may look at many."""

import os
import struct
import threading
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from tamizdat.errors import CarrierError

_RECORD: Final = struct.Struct("<3QHI")
_KEY_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one file lies: ``offset`` of its bytes (tar) or local header (zip), sizes in bytes, and what zip says."""

    offset: int
    size: int
    packed_size: int
    method: int = 0
    crc: int = 0


class Room:
    """How many entries several archives may have together. Several threads may use it at once."""

    def __init__(self, entries: int) -> None:
        self._left = entries
        self._lock = threading.Lock()

    def take(self, entries: int) -> bool:
        """Whether there was room for so many more."""
        with self._lock:
            if entries > self._left:
                return False
            self._left -= entries
            return True

    def give_back(self, entries: int) -> None:
        """Make room for others again."""
        with self._lock:
            self._left += entries


class Index:
    """Entries by name. Of two with one name the one that was added last counts.

    A name is kept as 64 bits of a hash under a key of this process: nobody outside can make two names collide, and if
    two do, the wrong bytes come, which are checked like all others.
    """

    def __init__(self, name: str, room: Room) -> None:
        self._name = name
        self._room = room
        self._secret = os.urandom(16)
        self._keys = array("Q")
        self._order = array("I")
        self._records = bytearray()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, name: str, entry: Entry) -> None:
        """Add an entry. Raises CarrierError when there is no room for it."""
        if len(self._keys) == self._taken:
            if not self._room.take(1000):
                raise CarrierError("other archives take all the room in memory", carrier=self._name, path=".")
            self._taken += 1000
        self._keys.append(self._key(name))
        self._records += _RECORD.pack(entry.offset, entry.size, entry.packed_size, entry.method, entry.crc)

    def finish(self) -> None:
        """No more are added; ``find`` works from here on."""
        order = sorted(range(len(self._keys)), key=self._keys.__getitem__)
        self._keys = array("Q", (self._keys[at] for at in order))
        self._order = array("I", order)

    def forget(self) -> None:
        """Give back the room: the index is of no use."""
        self._room.give_back(self._taken)
        self._taken = 0

    def find(self, name: str) -> Entry | None:
        """The entry of that name."""
        key = self._key(name)
        at = bisect_right(self._keys, key) - 1
        if at < 0 or self._keys[at] != key:
            return None
        return Entry(*_RECORD.unpack_from(self._records, self._order[at] * _RECORD.size))

    def _key(self, name: str) -> int:
        data = name.encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(data, digest_size=_KEY_BYTES, key=self._secret).digest())
