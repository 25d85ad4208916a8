"""What became known about each mirror on one visit: who answered, who lags, who lied, and the evidence."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Lock

from tamizdat.errors import CarrierError, Failure, MissingFileError, TamizdatError, UntrustedError


class Standing(StrEnum):
    """A mirror in one word, the gravest first."""

    LIES = "lies"
    """Served bytes that the publication did not sign, or signed bytes in the place of newer ones' contents."""
    UNREACHABLE = "unreachable"
    INCOMPLETE = "incomplete"
    """Lacks files that its own signed files name."""
    LAGS = "lags"
    """Honest, but older than another mirror."""
    CURRENT = "current"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
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
    signed: dict[str, bytes] = field(default_factory=dict, repr=False)
    files: int = 0
    bytes_served: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def served(self, path: str, data: bytes) -> None:
        """A good file came. Signed files that have a version are remembered: two under one version are proof."""
        with self._lock:
            self.files += 1
            self.bytes_served += len(data)
            if path.startswith("metadata/") and not path.endswith("timestamp.json"):
                self.signed[path] = hashlib.sha256(data).digest()

    def failed(self, path: str, error: TamizdatError) -> None:
        """Note what went wrong with ``path``."""
        with self._lock:
            if isinstance(error, UntrustedError):
                self.refusals.append(Refusal(path, error.failure, error.detail))
            elif isinstance(error, MissingFileError):
                self.missing.append(path)
            elif isinstance(error, CarrierError):
                self.faults.append(f"{path}: {error.detail}")
            else:
                self.faults.append(f"{path}: {error}")

    def is_behind(self, newest: int | None) -> bool:
        """Whether the mirror's timestamp is older than another's."""
        return self.timestamp_version is not None and newest is not None and self.timestamp_version < newest

    def standing(self, newest: int | None) -> Standing:
        """The mirror in one word; ``newest`` is the highest timestamp version that any mirror had."""
        lies = [refusal for refusal in self.refusals if refusal.failure is not Failure.ROLLBACK]
        if lies:
            return Standing.LIES
        if self.is_behind(newest):
            return Standing.LAGS
        if self.refusals:
            return Standing.LAGS
        if self.faults:
            return Standing.UNREACHABLE
        if self.missing:
            return Standing.INCOMPLETE
        return Standing.UNKNOWN if self.timestamp_version is None else Standing.CURRENT
