"""Private keys at rest: one Ed25519 key per file, sealed under a passphrase of its own.

A key file is JSON. Its seed is sealed by ChaCha20-Poly1305 (RFC 8439) under a key that Argon2id (RFC 9106)
makes from the passphrase; every public field is bound to the seal as associated data, so a file whose role or name
was edited does not open. Not done here: whoever copies the file can still guess a short passphrase.
"""

import hashlib
import json
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tamizdat.errors import CeremonyError, PassphraseError, TamizdatError, UsageError
from tamizdat.trust.files import read_bounded, write_new
from tamizdat.trust.roles import check_role

KEY_FORMAT: Final = "tamizdat-key-v1"
PUBLIC_FORMAT: Final = "tamizdat-public-v1"
MAX_KEY_FILE_BYTES: Final = 16_384
KEYID_CHARS: Final = 8
"""Hex digits of a key id. Short ids keep first contact small; people compare :func:`key_code` instead."""
_CODE_CHARS: Final = 20
_SEED_BYTES: Final = 32
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_MAX_NAME_CHARS: Final = 100
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")


@dataclass(frozen=True, slots=True)
class Argon2:
    """Cost of trying one passphrase. The default takes about 80 ms and 64 MiB on a machine of 2024.

    Always one lane: with more, OpenSSL 3 shares a pool of threads among all derivations of a process, and two at a
    time wait for each other for ever. One lane each lets us open several files at once instead.
    """

    memory_kib: int = 65_536
    iterations: int = 1

    def derive(self, passphrase: str, salt: bytes) -> bytes:
        """The 32-byte sealing key. The passphrase is taken in NFC: keyboards type accents differently."""
        secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
        kdf = Argon2id(salt=salt, length=32, iterations=self.iterations, lanes=_LANES, memory_cost=self.memory_kib)
        return kdf.derive(secret)


# A key file may come from a stranger's USB stick: opening it must not cost gigabytes or minutes.
_MAX_MEMORY_KIB: Final = 1_048_576
_MIN_MEMORY_KIB: Final = 8  # RFC 9106, section 3.1, for one lane
_MAX_ITERATIONS: Final = 16
_LANES: Final = 1


def key_id(public: bytes) -> str:
    """The id by which metadata names a key: the first 8 hex digits of SHA-256 over the 32 public bytes."""
    return hashlib.sha256(public).hexdigest()[:KEYID_CHARS]


def key_code(public: bytes) -> str:
    """What people compare over the phone: 80 bits of the same hash, in fours (``9f86 d081 …``)."""
    return grouped(hashlib.sha256(public).hexdigest())


def grouped(digest: str) -> str:
    """The first 80 bits of a hex digest, in fours, for reading aloud."""
    return " ".join(digest[at : at + 4] for at in range(0, _CODE_CHARS, 4))


def is_line(value: object) -> bool:
    """Whether ``value`` is text fit for one line of a terminal: short, no controls, no direction overrides.

    Zero-width joiners are let through: Persian names need them.
    """
    if not isinstance(value, str) or len(value) > _MAX_NAME_CHARS:
        return False
    return value.replace("\u200c", "").replace("\u200d", "").isprintable()


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: one value, one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key that travels to the ceremony: who holds it (``name``) and for which ``role``."""

    role: str
    name: str
    public: bytes

    @property
    def keyid(self) -> str:
        """See :func:`key_id`."""
        return key_id(self.public)

    def to_json(self) -> dict[str, object]:
        """Fields as they stand in files."""
        return {"role": self.role, "name": self.name, "keyid": self.keyid, "public": self.public.hex()}

    def to_bytes(self) -> bytes:
        """A public key file."""
        return _pretty({"format": PUBLIC_FORMAT, **self.to_json()})

    @classmethod
    def from_json(cls, fields: dict[str, object], file: str) -> Self:
        """Read :meth:`to_json`. Raises CeremonyError."""
        role, name = _text(fields, "role", file), _text(fields, "name", file)
        try:
            check_role(role)
        except TamizdatError as error:
            raise CeremonyError(str(error), file=file) from error
        public = _hex(fields, "public", 32, file)
        if fields.get("keyid") != key_id(public):
            raise CeremonyError("the key id is not the one of its public key", file=file)
        if not is_line(name):
            raise CeremonyError(f"'name' is not a line of at most {_MAX_NAME_CHARS} characters", file=file)
        return cls(role, name, public)

    @classmethod
    def from_bytes(cls, data: bytes, file: str) -> Self:
        """Read a public key file; a private one will do too, its seal is not opened. Raises CeremonyError."""
        return cls.from_json(read_json(data, (PUBLIC_FORMAT, KEY_FORMAT), file), file)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An opened key. Lives in memory only; its repr does not show the secret."""

    key: PublicKey
    private: Ed25519PrivateKey

    @property
    def keyid(self) -> str:
        """See :func:`key_id`."""
        return self.key.keyid

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 (RFC 8032)."""
        return self.private.sign(message)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A sealed private key. ``path`` is where it was read from or written to (empty before that)."""

    key: PublicKey
    kdf: Argon2
    salt: bytes
    nonce: bytes
    sealed: bytes
    path: Path = Path()

    @property
    def role(self) -> str:
        """Whose key this is: ``root``, ``targets``, ``snapshot``, ``timestamp``, ``app`` or a language."""
        return self.key.role

    @property
    def keyid(self) -> str:
        """See :func:`key_id`."""
        return self.key.keyid

    @property
    def filename(self) -> str:
        """Role and id, so that the successor of a key never needs its predecessor's name."""
        return f"{self.role}-{self.keyid}.key"

    @classmethod
    def create(cls, role: str, name: str, passphrase: str, kdf: Argon2 | None = None) -> Self:
        """A new key, sealed. Raises PassphraseError if the passphrase is empty."""
        return cls.seal(role, name, Ed25519PrivateKey.generate().private_bytes_raw(), passphrase, kdf)

    @classmethod
    def seal(cls, role: str, name: str, seed: bytes, passphrase: str, kdf: Argon2 | None = None) -> Self:
        """Seal the 32 bytes of ``seed``. Raises PassphraseError if the passphrase is empty, UsageError for a name."""
        if not is_line(name):
            raise UsageError(f"a key's name is one line of at most {_MAX_NAME_CHARS} characters")
        if not passphrase.strip():
            raise PassphraseError("an empty passphrase protects nothing", file=f"{role} key")
        kdf = kdf or Argon2()
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
        open_file = cls(PublicKey(role, name, public), kdf, salt, nonce, b"")
        cipher = ChaCha20Poly1305(kdf.derive(passphrase, salt))
        sealed = cipher.encrypt(nonce, seed, canonical(open_file._header()))
        return cls(open_file.key, kdf, salt, nonce, sealed)

    def unlock(self, passphrase: str) -> SigningKey:
        """Open the seal. Raises PassphraseError naming the file: wrong passphrase, or an altered file."""
        cipher = ChaCha20Poly1305(self.kdf.derive(passphrase, self.salt))
        try:
            seed = cipher.decrypt(self.nonce, self.sealed, canonical(self._header()))
        except InvalidTag:
            detail = "this passphrase does not open the key (or the file was altered)"
            raise PassphraseError(detail, file=self.path if self.path.name else self.filename) from None
        return SigningKey(self.key, Ed25519PrivateKey.from_private_bytes(seed))

    def save(self, folder: Path) -> "KeyFile":
        """Write ``folder/<role>-<keyid>.key``, mode 0600, atomically, never over another.

        Raises CeremonyError if the name is taken.
        """
        path = folder / self.filename
        write_new(path, self.to_bytes(), mode=0o600)
        return KeyFile(self.key, self.kdf, self.salt, self.nonce, self.sealed, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file. Raises CeremonyError."""
        return cls.from_bytes(read_bounded(path, MAX_KEY_FILE_BYTES), path)

    def to_bytes(self) -> bytes:
        """The file."""
        return _pretty({**self._header(), "sealed": self.sealed.hex()})

    @classmethod
    def from_bytes(cls, data: bytes, path: Path) -> Self:
        """Read :meth:`to_bytes`. Raises CeremonyError naming ``path``."""
        file = str(path)
        fields = read_json(data, (KEY_FORMAT,), file)
        kdf = fields.get("kdf")
        if not isinstance(kdf, dict) or kdf.get("name") != "argon2id":
            raise CeremonyError("'kdf' is not argon2id", file=file)
        if fields.get("cipher") != "chacha20-poly1305":
            raise CeremonyError("'cipher' is not chacha20-poly1305", file=file)
        return cls(
            PublicKey.from_json(fields, file),
            _argon2(kdf, file),
            _hex(kdf, "salt", _SALT_BYTES, file),
            _hex(fields, "nonce", _NONCE_BYTES, file),
            _hex(fields, "sealed", _SEED_BYTES + _TAG_BYTES, file),
            path,
        )

    def _header(self) -> dict[str, object]:
        kdf = {
            "name": "argon2id",
            "memory_kib": self.kdf.memory_kib,
            "iterations": self.kdf.iterations,
            "lanes": _LANES,
            "salt": self.salt.hex(),
        }
        fields = {"format": KEY_FORMAT, "kdf": kdf, "cipher": "chacha20-poly1305", "nonce": self.nonce.hex()}
        return {**fields, **self.key.to_json()}


def read_json(data: bytes, formats: tuple[str, ...], file: str) -> dict[str, object]:
    """A JSON object whose ``format`` is one of ``formats``. Raises CeremonyError."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        raise CeremonyError("is not JSON", file=file) from None
    if not isinstance(fields, dict) or fields.get("format") not in formats:
        raise CeremonyError(f"is not a {formats[0]} file", file=file)
    return fields


def _argon2(kdf: dict[str, object], file: str) -> Argon2:
    memory, iterations = kdf.get("memory_kib"), kdf.get("iterations")
    # type() and not isinstance(): True is an int, too.
    if (
        kdf.get("lanes") == _LANES
        and (type(memory) is int and _MIN_MEMORY_KIB <= memory <= _MAX_MEMORY_KIB)
        and (type(iterations) is int and 1 <= iterations <= _MAX_ITERATIONS)
    ):
        return Argon2(memory, iterations)
    raise CeremonyError("the cost parameters of 'kdf' are out of bounds", file=file)


def _text(fields: dict[str, object], name: str, file: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise CeremonyError(f"{name!r} is missing or not text", file=file)
    return value


def _hex(fields: dict[str, object], name: str, length: int, file: str) -> bytes:
    value = _text(fields, name, file)
    if len(value) != 2 * length or not _HEX.fullmatch(value):
        raise CeremonyError(f"{name!r} is not {length} bytes in hex", file=file)
    return bytes.fromhex(value)


def _pretty(fields: dict[str, object]) -> bytes:
    return (json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")
