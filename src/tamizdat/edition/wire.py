"""The smallest pieces of the binary formats: numbers, strings and a bounded cursor (spec/edition.md, "Pieces")."""

from typing import Final

from tamizdat.errors import Failure, FormatError

MAX_NUMBER: Final = 2**53 - 1
"""Largest number in any format: what every JavaScript engine still counts exactly."""
_LAST_SHIFT: Final = 49
"""Where the eighth and last byte of a number stands."""


def number(value: int) -> bytes:
    """``value`` as unsigned LEB128, shortest form. Raises FormatError outside 0..2**53-1."""
    if not 0 <= value <= MAX_NUMBER:
        raise FormatError(Failure.TOO_LARGE, f"number {value} is outside 0 to 2^53-1")
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def string(value: str) -> bytes:
    """UTF-8 text behind its length in bytes."""
    data = value.encode()
    return number(len(data)) + data


class Cursor:
    """Reads pieces off ``data`` in order; every step is checked against what is left."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def fail(self, detail: str, failure: Failure = Failure.MALFORMED) -> FormatError:
        """An error that names the format and the offset."""
        return FormatError(failure, f"{detail}, at byte {self._at}", what=self._what)

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        if size > self.left:
            raise self.fail(f"needs {size} more bytes, has {self.left}")
        start, self._at = self._at, self._at + size
        return self._data[start : self._at]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def number(self) -> int:
        """The next number; only its shortest form is accepted, so that one value has one spelling."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if value > MAX_NUMBER or (shift == _LAST_SHIFT and byte >= 0x80):
                raise self.fail("number over 2^53-1", Failure.TOO_LARGE)
            if byte < 0x80:
                if shift and not byte:
                    raise self.fail("number not in its shortest form", Failure.NONCANONICAL)
                return value
            shift += 7

    def count(self, limit: int, what: str) -> int:
        """The next number, as a count of things of which there may be ``limit``."""
        value = self.number()
        if value > limit:
            raise self.fail(f"{value} {what}, limit {limit}", Failure.TOO_LARGE)
        return value

    def string(self, limit: int, what: str) -> str:
        """The next string of at most ``limit`` bytes."""
        data = self.take(self.count(limit, f"bytes of {what}"))
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise self.fail(f"{what} is not UTF-8") from error

    def magic(self, expected: bytes) -> None:
        """Check the four bytes that name format and version."""
        found = self.take(min(len(expected), self.left))
        if len(found) < len(expected) or found[:3] != expected[:3]:
            raise self.fail(f"does not begin with {expected[:3].decode()}")
        if found != expected:
            raise self.fail("a version this reader does not know", Failure.UNSUPPORTED)

    def end(self) -> None:
        """Check that nothing follows."""
        if self.left:
            raise self.fail(f"{self.left} bytes too many")
