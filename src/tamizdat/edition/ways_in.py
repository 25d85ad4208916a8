"""Where a publication can be found, as its editions say it (spec/edition.md, "Ways in"). Bytes and values, no I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tamizdat.edition.wire import Cursor, number
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS
from tamizdat.way_in import fault_of

WEB: Final = 1
"""The kind of a web address."""


@dataclass(frozen=True, slots=True, order=True)
class WayIn:
    """One way in. ``data`` is the address: of a web address its ASCII letters, of kinds of later versions anything."""

    kind: int
    data: bytes

    @classmethod
    def web(cls, address: str) -> "WayIn":
        """The way in at a web address. Raises FormatError if readers would refuse it."""
        if fault := fault_of(address):
            raise FormatError(Failure.MALFORMED, fault, what="ways in")
        return cls(WEB, address.encode())

    @property
    def address(self) -> str:
        """The web address; empty for kinds that this version does not know."""
        return self.data.decode() if self.kind == WEB else ""


def ways_in_to_bytes(ways: Iterable[WayIn]) -> bytes:
    """The content of the section. The order of ``ways`` means nothing, and one that stands twice counts once."""
    found = sorted(set(ways))
    return number(len(found)) + b"".join(bytes([way.kind]) + number(len(way.data)) + way.data for way in found)


def read_ways_in(cursor: Cursor) -> tuple[WayIn, ...]:
    """The ways in, ascending, those of unknown kinds among them. Raises FormatError."""
    count = cursor.count(LIMITS.max_ways_in, "ways in")
    if not count:
        raise cursor.fail("an empty section is not left out", Failure.NONCANONICAL)
    found: list[WayIn] = []
    for _ in range(count):
        way = WayIn(cursor.take(1)[0], cursor.take(cursor.count(LIMITS.max_way_in_bytes, "bytes of a way in")))
        if not way.data:
            raise cursor.fail("a way in without address")
        if found and way <= found[-1]:
            raise cursor.fail("ways in out of order or repeated", Failure.NONCANONICAL)
        # No good address holds anything but ASCII, so bytes that are none need no decoding to be refused.
        if way.kind == WEB and (fault := fault_of(way.data.decode("ascii", errors="replace"))):
            raise cursor.fail(fault)
        found.append(way)
    return tuple(found)
