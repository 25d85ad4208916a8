"""A publication's double in memory: stand-in keys, and all its signed files as newsroom or thief would make them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tamizdat.trust.ceremony import answer, asked_keys, finish
from tamizdat.trust.changes import first_keys
from tamizdat.trust.keyfile import PublicKey, SigningKey
from tamizdat.trust.plans import RootPlan, TargetsPlan
from tamizdat.trust.request import Request
from tamizdat.trust.roles import APP, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, expiry, policy_of
from tamizdat.trust.sign import (
    Target,
    make_role,
    make_snapshot,
    make_timestamp,
    sign_metadata,
)
from tamizdat.trust.state import State

Keys = Mapping[str, tuple[SigningKey, ...]]
Files = dict[str, bytes]
"""Signed files by name, as a mirror serves them."""
TITLE: Final = "rehearsal of a loss"


def stand_in(role: str) -> SigningKey:
    """A key that lives in memory only."""
    private = Ed25519PrivateKey.generate()
    return SigningKey(PublicKey(role, "stand-in", private.public_key().public_bytes_raw()), private)


@dataclass(frozen=True, slots=True)
class Double:
    """A publication at one moment: its offline files, whoever's keys sign the rest, and what its news says."""

    root: RootPlan
    targets: TargetsPlan
    offline_files: Files
    keys: Keys
    news: bytes
    versions: Mapping[str, int]

    @classmethod
    def begin(cls, languages: Iterable[str], now: datetime) -> tuple[Self, State]:
        """A publication whose first edition is out."""
        roles = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP, APP, *languages)
        keys = {role: tuple(stand_in(role) for _ in range(policy_of(role).keys)) for role in roles}
        held = [key for role in roles for key in keys[role]]
        request = first_keys(TITLE, [key.key for key in held], now)
        files, state = sign_request(request, held)
        double = cls(state.root, state.targets, files, keys, b"true news", dict.fromkeys(roles, 1))
        return double, state

    def amended(self, state: State, offline_files: Files, keys: Keys) -> Self:
        """The publication after one more ceremony, and two editions on; ``keys`` are those that sign from now."""
        return replace(
            self,
            root=state.root,
            targets=state.targets,
            offline_files={**self.offline_files, **offline_files},
            keys=keys,
            versions={role: version + 2 for role, version in self.versions.items()},
        )

    def files(self, now: datetime) -> Files:
        """Every signed file, online ones signed at ``now``."""
        return {**self.offline_files, **self.sign((APP, *self.targets.languages, SNAPSHOT, TIMESTAMP), now)}

    def sign(self, roles: Iterable[str], now: datetime) -> Files:
        """The files of some online roles."""
        return dict(self._file(role, now) for role in roles)

    def _file(self, role: str, now: datetime) -> tuple[str, bytes]:
        version, expires, keys = self.versions[role], expiry(role, now), self.keys[role]
        if role == TIMESTAMP:
            timestamp = make_timestamp(version, self.versions[SNAPSHOT], now, expires)
            return f"{TIMESTAMP}.json", sign_metadata(timestamp, keys)
        name = f"{version}.{role}.json"
        if role == SNAPSHOT:
            named = {each: self.versions[each] for each in (APP, *self.targets.languages)}
            snapshot = make_snapshot(version, {TARGETS: self.targets.version, **named}, expires)
            return name, sign_metadata(snapshot, keys)
        return name, sign_metadata(make_role(role, version, [Target.of(f"{role}/index", self.news)], expires), keys)


def sign_request(request: Request, held: Iterable[SigningKey]) -> tuple[Files, State]:
    """A ceremony at which every key of ``held`` that is asked for answers. Raises CeremonyError."""
    asked = asked_keys(request)
    finished = finish(request, [answer(request, key) for key in held if key.key.public in asked])
    return finished.files, finished.state
