"""How a kept library is sealed: passphrase to key, key to files, and sizes that say little. No I/O.

The passphrase opens ``library.json``, which wraps a random master key (Argon2id, RFC 9106; ChaCha20-Poly1305,
RFC 8439). Every other file has a key of its own, derived (HKDF-SHA256, RFC 5869) from the master key, a fresh random
salt and the file's purpose, so that no key ever seals twice and the nonce can be zero.
"""

import json
import os
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT: Final = "tamizdat-library-v1"
KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
_SALT_BYTES: Final = 32
_LENGTH_BYTES: Final = 8
_MIN_FILE_BYTES: Final = 4096
# A key is used for one message, ever.
_NONCE: Final = bytes(12)


@dataclass(frozen=True, slots=True)
class PassphraseCost:
    """What one guess at the passphrase costs (Argon2id). Default: the second choice of RFC 9106, 64 MiB."""

    memory_kib: int = 65_536
    iterations: int = 3
    lanes: int = 4

    def is_sane(self) -> bool:
        """Whether opening would cost neither gigabytes nor minutes: the file may have been edited."""
        return 8 * self.lanes <= self.memory_kib <= 1_048_576 and 1 <= self.iterations <= 16 and 1 <= self.lanes <= 16


class SealError(Exception):
    """Bytes are not what was sealed, or the passphrase is not the one."""


def make_header(passphrase: str, cost: PassphraseCost) -> tuple[bytes, bytes]:
    """A new ``library.json`` and the new master key that it wraps."""
    master = os.urandom(KEY_BYTES)
    salt = os.urandom(_SALT_BYTES)
    public = _public_fields(cost, salt)
    wrapped = ChaCha20Poly1305(_stretch(passphrase, cost, salt)).encrypt(_NONCE, master, _canonical(public))
    return json.dumps({**public, "key": wrapped.hex()}, indent=2).encode("ascii") + b"\n", master


def open_header(header: bytes, passphrase: str) -> bytes:
    """The master key. Raises SealError for a wrong passphrase, ValueError for what is no header of ours."""
    fields = json.loads(header)
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise ValueError(f"is not in the format {FORMAT}")
    try:
        kdf = fields["kdf"]
        cost = PassphraseCost(int(kdf["memory_kib"]), int(kdf["iterations"]), int(kdf["lanes"]))
        salt, wrapped = bytes.fromhex(kdf["salt"]), bytes.fromhex(fields["key"])
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError("a field is missing or of the wrong type") from error
    if not cost.is_sane() or len(salt) != _SALT_BYTES or len(wrapped) != KEY_BYTES + TAG_BYTES:
        raise ValueError("a field is out of bounds")
    try:
        key = _stretch(passphrase, cost, salt)
        return ChaCha20Poly1305(key).decrypt(_NONCE, wrapped, _canonical(_public_fields(cost, salt)))
    except InvalidTag as error:
        raise SealError from error


def seal(master: bytes, purpose: str, data: bytes) -> bytes:
    """``data`` padded and sealed: salt, then ciphertext."""
    salt = os.urandom(_SALT_BYTES)
    length = padded_size(_SALT_BYTES + TAG_BYTES + _LENGTH_BYTES + len(data)) - _SALT_BYTES - TAG_BYTES
    padded = (len(data).to_bytes(_LENGTH_BYTES, "big") + data).ljust(length, b"\0")
    return salt + ChaCha20Poly1305(_derive(master, purpose, salt)).encrypt(_NONCE, padded, None)


def unseal(master: bytes, purpose: str, sealed: bytes) -> bytes:
    """What was given to :func:`seal` with the same key and purpose. Raises SealError."""
    try:
        key = _derive(master, purpose, sealed[:_SALT_BYTES])
        padded = ChaCha20Poly1305(key).decrypt(_NONCE, sealed[_SALT_BYTES:], None)
    except InvalidTag as error:
        raise SealError from error
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES:end]


def seal_record(data: bytes) -> tuple[bytes, bytes]:
    """A key of its own for ``data``, and the sealed bytes: forgetting the key is erasing the record."""
    key = os.urandom(KEY_BYTES)
    return key, ChaCha20Poly1305(key).encrypt(_NONCE, data, None)


def unseal_record(key: bytes, sealed: bytes) -> bytes:
    """What was given to :func:`seal_record`. Raises SealError."""
    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, sealed, None)
    except InvalidTag as error:
        raise SealError from error


def padded_size(size: int) -> int:
    """``size`` rounded up by at most an eighth, so that it tells few bits (Padmé: PURBs, PETS 2019); 4 KiB at least."""
    exponent = max(size, 2).bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return max(_MIN_FILE_BYTES, (size + mask) & ~mask)


def _public_fields(cost: PassphraseCost, salt: bytes) -> dict[str, Any]:
    kdf = {
        "name": "argon2id",
        "memory_kib": cost.memory_kib,
        "iterations": cost.iterations,
        "lanes": cost.lanes,
        "salt": salt.hex(),
    }
    return {"format": FORMAT, "kdf": kdf}


def _canonical(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def _stretch(passphrase: str, cost: PassphraseCost, salt: bytes) -> bytes:
    """The wrapping key. NFC: keyboards type accents differently."""
    kdf = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return kdf.derive(unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass"))


def _derive(master: bytes, purpose: str, salt: bytes) -> bytes:
    info = f"{FORMAT} {purpose}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(master)
