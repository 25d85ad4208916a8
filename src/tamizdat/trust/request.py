"""Ceremony files: a request for signatures, and the answers (docs/howto/keys.md shows how they travel).

A request is not trusted by the devices that answer it. Reading one verifies the chain of roots from the first (whose
hash is the fingerprint that people know) and refuses whatever no step of ours asks for; the summary in the file is
for people with an editor and is never read back.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from tamizdat.errors import CeremonyError
from tamizdat.trust.keyfile import PublicKey, canonical, grouped, is_line, read_json
from tamizdat.trust.plans import TIME_FORMAT, RootPlan, TargetsPlan, parse_time
from tamizdat.trust.roles import OFFLINE, ROOT, TARGETS, expiry, policy_of
from tamizdat.trust.state import State

REQUEST_FORMAT: Final = "tamizdat-ceremony-request-v1"
ANSWER_FORMAT: Final = "tamizdat-ceremony-answer-v1"
MAX_REQUEST_BYTES: Final = 16_000_000
MAX_ANSWER_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Request:
    """What shall be signed. ``before`` is None at the first ceremony; a plan of None stays as it is."""

    publication: str
    time: datetime
    before: State | None
    root: RootPlan | None
    targets: TargetsPlan | None

    def to_json(self) -> dict[str, object]:
        """Fields that the digest covers."""
        return {
            "format": REQUEST_FORMAT,
            "publication": self.publication,
            "time": self.time.strftime(TIME_FORMAT),
            "roots": [data.decode() for data in self.before.roots] if self.before else [],
            "current_targets": self.before.targets_file.decode() if self.before else "",
            "names": dict(self.before.names()) if self.before else {},
            "root": self.root.to_json() if self.root else None,
            "targets": self.targets.to_json() if self.targets else None,
        }

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical fields, hex: which request an answer answers."""
        return hashlib.sha256(canonical(self.to_json())).hexdigest()

    @property
    def code(self) -> str:
        """Start of the digest in fours: people on several devices compare it."""
        return grouped(self.digest)

    def to_bytes(self, summary: Iterable[str] = ()) -> bytes:
        """The request file, with ``summary`` for whoever opens it in an editor."""
        return canonical({**self.to_json(), "summary": list(summary)})

    @classmethod
    def from_bytes(cls, data: bytes, file: str) -> Self:
        """Read and verify :meth:`to_bytes`. Raises CeremonyError."""
        fields = read_json(data, (REQUEST_FORMAT,), file)
        root, targets, publication = fields.get("root"), fields.get("targets"), str(fields.get("publication"))
        try:
            time = parse_time(fields.get("time"))
        except (ValueError, TypeError):
            raise CeremonyError("'time' is not a time", file=file) from None
        if not is_line(publication):
            raise CeremonyError("'publication' is not a short line of text", file=file)
        return cls.checked(
            publication,
            time,
            _before(fields, file),
            None if root is None else RootPlan.from_json(root, file),
            None if targets is None else TargetsPlan.from_json(targets, file),
            file,
        )

    @classmethod
    def checked(
        cls,
        publication: str,
        time: datetime,
        before: State | None,
        root: RootPlan | None,
        targets: TargetsPlan | None,
        file: str,
    ) -> Self:
        """A request that asks for nothing out of order. Raises CeremonyError naming ``file``."""
        request = cls(publication, time, before, root, targets)
        _check(request, file)
        return request


@dataclass(frozen=True, slots=True)
class Answer:
    """Signatures by one key: ``(part, signature)`` with part ``root`` or ``targets``."""

    request: str
    key: PublicKey
    signatures: tuple[tuple[str, bytes], ...]

    def to_bytes(self) -> bytes:
        """An answer file."""
        signatures = {part: signature.hex() for part, signature in self.signatures}
        fields = {"format": ANSWER_FORMAT, "request": self.request, "signatures": signatures}
        return canonical({**fields, "key": self.key.to_json()})

    @classmethod
    def from_bytes(cls, data: bytes, file: str) -> Self:
        """Read :meth:`to_bytes`; signatures are not verified yet. Raises CeremonyError."""
        fields = read_json(data, (ANSWER_FORMAT,), file)
        key, signatures = fields.get("key"), fields.get("signatures")
        if not isinstance(key, dict) or not isinstance(signatures, dict):
            raise CeremonyError("'key' or 'signatures' is missing", file=file)
        try:
            found = tuple((part, bytes.fromhex(signatures[part])) for part in OFFLINE if part in signatures)
        except (ValueError, TypeError):
            raise CeremonyError("a signature is not hex", file=file) from None
        return cls(str(fields.get("request")), PublicKey.from_json(key, file), found)


def _before(fields: dict[str, Any], file: str) -> State | None:
    roots, names = fields.get("roots"), fields.get("names")
    if not isinstance(roots, list) or not isinstance(names, dict):
        raise CeremonyError("'roots' or 'names' is missing", file=file)
    if not all(is_line(name) for name in names.values()):
        raise CeremonyError("a name is not a short line of text", file=file)
    if not roots:
        return None
    files = tuple(str(found).encode("utf-8", "replace") for found in roots)
    current = str(fields.get("current_targets")).encode("utf-8", "replace")
    return State.verify(files, current, names, file)


def _check(request: Request, file: str) -> None:
    """Refuse what no step of ours asks for, whoever wrote the file."""
    before, root, targets = request.before, request.root, request.targets
    if root is None and targets is None:
        raise CeremonyError("asks for nothing", file=file)
    if before is None and (root is None or targets is None):
        raise CeremonyError("the first ceremony makes both root and targets", file=file)
    for part, plan, old in (
        (ROOT, root, before and before.root),
        (TARGETS, targets, before and before.targets),
    ):
        if plan is None:
            continue
        if plan.version != (old.version + 1 if old else 1):
            raise CeremonyError(f"{part} would be version {plan.version}, which is not the next one", file=file)
        if plan.expires != expiry(part, request.time):
            raise CeremonyError(f"{part} would expire at another time than it should", file=file)
    if root is not None:
        _check_root(root, before, file)
    if before and targets and not set(before.targets.retired) <= set(targets.retired):
        raise CeremonyError("a retired key would be forgotten", file=file)
    _check_apart(request, file)


def _check_root(root: RootPlan, before: State | None, file: str) -> None:
    if any(threshold != policy_of(role).threshold for role, threshold in root.thresholds.items()):
        raise CeremonyError("the number of signatures that a role needs would change", file=file)
    if before and before.rehearsal != root.rehearsal:
        raise CeremonyError("a rehearsal cannot become a publication: make a new one", file=file)


def _check_apart(request: Request, file: str) -> None:
    """No key may serve two roles: the thief of one would hold both."""
    root = request.root or (request.before and request.before.root)
    targets = request.targets or (request.before and request.before.targets)
    held = [key.public for role in (root.keys if root else {}) for key in (root.keys[role] if root else ())]
    held += [key.public for key in (targets.keys.values() if targets else ())]
    if len(set(held)) != len(held):
        raise CeremonyError("one key would serve two roles", file=file)
