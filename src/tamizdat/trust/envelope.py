"""Signed files: bytes to typed values, and the count of those who signed them.

A signed file is TUF metadata in JSON (TUF specification 1.0, section 4). Parsing goes through ``tuf.api.metadata``;
what it leaves open is closed here: names that occur twice in one object, fractions, numbers that JavaScript cannot
hold exactly, and one key that counts twice because it is listed under two ids.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, Generic, NoReturn, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import KEY_TYPE_ED25519, Key, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import MetadataDeserializer, SerializationError

from tamizdat.errors import Failure, TrustError
from tamizdat.trust.roles import TARGETS

T = TypeVar("T", Root, Timestamp, Snapshot, Targets)

MAX_NUMBER: Final = 2**53 - 1
"""Versions and lengths above this are refused: a JavaScript reader would round them, and so read another number."""
_MAX_DEPTH: Final = 64
_STRONG_HASHES: Final = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class SignedFile(Generic[T]):
    """One parsed file: ``data`` as it came, ``signed`` its content, ``payload`` the canonical bytes signed over."""

    data: bytes
    signed: T
    payload: bytes
    signatures: dict[str, Any]


def open_signed(kind: type[T], data: bytes, *, what: str, max_bytes: int) -> SignedFile[T]:
    """Parse ``data`` as a file of the given ``kind``. Says nothing yet about who signed it.

    Raises:
        TrustError: TOO_LARGE over ``max_bytes``; MALFORMED for anything else that is not such a file.
    """
    if len(data) > max_bytes:
        raise TrustError(Failure.TOO_LARGE, f"{len(data)} bytes, at most {max_bytes} allowed", what=what)
    try:
        metadata = Metadata[T].from_bytes(data, _StrictJSON())
        signed = metadata.signed
        if not isinstance(signed, kind):
            _refuse(f"is a {signed.type} file, not {kind.type}")
        _check_numbers(signed)
        return SignedFile(data, signed, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, SerializationError, ValueError, TypeError) as error:
        reason = error.__cause__ or error
        raise TrustError(Failure.MALFORMED, str(reason)[:200] or type(reason).__name__, what=what) from error


def signers(delegator: Root | Targets, role: str, file: SignedFile[Any]) -> frozenset[bytes]:
    """The distinct public keys that ``delegator`` names for ``role`` and that really signed ``file``.

    Keys are told apart by their own bytes, never by their id: ids here are short and chosen by the publisher, and a
    key listed twice must not count twice toward a threshold.
    """
    found = set[bytes]()
    for keyid in _role(delegator, role).keyids:
        signature = file.signatures.get(keyid)
        key = _key(delegator, keyid)
        identity = None if key is None else public_bytes(key)
        if signature is None or key is None or identity is None:
            continue
        try:
            key.verify_signature(signature, file.payload)
        except UnverifiedSignatureError:
            continue  # one bad signature neither helps nor harms: the good ones are counted (TUF 4.2.1)
        found.add(identity)
    return frozenset(found)


def check_signed_by(delegator: Root | Targets, role: str, file: SignedFile[Any], *, what: str) -> None:
    """Refuse ``file`` unless the threshold that ``delegator`` sets for ``role`` is met.

    Raises:
        TrustError: WRONG_SIGNATURE below the threshold; WRONG_LANGUAGE when the file is a sibling role's.
    """
    needed = _role(delegator, role).threshold
    count = len(signers(delegator, role, file))
    if count >= needed:
        return
    if (owner := _sibling_that_signed(delegator, role, file)) is not None:
        raise TrustError(Failure.WRONG_LANGUAGE, f"this is the file of role {owner!r}, not {role!r}", what=what)
    detail = f"signed by {count} of the {needed} keys that must"
    raise TrustError(Failure.WRONG_SIGNATURE, detail, what=what)


def public_bytes(key: Key) -> bytes | None:
    """The key itself, however it is written: raw bytes for Ed25519, DER for other kinds; ``None`` if unusable."""
    if not isinstance(key, SSlibKey):
        return None
    written: str = key.keyval["public"]
    try:
        if key.keytype == KEY_TYPE_ED25519:
            return bytes.fromhex(written)
        public = load_pem_public_key(written.encode())
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None


def role_keys(delegator: Root | Targets, role: str) -> frozenset[bytes]:
    """The distinct public keys that ``delegator`` names for ``role``, as ``public_bytes`` gives them."""
    keys = (_key(delegator, keyid) for keyid in _role(delegator, role).keyids)
    return frozenset(found for key in keys if key is not None and (found := public_bytes(key)) is not None)


def check_bytes(named: MetaFile | TargetFile, data: bytes, *, what: str) -> None:
    """Refuse ``data`` unless it has the length and hashes that a signed file names for it, where it names any.

    Hashes that we do not know or trust are passed over, but at least one that we do must be there if any is.

    Raises:
        TrustError: TOO_LARGE when longer, WRONG_HASH when shorter or different.
    """
    if named.length is not None and len(data) > named.length:
        raise TrustError(Failure.TOO_LARGE, f"{len(data)} bytes, {named.length} are signed for", what=what)
    if named.length is not None and len(data) < named.length:
        raise TrustError(Failure.WRONG_HASH, f"{len(data)} bytes, {named.length} are signed for", what=what)
    if named.hashes is None:
        return
    strong = [name for name in _STRONG_HASHES if name in named.hashes]
    if not strong or any(hashlib.new(name, data).hexdigest() != named.hashes[name] for name in strong):
        raise TrustError(Failure.WRONG_HASH, "not the bytes that the signed file names", what=what)


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)


class _StrictJSON(MetadataDeserializer):
    """JSON without duplicate names, fractions, infinities: two readers must not read two things."""

    def deserialize(self, raw_data: bytes) -> Metadata[Any]:
        try:
            found = json.loads(
                raw_data.decode(),
                object_pairs_hook=_unique,
                parse_float=lambda text: _refuse(f"the fraction {text[:20]}"),
                parse_constant=lambda text: _refuse(f"the constant {text}"),
            )
            _check_depth(found)
            return Metadata.from_dict(found)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("a name occurs twice in one object")
    return found


def _check_depth(found: object) -> None:
    """Refuse deep nesting here, so that what is accepted does not hang on how much stack the caller has left."""
    level = [found]
    for _ in range(_MAX_DEPTH):
        nodes = [node for node in level if isinstance(node, dict | list)]
        level = [child for node in nodes for child in (node.values() if isinstance(node, dict) else node)]
    if level:
        _refuse(f"nested deeper than {_MAX_DEPTH} levels")


def _check_numbers(signed: Root | Timestamp | Snapshot | Targets) -> None:
    """Refuse what the parser lets pass: ``true`` for 1, text for lists, numbers past ``MAX_NUMBER``."""
    numbers: list[object] = [signed.version]
    roles: list[Role] = []
    files: list[MetaFile | TargetFile] = []
    if isinstance(signed, Root):
        roles = list(signed.roles.values())
    elif isinstance(signed, Timestamp):
        files = [signed.snapshot_meta]
    elif isinstance(signed, Snapshot):
        files = list(signed.meta.values())
        if f"{TARGETS}.json" not in signed.meta:
            _refuse("a snapshot must list the targets file")
    else:
        files = list(signed.targets.values())
        roles = _delegated_roles(signed)
    numbers += [role.threshold for role in roles]
    numbers += [file.version for file in files if isinstance(file, MetaFile)]
    numbers += [file.length for file in files if file.length is not None]
    if not all(type(number) is int and 0 <= number <= MAX_NUMBER for number in numbers):
        _refuse("a version, threshold or length is not a whole number below 2^53")
    if not all(_is_list_of_texts(role.keyids) for role in roles):
        _refuse("key ids must be a list of texts")


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _delegated_roles(signed: Targets) -> list[Role]:
    if signed.delegations is None:
        return []
    if signed.delegations.roles is None:
        return [role for role in (signed.delegations.succinct_roles,) if role is not None]
    roles = list(signed.delegations.roles.values())
    kinds: list[tuple[object, object]] = [(role.name, role.terminating) for role in roles]
    if not all(isinstance(name, str) and isinstance(terminating, bool) for name, terminating in kinds):
        _refuse("a delegated role's name must be a text and 'terminating' true or false")
    return list[Role](roles)


def _role(delegator: Root | Targets, role: str) -> Role:
    try:
        return delegator.get_delegated_role(role)
    except ValueError as error:
        raise TrustError(Failure.NOT_FOUND, "the delegating role does not name it", what=role) from error


def _key(delegator: Root | Targets, keyid: str) -> Key | None:
    try:
        return delegator.get_key(keyid)
    except ValueError:
        return None


def _sibling_that_signed(delegator: Root | Targets, role: str, file: SignedFile[Any]) -> str | None:
    """Another delegated role of the same delegator whose file this is, for a better report."""
    if isinstance(delegator, Root) or delegator.delegations is None or delegator.delegations.roles is None:
        return None
    for name, sibling in delegator.delegations.roles.items():
        if name == role or not file.signatures.keys() & set(sibling.keyids):
            continue
        if len(signers(delegator, name, file)) >= sibling.threshold:
            return name
    return None
