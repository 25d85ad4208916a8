"""Make and sign metadata. For publishers only: readers may not import this module (import-linter).

Builders are pure: they take versions, keys and times and return unsigned values of :mod:`tuf.api.metadata`;
:func:`sign_metadata` turns those into the bytes of a file. Files are compact JSON with sorted keys, signatures are
over OLPC canonical JSON, as TUF has it (specification 1.0.31, section 4). Snapshot and timestamp name versions only,
no hashes or lengths: with consistent snapshots a version's file never changes, and first contact stays small.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from securesystemslib.signer import Signature, SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import CanonicalJSONSerializer, JSONSerializer

from tamizdat.errors import UsageError
from tamizdat.trust.keyfile import PublicKey, SigningKey, key_id
from tamizdat.trust.roles import (
    APP,
    REHEARSAL_FIELD,
    RETIRED_FIELD,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIME_FIELD,
    TIMESTAMP,
    is_language,
    paths_of,
    policy_of,
)

Part = TypeVar("Part", Root, Timestamp, Snapshot, Targets)
"""The unsigned part of a metadata file."""

SPEC_VERSION: Final = "1.0.31"
"""Named here and not left to the library: devices of one ceremony may have different releases of it."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A language's former key: heads that it signed count up to edition ``last_good`` and no further."""

    language: str
    public: bytes
    last_good: int


@dataclass(frozen=True, slots=True)
class Target:
    """One file that a role vouches for. ``custom`` goes into the metadata as it is."""

    path: str
    length: int
    sha256: bytes
    custom: Mapping[str, object] | None = None

    @classmethod
    def of(cls, path: str, data: bytes, custom: Mapping[str, object] | None = None) -> "Target":
        """The target that ``data`` is."""
        return cls(path, len(data), hashlib.sha256(data).digest(), custom)


def tuf_key(public: bytes) -> Key:
    """An Ed25519 key as TUF knows it, under our short id."""
    return SSlibKey(key_id(public), "ed25519", "ed25519", {"public": public.hex()})


def make_root(
    version: int,
    keys: Mapping[str, Iterable[PublicKey]],
    expires: datetime,
    *,
    rehearsal: bool = False,
    thresholds: Mapping[str, int] | None = None,
) -> Root:
    """Root metadata. ``keys`` has those of root, targets, snapshot and timestamp; thresholds as in policy.

    Raises UsageError if a role has fewer keys than must sign, or two keys share an id.
    """
    root = Root(version, SPEC_VERSION, expires=expires, consistent_snapshot=True)
    for role in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP):
        chosen = {key.keyid: tuf_key(key.public) for key in keys[role]}
        threshold = (thresholds or {}).get(role, policy_of(role).threshold)
        _check_keys(role, list(keys[role]), root.keys, threshold)
        root.keys |= chosen
        root.roles[role] = Role(sorted(chosen), threshold)
    if rehearsal:
        root.unrecognized_fields[REHEARSAL_FIELD] = True
    return root


def make_targets(
    version: int, keys: Mapping[str, PublicKey], expires: datetime, retired: Iterable[Retired] = ()
) -> Targets:
    """Top-level targets: vouches for no file itself, hands every path to one terminating role.

    ``keys`` has one key for each language and for ``app``. Raises UsageError if two keys share an id.
    """
    known: dict[str, Key] = {}
    delegated: dict[str, DelegatedRole] = {}
    for name in sorted(keys):
        key = keys[name]
        _check_keys(name, [key], known, 1)
        known[key.keyid] = tuf_key(key.public)
        delegated[name] = DelegatedRole(name, [key.keyid], 1, terminating=True, paths=list(paths_of(name)))
    listed = [
        {"language": old.language, "public": old.public.hex(), "last_good": old.last_good}
        for old in sorted(retired, key=lambda old: (old.language, old.last_good, old.public))
    ]
    extra: dict[str, object] = {RETIRED_FIELD: listed} if listed else {}
    return Targets(
        version,
        SPEC_VERSION,
        expires=expires,
        targets={},
        delegations=Delegations(known, delegated),
        unrecognized_fields=extra,
    )


def make_snapshot(
    version: int, versions: Mapping[str, int], expires: datetime, files: Mapping[str, bytes] | None = None
) -> Snapshot:
    """Which version of targets and of every delegated role belongs together. ``versions`` is by role name.

    Of each role in ``files`` the snapshot also names the hash: then a language's key alone, without the snapshot's,
    cannot make another file of that version.
    """
    if TARGETS not in versions:
        raise UsageError("a snapshot needs the version of targets")
    digests = {role: {"sha256": hashlib.sha256(data).hexdigest()} for role, data in (files or {}).items()}
    meta = {f"{role}.json": MetaFile(versions[role], hashes=digests.get(role)) for role in sorted(versions)}
    return Snapshot(version, SPEC_VERSION, expires=expires, meta=meta)


def make_timestamp(version: int, snapshot_version: int, time: datetime, expires: datetime) -> Timestamp:
    """Which snapshot is current, and when this was said (``time``, UTC). The last signed file written."""
    extra: dict[str, object] = {TIME_FIELD: time.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return Timestamp(
        version,
        SPEC_VERSION,
        expires=expires,
        snapshot_meta=MetaFile(snapshot_version),
        unrecognized_fields=extra,
    )


def make_language_role(
    language: str,
    version: int,
    *,
    path: str,
    length: int,
    sha256: bytes,
    custom: Mapping[str, object],
    expires: datetime,
) -> Targets:
    """A language's role: vouches for its index; ``custom`` is ``{"edition", "root", "time"}`` as in the head.

    With pages, ``custom`` also has ``"site"``, the hash of their top listing in hexadecimal (spec/site.md).

    Raises UsageError if the index lies outside the language's folder.
    """
    if not is_language(language):
        raise UsageError(f"{language!r} is not a language")
    return make_role(language, version, [Target(path, length, sha256, custom)], expires)


def make_role(role: str, version: int, targets: Iterable[Target], expires: datetime) -> Targets:
    """A delegated role that vouches for ``targets``: a language's, or ``app`` with root-level pages.

    Raises UsageError for a path that readers would not ask this role about.
    """
    patterns = DelegatedRole(role, [], 1, terminating=True, paths=list(paths_of(role)))
    files: dict[str, TargetFile] = {}
    for target in targets:
        if not patterns.is_delegated_path(target.path):
            raise UsageError(f"{target.path!r} is no path of the role {role!r}")
        extra = {} if target.custom is None else {"custom": dict(target.custom)}
        files[target.path] = TargetFile(target.length, {"sha256": target.sha256.hex()}, target.path, extra)
    return Targets(version, SPEC_VERSION, expires=expires, targets=files)


def make_app_role(version: int, targets: Iterable[Target], expires: datetime) -> Targets:
    """The role of root-level pages and of the app's folder. Raises UsageError as :func:`make_role`."""
    return make_role(APP, version, targets, expires)


def signed_bytes(signed: Part) -> bytes:
    """What is signed: the ``signed`` part in OLPC canonical JSON."""
    return CanonicalJSONSerializer().serialize(signed)


def sign_metadata(signed: Part, keys: Iterable[SigningKey]) -> bytes:
    """The file: ``signed`` with a signature by each of ``keys``."""
    payload = signed_bytes(signed)
    return assemble(signed, {key.keyid: key.sign(payload) for key in keys})


def assemble(signed: Part, signatures: Mapping[str, bytes]) -> bytes:
    """The file: ``signed`` with signatures that were made elsewhere, by key id."""
    wrapped = {keyid: Signature(keyid, signatures[keyid].hex()) for keyid in sorted(signatures)}
    return Metadata(signed, wrapped).to_bytes(JSONSerializer(compact=True))


def _check_keys(role: str, keys: list[PublicKey], known: Mapping[str, Key], threshold: int) -> None:
    ids = [key.keyid for key in keys]
    if len(set(ids)) != len(ids) or not known.keys().isdisjoint(ids):
        raise UsageError(f"{role}: two keys share an id; each role and person needs a key of its own")
    if not 1 <= threshold <= len(ids):
        raise UsageError(f"{role}: {threshold} signatures are needed, but there are only {len(ids)} keys")
