"""What became known about each mirror on one visit: who answered, who lags, who lied, and the evidence."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tamizdat.errors import CarrierError, Failure, MissingFileError, PublicationError, TamizdatError, UntrustedError
from tamizdat.roads.harmless import harmless


class Standing(StrEnum):
    """A mirror in one word, the gravest first."""

    LIES = "lies"
    """Served bytes that the publication did not sign, or signed bytes in the place of newer ones' contents."""
    UNREACHABLE = "unreachable"
    INCOMPLETE = "incomplete"
    """Lacks files that its own signed files name."""
    LAGS = "lags"
    """Honest, but older than another mirror."""
    SLOW = "slow"
    """Neither lying nor lagging as far as is known: others were so much faster that it was not waited for."""
    CURRENT = "current"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One file of one mirror that was refused, and why."""

    path: str
    failure: Failure
    detail: str


@dataclass(slots=True)
class MirrorTrail:
    """One mirror's part in a visit."""

    name: str
    timestamp_version: int | None = None
    checked_as_of: datetime | None = None
    refusals: list[Refusal] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    """Files that were not waited for."""
    signed_so: list[Refusal] = field(default_factory=list)
    """Files that break the rules, and are the very ones that the publication signed: not the mirror's fault."""
    retired_key: bool = False
    """Its timestamp is signed by a key that was the publication's once. Nothing else is known of it, or used."""
    signed: dict[str, bytes] = field(default_factory=dict, repr=False)
    files: int = 0
    bytes_served: int = 0
    room_for_evidence: int = 0
    """How many bytes of what is refused may be kept; none unless somebody asks for evidence."""
    evidence: dict[str, bytes] = field(default_factory=dict, repr=False)
    """What came first in the place of files that were refused, by path."""

    def served(self, path: str, data: bytes) -> None:
        """A good file came. Signed files that have a version are remembered: two under one version are proof."""
        self.files += 1
        self.bytes_served += len(data)
        if path.startswith("metadata/") and not path.endswith("timestamp.json"):
            self.signed[path] = _said(data)

    def failed(self, path: str, error: TamizdatError, data: bytes | None = None) -> None:
        """Note what went wrong with ``path``, and what came. The error may be in the mirror's own words."""
        if isinstance(error, PublicationError):
            self.signed_so.append(Refusal(path, error.failure, harmless(error.detail)))
        elif isinstance(error, UntrustedError):
            self.refusals.append(Refusal(path, error.failure, harmless(error.detail)))
            self.keep(path, data)
        elif isinstance(error, MissingFileError):
            self.missing.append(path)
        elif isinstance(error, CarrierError):
            self.faults.append(f"{path}: {harmless(error.detail)}")
        else:
            self.faults.append(f"{path}: {harmless(str(error))}")

    def keep(self, path: str, data: bytes | None) -> None:
        """Keep what came in the place of ``path`` as evidence, if it is the first and there is room."""
        if data is not None and path not in self.evidence and len(data) <= self.room_for_evidence:
            self.evidence[path] = data
            self.room_for_evidence -= len(data)

    def left_behind(self, path: str) -> None:
        """Note that others delivered ``path`` long before this mirror would have."""
        self.slow.append(path)

    def is_behind(self, newest: int | None) -> bool:
        """Whether the mirror's timestamp is older than another's."""
        return self.timestamp_version is not None and newest is not None and self.timestamp_version < newest

    def standing(self, newest: int | None) -> Standing:
        """The mirror in one word; ``newest`` is the highest timestamp version that any mirror had."""
        honest = {Failure.ROLLBACK, Failure.EXPIRED}  # rightly signed, and too old
        lies = [refusal for refusal in self.refusals if refusal.failure not in honest]
        if lies:
            return Standing.LIES
        if self.is_behind(newest):
            return Standing.LAGS
        if self.refusals or self.retired_key:
            return Standing.LAGS
        if self.faults:
            return Standing.UNREACHABLE
        if self.missing:
            return Standing.INCOMPLETE
        if self.slow:
            return Standing.SLOW
        return Standing.UNKNOWN if self.timestamp_version is None else Standing.CURRENT


def _said(data: bytes) -> bytes:
    """A hash of what a signed file says: spaces and spare signatures can be added by anybody, and are no lie."""
    return hashlib.sha256(json.dumps(json.loads(data)["signed"], sort_keys=True).encode()).digest()
