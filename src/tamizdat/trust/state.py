"""A publication's offline-signed files so far, verified: every root from the first, and the current targets."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tuf.api.metadata import Metadata

from tamizdat.errors import CeremonyError
from tamizdat.trust.keyfile import PublicKey
from tamizdat.trust.plans import Names, RootPlan, TargetsPlan, good_keys, read_root, read_targets
from tamizdat.trust.roles import APP, OFFLINE, ROOT, TARGETS
from tamizdat.trust.sign import signed_bytes


@dataclass(frozen=True, slots=True)
class State:
    """Verified from the first root on. ``roots`` are all root files in order, ``targets_file`` the newest."""

    roots: tuple[bytes, ...]
    targets_file: bytes
    root: RootPlan
    targets: TargetsPlan

    @classmethod
    def verify(cls, roots: tuple[bytes, ...], targets_file: bytes, names: Names, file: str) -> Self:
        """Check the chain: each root signed by its predecessor and itself, targets by the last root.

        Expiry is not looked at: an expired root is what a renewal renews. Raises CeremonyError.
        """
        plan: RootPlan | None = None
        for number, data in enumerate(roots, 1):
            metadata = read_root(data, file)
            following = RootPlan.of(metadata.signed, names, file)
            if following.version != number:
                raise CeremonyError(f"root {number} says that it is version {following.version}", file=file)
            for judge in (plan or following, following):
                if not _enough(judge, ROOT, metadata):
                    raise CeremonyError(f"root {number} is not signed by enough root keys", file=file)
            plan = following
        if plan is None:
            raise CeremonyError("holds no root", file=file)
        targets = read_targets(targets_file, file)
        if not _enough(plan, TARGETS, targets):
            raise CeremonyError("targets is not signed by enough targets keys", file=file)
        return cls(roots, targets_file, plan, TargetsPlan.of(targets.signed, names, file))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the first root file, hex: what readers trust."""
        return hashlib.sha256(self.roots[0]).hexdigest()

    @property
    def rehearsal(self) -> bool:
        """Whether the root says that all keys lie in one place."""
        return self.root.rehearsal

    def keys_of(self, role: str) -> tuple[PublicKey, ...]:
        """Keys that may sign as ``role`` now; empty for a language that the publication does not have."""
        if role in self.root.keys:
            return self.root.keys[role]
        return (self.targets.keys[role],) if role in self.targets.keys else ()

    def threshold_of(self, role: str) -> int:
        """How many of :meth:`keys_of` must sign."""
        return self.root.thresholds.get(role, 1)

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role, offline first, languages last."""
        online = (role for role in self.root.keys if role not in OFFLINE)
        return (*OFFLINE, *online, APP, *self.targets.languages)

    def names(self) -> Mapping[str, str]:
        """Who holds which key, by key id."""
        held = [key for role in self.roles for key in self.keys_of(role)]
        return {key.keyid: key.name for key in held if key.name}


def _enough(judge: RootPlan, role: str, metadata: Metadata[Any]) -> bool:
    signatures = {keyid: _raw(found.signature) for keyid, found in metadata.signatures.items()}
    return len(good_keys(judge.keys[role], signatures, signed_bytes(metadata.signed))) >= judge.thresholds[role]


def _raw(signature: str) -> bytes:
    try:
        return bytes.fromhex(signature)
    except ValueError:
        return b""
