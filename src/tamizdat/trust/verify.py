"""The rules: which signed files a reader, a mirror or an auditor may trust, and in which order.

``TrustedSet`` holds what has been accepted and decides about what comes next. It does no I/O and reads no clock. Its
rules are those of the TUF specification 1.0.31+, section 5 ("Detailed client workflow"), numbered in the docstrings:

* The first root must have been checked against the fingerprint before it comes here (``fingerprint.Anchor``). Every
  later root is the next in number and meets the thresholds of the root before it and of itself.
* The timestamp names the snapshot, the snapshot names the version of every other file, so that files of different
  moments do not mix. Delegated roles are checked against the role that leads to them, at every lookup anew.
* What was accepted once is the mark below which nothing is accepted. Marks hang on keys: a file kept from an earlier
  visit counts only while the current root still names enough of the keys that signed it, so a rotation of those keys
  frees readers from versions that a thief has pushed up (5.3.11).
* Expired files are refused (``ExpiryPolicy.REFUSE``) or accepted and listed in ``expired`` (``REPORT``).
* Two contents under one version number are never settled silently: the first stays, both are kept as a ``Finding``.

A refusal is a TrustError and changes nothing that is held. Not done here: fetching, storing, the order of steps
(``refresh``), the walk through delegations (``lookup``), heads and stories (``edition``).

>>> trusted = TrustedSet(first_root, now=now)                                                       # doctest: +SKIP
>>> trusted.update_timestamp(timestamp), trusted.update_snapshot(snapshot)                          # doctest: +SKIP
>>> trusted.update_targets(targets), trusted.update_delegated(russian, "ru", "targets")             # doctest: +SKIP
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

from tuf.api.metadata import DelegatedRole, MetaFile, Root, Snapshot, Targets, Timestamp

from tamizdat.errors import Failure, TrustError
from tamizdat.limits import LIMITS
from tamizdat.trust import claims
from tamizdat.trust.envelope import SignedFile, check_bytes, check_signed_by, open_signed, role_keys
from tamizdat.trust.roles import ROOT, SNAPSHOT, TARGETS, TIMESTAMP

_MAX_FINDINGS: Final = 64


class ExpiryPolicy(Enum):
    """What an expired file does: mirrors and the conformance client refuse it, readers report it and read on."""

    REFUSE = auto()
    REPORT = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something signed that should not exist, with the files that prove it (``second`` empty if one is enough)."""

    failure: Failure
    role: str
    version: int
    detail: str
    first: bytes
    second: bytes = b""


class TrustedSet:
    """The signed files that are trusted at the moment ``now`` (aware, UTC), starting from a trusted ``root``.

    Raises:
        TrustError: ``root`` is malformed or not signed by enough of its own keys. It may be expired: only the last
            root of the chain must not be (5.3.10).
        ValueError: ``now`` has no time zone.
    """

    def __init__(self, root: bytes, *, now: datetime, policy: ExpiryPolicy = ExpiryPolicy.REFUSE) -> None:
        if now.utcoffset() != timedelta(0):
            raise ValueError("'now' must be aware and in UTC")
        self._now = now
        self._policy = policy
        self._findings: tuple[Finding, ...] = ()
        self._root = open_signed(Root, root, what=ROOT, max_bytes=LIMITS.max_root_bytes)
        check_signed_by(self._root.signed, ROOT, self._root, what=ROOT)
        self._timestamp: SignedFile[Timestamp] | None = None
        self._snapshot: SignedFile[Snapshot] | None = None
        self._targets: dict[str, SignedFile[Targets]] = {}

    # --- What is held -------------------------------------------------------------------------------------------

    @property
    def root(self) -> Root:
        """The newest trusted root."""
        return self._root.signed

    @property
    def timestamp(self) -> Timestamp | None:
        """The trusted timestamp, possibly one kept from an earlier visit."""
        return self._timestamp.signed if self._timestamp else None

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that the timestamp names; ``None`` while only an older one is held."""
        return self._snapshot.signed if self._snapshot and self.snapshot_is_current else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Evidence of equivocation and of roles that speak about what is not theirs, oldest first."""
        return self._findings

    @property
    def expired(self) -> tuple[tuple[str, datetime], ...]:
        """Role and expiry (UTC) of every held file that is past it, in the order of loading."""
        held = ((role, file.signed.expires) for role, file in self._held().items())
        return tuple((role, expires) for role, expires in held if expires <= self._now)

    @property
    def checked_as_of(self) -> datetime | None:
        """When the publication last said that this is current (UTC). Raises TrustError MALFORMED."""
        return claims.checked_as_of(self._timestamp.signed) if self._timestamp else None

    @property
    def retired_keys(self) -> tuple[claims.RetiredKey, ...]:
        """Language keys that are no longer used. Raises TrustError MALFORMED."""
        return claims.retired_keys(self._targets[TARGETS].signed) if TARGETS in self._targets else ()

    def raw(self, role: str) -> bytes | None:
        """The file held for ``role`` exactly as it came."""
        file = self._held().get(role)
        return file.data if file else None

    def language_keys(self, language: str) -> frozenset[bytes]:
        """Public keys (32 bytes) that may sign heads of ``language``. Raises TrustError NOT_FOUND."""
        if TARGETS not in self._targets:
            raise TrustError(Failure.NOT_FOUND, "no targets file is trusted yet", what=language)
        return role_keys(self._targets[TARGETS].signed, language)

    # --- Root (5.3) ---------------------------------------------------------------------------------------------

    def update_root(self, data: bytes) -> None:
        """Accept the next root: signed by the old threshold and the new one (5.3.4), version exactly one up (5.3.5).

        What the new root's keys no longer cover is dropped with its marks (5.3.11).
        """
        new = open_signed(Root, data, what=ROOT, max_bytes=LIMITS.max_root_bytes)
        check_signed_by(self.root, ROOT, new, what=ROOT)
        check_signed_by(new.signed, ROOT, new, what=ROOT)
        version = new.signed.version
        if version == self.root.version and self._differs(ROOT, self._root, new):
            raise TrustError(Failure.EQUIVOCATION, f"a second version {version}", what=ROOT)
        if version <= self.root.version:
            raise TrustError(Failure.ROLLBACK, f"version {version} is not newer than {self.root.version}", what=ROOT)
        _expect_version(ROOT, version, self.root.version + 1)
        self._root = new
        if self._timestamp and not self._still_signed(TIMESTAMP, self._timestamp):
            self._timestamp = None
        if self._snapshot and not self._still_signed(SNAPSHOT, self._snapshot):
            self._snapshot = None
        self._targets.clear()

    def check_root_current(self) -> None:
        """Refuse an expired root at the end of the chain (5.3.10, freeze attack)."""
        self._refuse_expired(ROOT, self._root)

    # --- Timestamp (5.4) ----------------------------------------------------------------------------------------

    def restore_timestamp(self, data: bytes) -> None:
        """Take up a timestamp from an earlier visit as the mark for newer ones; it may have expired since."""
        self._timestamp = self._open(Timestamp, TIMESTAMP, data, LIMITS.max_timestamp_bytes)

    def update_timestamp(self, data: bytes) -> bool:
        """Accept a timestamp. ``False`` if its version was held already; the one held first then stays.

        Signed by the root's keys (5.4.2); neither its version nor the snapshot version that it names goes down
        (5.4.3, rollback attack); not expired (5.4.4, freeze attack).
        """
        self.check_root_current()
        new = self._open(Timestamp, TIMESTAMP, data, LIMITS.max_timestamp_bytes)
        held = self._timestamp
        if held is not None:
            _refuse_lower(TIMESTAMP, new.signed.version, held.signed.version)
            if new.signed.version == held.signed.version:
                self._differs(TIMESTAMP, held, new)
                self._refuse_expired(TIMESTAMP, held)
                return False
            _refuse_lower(
                f"{TIMESTAMP}: {SNAPSHOT}", new.signed.snapshot_meta.version, held.signed.snapshot_meta.version
            )
        self._refuse_expired(TIMESTAMP, new)
        self._timestamp = new
        return True

    def check_timestamp_current(self) -> Timestamp:
        """The timestamp, if one is held that may be relied on. Raises TrustError NOT_FOUND or EXPIRED."""
        if self._timestamp is None:
            raise TrustError(Failure.NOT_FOUND, "no timestamp is trusted yet", what=TIMESTAMP)
        self._refuse_expired(TIMESTAMP, self._timestamp)
        return self._timestamp.signed

    # --- Snapshot (5.5) -----------------------------------------------------------------------------------------

    def restore_snapshot(self, data: bytes) -> None:
        """Take up a snapshot from an earlier visit as the mark for newer ones, whatever the timestamp names now."""
        self._snapshot = self._open(Snapshot, SNAPSHOT, data, LIMITS.max_snapshot_bytes)

    @property
    def snapshot_is_current(self) -> bool:
        """Whether the snapshot that the timestamp names is held and may be relied on."""
        if self._snapshot is None or self._timestamp is None:
            return False
        try:
            self._check_final_snapshot(self._snapshot, self.check_timestamp_current().snapshot_meta)
        except TrustError:
            return False
        return True

    def update_snapshot(self, data: bytes) -> bool:
        """Accept the snapshot that the timestamp names. ``False`` if it was held already.

        Bytes and version are those that the timestamp names (5.5.2, 5.5.4), signed by the root's keys (5.5.3); no
        role's version goes down and no role goes missing (5.5.5); not expired (5.5.6). A language's version can thus
        go down only when root rotates the snapshot key.
        """
        named = self.check_timestamp_current().snapshot_meta
        check_bytes(named, data, what=SNAPSHOT)
        new = self._open(Snapshot, SNAPSHOT, data, LIMITS.max_snapshot_bytes)
        held = self._snapshot
        if held is not None:
            _refuse_lower(SNAPSHOT, new.signed.version, held.signed.version)
        self._check_final_snapshot(new, named)
        if held is not None and new.signed.version == held.signed.version:
            if self._differs(SNAPSHOT, held, new) and not self.snapshot_is_current:
                raise TrustError(Failure.EQUIVOCATION, f"a second version {new.signed.version}", what=SNAPSHOT)
            if self.snapshot_is_current:
                return False
        elif held is not None:
            _check_no_role_falls_back(held.signed, new.signed)
        self._snapshot = new
        return True

    # --- Targets and delegated roles (5.6) ----------------------------------------------------------------------

    def named(self, role: str) -> MetaFile:
        """What the current snapshot says of ``role``'s file. Raises TrustError NOT_FOUND."""
        snapshot = self.snapshot
        if snapshot is None:
            raise TrustError(Failure.NOT_FOUND, "no current snapshot is trusted yet", what=role)
        if (found := snapshot.meta.get(f"{role}.json")) is None:
            raise TrustError(Failure.NOT_FOUND, "the snapshot does not list it", what=role)
        return found

    def update_targets(self, data: bytes) -> bool:
        """Accept the top-level targets. ``False`` if they were held already."""
        return self.update_delegated(data, TARGETS, ROOT)

    def update_delegated(self, data: bytes, role: str, delegator: str) -> bool:
        """Accept the file of ``role``, to which ``delegator`` leads. ``False`` if it was held already.

        Bytes and version are those that the snapshot names (5.6.2, 5.6.4), signed by the keys that ``delegator``
        names for ``role`` (5.6.3), not expired (5.6.5).
        """
        check_bytes(self.named(role), data, what=role)
        new = open_signed(Targets, data, what=role, max_bytes=LIMITS.max_targets_bytes)
        self._check_final_targets(new, role, delegator)
        held = self._targets.get(role)
        if held is not None and held.signed.version == new.signed.version:
            usable = self.vouched(role, delegator) is not None
            if self._differs(role, held, new) and not usable:
                raise TrustError(Failure.EQUIVOCATION, f"a second version {new.signed.version}", what=role)
            if usable:
                return False
        self._targets[role] = new
        self._note_foreign_targets(new, role, delegator)
        return True

    def vouched(self, role: str, delegator: str) -> Targets | None:
        """The content of ``role`` if a file is held that passes every check by way of ``delegator``, now.

        One role can be reached by several delegators with different keys: having passed by way of one says nothing
        about another. ``delegator`` must itself have been vouched for by the caller's walk.
        """
        held = self._targets.get(role)
        if held is None:
            return None
        try:
            check_bytes(self.named(role), held.data, what=role)
            self._check_final_targets(held, role, delegator)
        except TrustError:
            return None
        return held.signed

    # --- Checks -------------------------------------------------------------------------------------------------

    def _open(self, kind: type[Any], role: str, data: bytes, max_bytes: int) -> SignedFile[Any]:
        file: SignedFile[Any] = open_signed(kind, data, what=role, max_bytes=max_bytes)
        check_signed_by(self.root, role, file, what=role)
        return file

    def _check_final_snapshot(self, file: SignedFile[Snapshot], named: MetaFile) -> None:
        check_bytes(named, file.data, what=SNAPSHOT)
        _expect_version(SNAPSHOT, file.signed.version, named.version)
        self._refuse_expired(SNAPSHOT, file)

    def _check_final_targets(self, file: SignedFile[Targets], role: str, delegator: str) -> None:
        check_signed_by(self._delegator(delegator), role, file, what=role)
        _expect_version(role, file.signed.version, self.named(role).version)
        self._refuse_expired(role, file)

    def _refuse_expired(self, role: str, file: SignedFile[Any]) -> None:
        expires: datetime = file.signed.expires
        if self._policy is ExpiryPolicy.REFUSE and expires <= self._now:
            raise TrustError(Failure.EXPIRED, f"expired at {expires:%Y-%m-%d %H:%M} UTC", what=role)

    def _still_signed(self, role: str, file: SignedFile[Any]) -> bool:
        try:
            check_signed_by(self.root, role, file, what=role)
        except TrustError:
            return False
        return True

    def _delegator(self, name: str) -> Root | Targets:
        if name == ROOT:
            return self.root
        if name not in self._targets:
            raise TrustError(Failure.NOT_FOUND, "nothing trusted leads to it yet", what=name)
        return self._targets[name].signed

    def _differs(self, role: str, first: SignedFile[Any], second: SignedFile[Any]) -> bool:
        """Whether two files of one version differ in what is signed; if so the pair is kept as evidence."""
        if first.payload == second.payload:
            return False
        version = first.signed.version
        detail = f"two different signed contents for version {version}"
        self._note(Finding(Failure.EQUIVOCATION, role, version, detail, first.data, second.data))
        return True

    def _note_foreign_targets(self, file: SignedFile[Targets], role: str, delegator: str) -> None:
        """Keep evidence of a role that lists paths which nobody would ask it about (lookups pass them over)."""
        delegated = self._delegator(delegator).get_delegated_role(role)
        if not isinstance(delegated, DelegatedRole):
            return
        foreign = [path for path in file.signed.targets if not delegated.is_delegated_path(path)]
        if foreign:
            detail = f"speaks about {len(foreign)} paths that are not its own, such as {foreign[0]!r:.80}"
            self._note(Finding(Failure.WRONG_LANGUAGE, role, file.signed.version, detail, file.data))

    def _note(self, finding: Finding) -> None:
        if finding not in self._findings and len(self._findings) < _MAX_FINDINGS:
            self._findings += (finding,)

    def _held(self) -> dict[str, SignedFile[Any]]:
        top = {ROOT: self._root, TIMESTAMP: self._timestamp, SNAPSHOT: self._snapshot}
        held: dict[str, SignedFile[Any]] = {role: file for role, file in top.items() if file is not None}
        return held | self._targets


def _refuse_lower(role: str, version: int, seen: int) -> None:
    if version < seen:
        raise TrustError(Failure.ROLLBACK, f"version {version} is older than {seen}, which was seen", what=role)


def _expect_version(role: str, version: int, expected: int) -> None:
    if version != expected:
        raise TrustError(Failure.MIX_AND_MATCH, f"version {version} instead of {expected}", what=role)


def _check_no_role_falls_back(old: Snapshot, new: Snapshot) -> None:
    for name, before in old.meta.items():
        after = new.meta.get(name)
        if after is None:
            raise TrustError(Failure.ROLLBACK, f"{name} is listed no longer", what=SNAPSHOT)
        _refuse_lower(f"{SNAPSHOT}: {name}", after.version, before.version)
