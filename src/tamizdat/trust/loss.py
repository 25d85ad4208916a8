"""Rehearse the loss of a key: a thief, a reader and the recovery, played in memory with stand-in keys.

The publication is a double: same roles, thresholds and lifetimes, fresh keys that are forgotten afterwards. Thief and
newsroom sign with the real builders; the reader is the real verifier under the policy ``refuse``. So what is printed
is what the verifier did, not what we believe about it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tamizdat.errors import TrustError
from tamizdat.trust.ceremony import answer, asked_keys, finish
from tamizdat.trust.changes import change_offline, first_keys, replace_online
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyfile import PublicKey, SigningKey
from tamizdat.trust.plans import TOP_LEVEL
from tamizdat.trust.refresh import Refresh, Want, bring_up_to_date, find_target
from tamizdat.trust.request import Request
from tamizdat.trust.roles import APP, OFFLINE, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, expiry, is_language, policy_of
from tamizdat.trust.sign import make_language_role, make_role, make_snapshot, make_timestamp, sign_metadata
from tamizdat.trust.state import State
from tamizdat.trust.store import MemoryStore

Keys = dict[str, tuple[SigningKey, ...]]
Files = dict[str, bytes]

FREEZE: Final = "pretend that nothing new was published"
FORGE: Final = "put false news in {language}"
HAND_OVER: Final = "hand {language} to a key of the thief's"
TAKE_OVER: Final = "replace every key of the publication"
_GOALS: Final = (FREEZE, FORGE, HAND_OVER, TAKE_OVER)
_MACHINE: Final = (SNAPSHOT, TIMESTAMP)
_YEARS: Final = 3
_NAME: Final = "rehearsal of a loss"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that the thief tried. ``until`` is the last day on which readers still believe it, None if never."""

    goal: str
    stolen: tuple[str, ...]
    until: datetime | None
    refusal: str
    noticed: bool

    @property
    def sentence(self) -> str:
        """For people."""
        if self.until is None:
            return f"{self.goal}: refused ({self.refusal})"
        noticed = "; readers who saw the true edition report the lie" if self.noticed else ""
        return f"{self.goal}: BELIEVED, until {self.until:%Y-%m-%d} at the latest{noticed}"


@dataclass(frozen=True, slots=True)
class Loss:
    """How a rehearsal went."""

    attempts: tuple[Attempt, ...]
    recovered: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Press:
    """A publication at one moment. ``version`` is that of every online role: the double publishes all at once."""

    state: State
    keys: Keys
    news: Mapping[str, bytes]
    version: int = 1

    def files(self, now: datetime, only: frozenset[str] | None = None) -> Files:
        """The web root's signed files, as far as ``only`` names their roles."""
        roots = {f"{number}.root.json": data for number, data in enumerate(self.state.roots, 1)}
        files = {**roots, f"{self.state.targets.version}.targets.json": self.state.targets_file}
        delegated = (APP, *self.state.targets.languages)
        versions = {TARGETS: self.state.targets.version} | dict.fromkeys(delegated, self.version)
        for role in delegated:
            signed = self._role(role, expiry(role, now))
            files[f"{self.version}.{role}.json"] = sign_metadata(signed, self.keys[role])
        snapshot = make_snapshot(self.version, versions, expiry(SNAPSHOT, now))
        files[f"{self.version}.{SNAPSHOT}.json"] = sign_metadata(snapshot, self.keys[SNAPSHOT])
        timestamp = make_timestamp(self.version, self.version, now, expiry(TIMESTAMP, now))
        files[f"{TIMESTAMP}.json"] = sign_metadata(timestamp, self.keys[TIMESTAMP])
        return files if only is None else {name: files[name] for name in files if name.split(".")[-2] in only}

    def _role(self, role: str, expires: datetime):  # type: ignore[no-untyped-def]
        raise NotImplementedError
