"""The head: the few signed bytes that stand for an edition (spec/edition.md, "Head")."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tamizdat.edition.merkle import HASH_BYTES
from tamizdat.edition.wire import Cursor, number, string
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS

MAGIC: Final = b"TZH\x01"
PREFIX: Final = b"tamizdat-head-v1\x00"
"""Signed in front of the body, so that a signature over a head is good for nothing else."""
_MAX_SIGNATURES: Final = 8
_MAX_KEYID: Final = 64
_SIGNATURE_BYTES: Final = 64
_LAST_SECOND: Final = 253_402_300_799  # 9999-12-31T23:59:59Z


@dataclass(frozen=True, slots=True)
class Head:
    """Edition ``number`` in ``language`` holds ``count`` stories under ``root``, made at ``time`` (UTC)."""

    language: str
    number: int
    time: datetime
    count: int
    root: bytes

    def to_bytes(self) -> bytes:
        """The body that is signed behind :data:`PREFIX`."""
        seconds = int(self.time.timestamp())
        return b"".join(
            (
                MAGIC,
                string(self.language),
                number(self.number),
                number(seconds),
                number(self.count),
                self.root,
            )
        )


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and its signatures, by key id."""

    body: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @property
    def head(self) -> Head:
        """The head inside. Raises FormatError."""
        cursor = Cursor(self.body, "head")
        head = _read_body(cursor)
        cursor.end()
        return head

    def to_bytes(self) -> bytes:
        """Body, then the signatures in the order of their key ids."""
        out = [string_bytes(self.body), number(len(self.signatures))]
        for keyid, signature in sorted(self.signatures):
            out += (string(keyid), signature)
        return b"".join(out)

    def signed_by(self, threshold: int, verify: Callable[[str, bytes, bytes], str | None]) -> bool:
        """Whether ``threshold`` different keys signed.

        ``verify(keyid, signature, message)`` returns the public key that the signature is good under, or None.
        Public keys are counted, not ids: one key under two ids is one key.
        """
        message = PREFIX + self.body
        good: Iterable[str | None] = (verify(keyid, signature, message) for keyid, signature in self.signatures)
        return len({public for public in good if public is not None}) >= max(threshold, 1)


def string_bytes(data: bytes) -> bytes:
    """Bytes behind their length."""
    return number(len(data)) + data


def _read_body(cursor: Cursor) -> Head:
    cursor.magic(MAGIC)
    language = cursor.string(LIMITS.max_language_bytes, "language")
    edition, seconds, count = cursor.number(), cursor.number(), cursor.number()
    if seconds > _LAST_SECOND:
        raise cursor.fail("a time after the year 9999", Failure.TOO_LARGE)
    return Head(language, edition, datetime.fromtimestamp(seconds, UTC), count, cursor.take(HASH_BYTES))


def read_signed_head(data: bytes) -> SignedHead:
    """A head with its signatures, not yet verified. Raises FormatError."""
    cursor = Cursor(data, "head")
    body = cursor.take(cursor.count(1024, "bytes of head"))
    signatures = tuple(
        (cursor.string(_MAX_KEYID, "key id"), cursor.take(_SIGNATURE_BYTES))
        for _ in range(cursor.count(_MAX_SIGNATURES, "signatures"))
    )
    cursor.end()
    ids = [keyid for keyid, _ in signatures]
    if ids != sorted(set(ids)):
        raise FormatError(Failure.NONCANONICAL, "signatures out of order or repeated", what="head")
    signed = SignedHead(body, signatures)
    _ = signed.head  # a body that cannot be read is refused here, before anybody verifies it
    return signed
