"""What names what: a file by its hash, an edition's head by the keys of its language."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tamizdat.edition.head import SignedHead
from tamizdat.errors import Failure, FormatError, TrustError


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file named by its hash: whoever has these bytes has the right ones."""

    path: str
    size: int
    digest: bytes

    @classmethod
    def of(cls, path: str, data: bytes) -> "Fetch":
        """The name of the file ``data``."""
        return cls(path, len(data), hashlib.sha256(data).digest())

    def is_file(self, data: bytes) -> bool:
        """Whether ``data`` is the file."""
        return len(data) <= self.size and hashlib.sha256(data).digest() == self.digest

    def check(self, data: bytes) -> None:
        """Raise WRONG_HASH or TOO_LARGE unless ``data`` is the file."""
        if len(data) > self.size:
            raise FormatError(Failure.TOO_LARGE, f"more than the {self.size} bytes it must have", what=self.path)
        if not self.is_file(data):
            raise FormatError(Failure.WRONG_HASH, "is not the file that the publication signed", what=self.path)


def verify_head(signed: SignedHead, keys: frozenset[bytes], language: str) -> bytes:
    """The key (of those allowed) under which the head's signature is good. Raises WRONG_SIGNATURE."""
    found: list[str] = []

    def check(_keyid: str, signature: bytes, message: bytes) -> str | None:
        for public in sorted(keys):
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
            except (InvalidSignature, ValueError):
                continue
            found.append(public.hex())
            return public.hex()
        return None

    if not signed.signed_by(1, check):
        raise TrustError(Failure.WRONG_SIGNATURE, "no key of this language signed it", what=f"head of {language}")
    return bytes.fromhex(found[0])
