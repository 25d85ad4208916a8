"""Roles of other days than today: proof of what was signed once, for audits. Nothing here changes what is trusted."""

from dataclasses import dataclass
from typing import Any

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Targets

from tamizdat.errors import Failure, TrustError
from tamizdat.limits import LIMITS
from tamizdat.trust.claims import edition_claim
from tamizdat.trust.envelope import SignedFile, check_signed_by, open_signed
from tamizdat.trust.roles import ROOT, TARGETS
from tamizdat.trust.verify import TrustedSet


@dataclass(frozen=True, slots=True)
class PastRole:
    """A role's file of another version than the current one. ``retired``: only a retired key vouches for it."""

    targets: Targets
    retired: bool


def open_past(trusted: TrustedSet, role: str, version: int, data: bytes) -> PastRole:
    """``data`` as the file ``version`` of ``role``, older or newer than the one that the snapshot names.

    It counts if the keys signed it that the role has now, or a retired key of that language, with an edition up to
    the key's last good one. When the key was retired because it was stolen, the latter may be the thief's work: it
    says less, and the result says so. Expiry means nothing here.

    Raises:
        TrustError: it is no such file, or nobody's whose word counts.
    """
    file = open_signed(Targets, data, what=role, max_bytes=LIMITS.max_targets_bytes)
    if file.signed.version != version:
        raise TrustError(Failure.MIX_AND_MATCH, f"version {file.signed.version} instead of {version}", what=role)
    delegator = trusted.vouched(TARGETS, ROOT)
    if delegator is None:
        raise TrustError(Failure.NOT_FOUND, "no targets file is trusted yet", what=role)
    try:
        check_signed_by(delegator, role, file, what=role)
    except TrustError:
        if not _by_retired_key(trusted, role, file):
            raise
        return PastRole(file.signed, retired=True)
    return PastRole(file.signed, retired=False)


def _by_retired_key(trusted: TrustedSet, role: str, file: SignedFile[Targets]) -> bool:
    target = file.signed.targets.get(f"{role}/index")
    if target is None:
        return False
    edition = edition_claim(target).number
    return any(
        key.language == role and edition <= key.last_good and _signed_with(key.public, file)
        for key in trusted.retired_keys
    )


def _signed_with(public: bytes, file: SignedFile[Any]) -> bool:
    for keyid, signature in file.signatures.items():
        key = SSlibKey(keyid, "ed25519", "ed25519", {"public": public.hex()})
        try:
            key.verify_signature(signature, file.payload)
        except UnverifiedSignatureError:
            continue
        return True
    return False
