"""What root and targets say, as frozen values: read from signed files, changed by a ceremony, built again.

A ceremony's devices exchange these values and each builds the bytes to sign itself, so a request can ask for nothing
that our own builders would not make: no foreign fields, no key under another key's id, no odd versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError

from tamizdat.errors import CeremonyError, TamizdatError
from tamizdat.trust.keyfile import PublicKey
from tamizdat.trust.roles import APP, REHEARSAL_FIELD, RETIRED_FIELD, ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from tamizdat.trust.sign import Retired, make_root, make_targets, signed_bytes

TOP_LEVEL: Final = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)
TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
Names = Mapping[str, str]
"""Who holds which key, by key id. Kept beside the private keys and never published."""


@dataclass(frozen=True, slots=True)
class RootPlan:
    """Root's content: the keys and threshold of each top-level role."""

    version: int
    keys: Mapping[str, tuple[PublicKey, ...]]
    thresholds: Mapping[str, int]
    expires: datetime
    rehearsal: bool = False

    def build(self) -> Root:
        """The unsigned metadata. Raises UsageError for keys that cannot stand together."""
        return make_root(self.version, self.keys, self.expires, rehearsal=self.rehearsal, thresholds=self.thresholds)

    def to_json(self) -> dict[str, object]:
        """Fields as they stand in a request file."""
        return {
            "version": self.version,
            "keys": {role: [key.to_json() for key in self.keys[role]] for role in TOP_LEVEL},
            "thresholds": {role: self.thresholds[role] for role in TOP_LEVEL},
            "expires": self.expires.strftime(TIME_FORMAT),
            "rehearsal": self.rehearsal,
        }

    @classmethod
    def from_json(cls, fields: Any, file: str) -> Self:  # noqa: ANN401 - whatever JSON holds
        """Read :meth:`to_json`. Raises CeremonyError."""
        with _Reading(file, "the planned root"):
            keys = {role: tuple(PublicKey.from_json(key, file) for key in fields["keys"][role]) for role in TOP_LEVEL}
            thresholds = {role: _number(fields["thresholds"][role]) for role in TOP_LEVEL}
            expires = parse_time(fields["expires"])
            plan = cls(_number(fields["version"]), keys, thresholds, expires, fields["rehearsal"] is True)
            plan.build()
        return plan

    @classmethod
    def of(cls, root: Root, names: Names, file: str) -> Self:
        """What a root says. Raises CeremonyError if it is not one that we make."""
        with _Reading(file, "root"):
            keys = {role: _role_keys(root, role, names) for role in TOP_LEVEL}
            thresholds = {role: root.roles[role].threshold for role in TOP_LEVEL}
            rehearsal = root.unrecognized_fields.get(REHEARSAL_FIELD) is True
            plan = cls(root.version, keys, thresholds, root.expires, rehearsal)
            _check_same(signed_bytes(plan.build()), signed_bytes(root))
        return plan


@dataclass(frozen=True, slots=True)
class TargetsPlan:
    """Targets' content: one key for each language and for ``app``, and the keys that were retired."""

    version: int
    keys: Mapping[str, PublicKey]
    expires: datetime
    retired: tuple[Retired, ...] = field(default=())

    @property
    def languages(self) -> tuple[str, ...]:
        """The publication's languages, sorted."""
        return tuple(sorted(role for role in self.keys if role != APP))

    def build(self) -> Targets:
        """The unsigned metadata. Raises UsageError for keys that cannot stand together."""
        return make_targets(self.version, self.keys, self.expires, self.retired)

    def to_json(self) -> dict[str, object]:
        """Fields as they stand in a request file."""
        retired = [
            {"language": old.language, "public": old.public.hex(), "last_good": old.last_good} for old in self.retired
        ]
        return {
            "version": self.version,
            "keys": {role: self.keys[role].to_json() for role in sorted(self.keys)},
            "expires": self.expires.strftime(TIME_FORMAT),
            "retired": retired,
        }

    @classmethod
    def from_json(cls, fields: Any, file: str) -> Self:  # noqa: ANN401 - whatever JSON holds
        """Read :meth:`to_json`. Raises CeremonyError."""
        with _Reading(file, "the planned targets"):
            keys = {role: PublicKey.from_json(key, file) for role, key in fields["keys"].items()}
            retired = _retired(fields["retired"])
            plan = cls(_number(fields["version"]), keys, parse_time(fields["expires"]), retired)
            plan.build()
        if any(key.role != role for role, key in keys.items()):
            raise CeremonyError("the planned targets: a key stands under another role", file=file)
        return plan

    @classmethod
    def of(cls, targets: Targets, names: Names, file: str) -> Self:
        """What a targets file says. Raises CeremonyError if it is not one that we make."""
        with _Reading(file, "targets"):
            delegations = targets.delegations
            if delegations is None or delegations.roles is None:
                raise ValueError
            keys = {
                role: _public(delegations.keys[delegated.keyids[0]].keyval, role, names)
                for role, delegated in delegations.roles.items()
            }
            retired = _retired(targets.unrecognized_fields.get(RETIRED_FIELD, []))
            plan = cls(targets.version, keys, targets.expires, retired)
            _check_same(signed_bytes(plan.build()), signed_bytes(targets))
        return plan


def read_root(data: bytes, file: str) -> Metadata[Root]:
    """A root file, not yet verified. Raises CeremonyError."""
    metadata: Metadata[Root] = _read(data, Root, file)
    return metadata


def read_targets(data: bytes, file: str) -> Metadata[Targets]:
    """A targets file, not yet verified. Raises CeremonyError."""
    metadata: Metadata[Targets] = _read(data, Targets, file)
    return metadata


def parse_time(value: object) -> datetime:
    """RFC 3339 in UTC with whole seconds. Raises ValueError or TypeError."""
    if not isinstance(value, str):
        raise TypeError
    return datetime.strptime(value, TIME_FORMAT).replace(tzinfo=UTC)


def is_good(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether Ed25519 verifies."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def good_keys(keys: tuple[PublicKey, ...], signatures: Mapping[str, bytes], message: bytes) -> tuple[PublicKey, ...]:
    """Which of ``keys`` have signed ``message``; ``signatures`` is by key id."""
    return tuple(key for key in keys if key.keyid in signatures and is_good(key.public, signatures[key.keyid], message))


class _Reading:
    """Turns whatever a malformed file makes Python raise into CeremonyError."""

    def __init__(self, file: str, what: str) -> None:
        self.file = file
        self.what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        wrong = (ValueError, TypeError, KeyError, AttributeError, IndexError)
        if isinstance(error, wrong):
            raise CeremonyError(f"{self.what} is not one that this program makes", file=self.file) from error
        if isinstance(error, TamizdatError) and not isinstance(error, CeremonyError):
            raise CeremonyError(f"{self.what}: {error}", file=self.file) from error


def _read(data: bytes, part: type, file: str) -> Metadata[Any]:
    try:
        metadata: Metadata[Any] = Metadata.from_bytes(data)
    except DeserializationError as error:
        raise CeremonyError("is not signed metadata", file=file) from error
    if not isinstance(metadata.signed, part):
        raise CeremonyError(f"is not {part.__name__.lower()} metadata", file=file)
    return metadata


def _role_keys(root: Root, role: str, names: Names) -> tuple[PublicKey, ...]:
    return tuple(_public(root.keys[keyid].keyval, role, names) for keyid in root.roles[role].keyids)


def _public(keyval: dict[str, Any], role: str, names: Names) -> PublicKey:
    public = bytes.fromhex(keyval["public"])
    key = PublicKey(role, "", public)
    return PublicKey(role, names.get(key.keyid, ""), public)


def _retired(listed: list[Any]) -> tuple[Retired, ...]:
    return tuple(
        Retired(str(old["language"]), bytes.fromhex(old["public"]), _number(old["last_good"])) for old in listed
    )


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _check_same(rebuilt: bytes, found: bytes) -> None:
    if rebuilt != found:
        raise ValueError
