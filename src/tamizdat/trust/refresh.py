"""The one workflow by which everyone brings trusted files up to date: readers, mirrors, audit, conformance client.

``Refresh`` does no I/O. It says which file it wants and is given bytes, from wherever the caller has them:

    refresh = Refresh(store, now=now, policy=ExpiryPolicy.REPORT, anchor=anchor)
    while (want := refresh.wanted()) is not None:
        data = ...                      # fetch want.name, at most want.max_bytes, from any mirror
        if data is None:
            refresh.missing()           # no mirror has it
        else:
            refresh.give(data)          # TrustError: refused, nothing changed, try the next mirror
        if want.role == TIMESTAMP:
            refresh.advance()           # after as many mirrors' timestamps as the caller cares to ask
    target = refresh.find("ru/index")   # None: go round the loop again, then ask again

With one mirror, ``bring_up_to_date`` and ``find_target`` are that loop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final
from urllib.parse import quote

from tuf.api.metadata import MetaFile, TargetFile

from tamizdat.errors import Failure, TrustError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.lookup import Need, look_up
from tamizdat.trust.roles import ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from tamizdat.trust.store import Store
from tamizdat.trust.verify import ExpiryPolicy, TrustedSet

FIRST_ROOT: Final = ""
"""Name under which a store keeps the first root: the one name that no delegated role may bear."""


@dataclass(frozen=True, slots=True)
class Want:
    """A file to fetch: ``name`` below the metadata folder (percent-encoded, so also a URL's last part), its role.

    ``optional``: most mirrors will rightly not have it (the next root).
    """

    name: str
    role: str
    max_bytes: int
    optional: bool = False


class _Stage(Enum):
    FIRST = auto()
    ROOT = auto()
    TIMESTAMP = auto()
    SNAPSHOT = auto()
    READY = auto()


class Refresh:
    """One visit: from what ``store`` kept (or the first root that ``anchor`` names) to the current signed files.

    ``now`` is aware, in UTC. Without an ``anchor`` the store must hold a root that the caller trusts. With one, what
    the store kept is used only if it began with that anchor's root. Kept files that no longer verify are passed over.

    Raises:
        TrustError: there is neither an anchor nor a usable root in the store.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: datetime,
        policy: ExpiryPolicy = ExpiryPolicy.REFUSE,
        anchor: Anchor | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._policy = policy
        self._anchor = anchor
        self._trusted = self._open_kept_root()
        self._stage = _Stage.FIRST if self._trusted is None else _Stage.ROOT
        self._rotations = 0
        self._answers = 0
        self._need: Need | None = None

    @property
    def trusted(self) -> TrustedSet:
        """What is trusted so far. Raises TrustError NOT_FOUND before the first root was given."""
        if self._trusted is None:
            raise TrustError(Failure.NOT_FOUND, "no root is trusted yet", what=ROOT)
        return self._trusted

    def wanted(self) -> Want | None:
        """The file to fetch now; ``None`` when top-level files are current and no ``find`` is waiting."""
        if self._stage is _Stage.FIRST:
            return Want("1.root.json", ROOT, LIMITS.max_root_bytes)
        if self._stage is _Stage.ROOT:
            name = f"{self.trusted.root.version + 1}.root.json"
            return Want(name, ROOT, LIMITS.max_root_bytes, optional=True)
        if self._stage is _Stage.TIMESTAMP:
            return Want("timestamp.json", TIMESTAMP, LIMITS.max_timestamp_bytes)
        if self._stage is _Stage.SNAPSHOT:
            named = self.trusted.check_timestamp_current().snapshot_meta
            return self._want(SNAPSHOT, named, LIMITS.max_snapshot_bytes)
        if self._need is None:
            return None
        return self._want(self._need.role, self.trusted.named(self._need.role), LIMITS.max_targets_bytes)

    def give(self, data: bytes) -> bool:
        """Offer the file that ``wanted`` named. ``True`` if it changed what is trusted.

        Raises:
            TrustError: refused; nothing changed, and another mirror's copy may be given for the same want.
            LibraryError: the store could not keep it.
            UsageError: nothing is wanted.
        """
        if self._stage is _Stage.FIRST and self._anchor is not None:
            self._give_first_root(data, self._anchor)
        elif self._stage is _Stage.ROOT:
            self._give_root(data)
        elif self._stage is _Stage.TIMESTAMP:
            changed = self.trusted.update_timestamp(data)
            self._answers += 1
            return changed
        elif self._stage is _Stage.SNAPSHOT:
            self.trusted.update_snapshot(data)
            self._store.save(SNAPSHOT, data)
            self._enter_ready()
        elif self._need is not None:
            return self._give_targets(data, self._need)
        else:
            raise UsageError("nothing is wanted")
        return True

    def missing(self) -> None:
        """Say that no mirror has the file. Ends the chain of roots; anything else cannot go on.

        Raises:
            TrustError: NOT_FOUND; at the end of the chain EXPIRED if the last root is and that is refused.
        """
        if self._stage is not _Stage.ROOT:
            want = self.wanted()
            raise TrustError(Failure.NOT_FOUND, "no mirror has it", what=want.name if want else "nothing")
        self.trusted.check_root_current()
        self._enter_timestamp()

    def advance(self) -> None:
        """Leave the timestamp stage with the highest version given.

        Raises:
            TrustError: NOT_FOUND if no acceptable timestamp was given on this visit.
            LibraryError: the store could not keep it.
            UsageError: this is not the timestamp stage.
        """
        if self._stage is not _Stage.TIMESTAMP:
            raise UsageError("only the timestamp stage is left by advance()")
        if not self._answers:
            raise TrustError(Failure.NOT_FOUND, "no mirror gave an acceptable one", what="timestamp.json")
        data = self.trusted.raw(TIMESTAMP)
        if data is not None and data != self._store.load(TIMESTAMP):
            self._store.save(TIMESTAMP, data)
        self._restore(SNAPSHOT, self.trusted.restore_snapshot)
        if self.trusted.snapshot_is_current:
            self._enter_ready()
        else:
            self._stage = _Stage.SNAPSHOT

    def find(self, path: str) -> TargetFile | None:
        """What is signed for ``path``; ``None`` while ``wanted`` names a file that is needed to find out.

        Every call walks from the top, so that each role is checked by way of the delegation that applies now.

        Raises:
            TrustError: NOT_FOUND when no trusted role vouches for it.
        """
        if self._stage is not _Stage.READY:
            return None
        self._need = None
        step = look_up(self.trusted, path)
        while isinstance(step, Need):
            self.trusted.named(step.role)
            if not self._take_kept(step):
                self._need = step
                return None
            step = look_up(self.trusted, path)
        return step

    # --- Stages -------------------------------------------------------------------------------------------------

    def _open_kept_root(self) -> TrustedSet | None:
        kept = self._store.load(ROOT)
        if self._anchor is None:
            if kept is None:
                raise TrustError(Failure.NOT_FOUND, "no root is kept and no fingerprint was given", what=ROOT)
            return TrustedSet(kept, now=self._now, policy=self._policy)
        first = self._store.load(FIRST_ROOT)
        if kept is None or first is None or not self._anchor.matches(first):
            return None
        try:
            return TrustedSet(kept, now=self._now, policy=self._policy)
        except TrustError:
            return None

    def _give_first_root(self, data: bytes, anchor: Anchor) -> None:
        anchor.check(data)
        self._trusted = TrustedSet(data, now=self._now, policy=self._policy)
        self._store.save(FIRST_ROOT, data)
        self._store.save(ROOT, data)
        self._stage = _Stage.ROOT

    def _give_root(self, data: bytes) -> None:
        self.trusted.update_root(data)
        self._store.save(ROOT, data)
        self._rotations += 1
        if self._rotations >= LIMITS.max_root_rotations:
            self._enter_timestamp()

    def _give_targets(self, data: bytes, need: Need) -> bool:
        changed = self.trusted.update_delegated(data, need.role, need.delegator)
        self._store.save(need.role, data)
        self._need = None
        return changed

    def _enter_timestamp(self) -> None:
        self._restore(TIMESTAMP, self.trusted.restore_timestamp)
        self._stage = _Stage.TIMESTAMP

    def _enter_ready(self) -> None:
        self._stage = _Stage.READY
        need = Need(TARGETS, ROOT)
        self._need = None if self._take_kept(need) else need

    def _restore(self, role: str, take: Callable[[bytes], None]) -> None:
        """Take up a mark from an earlier visit; one that the root's keys no longer cover is forgotten (5.3.11)."""
        data = self._store.load(role)
        if data is None:
            return
        try:
            take(data)
        except TrustError:
            self._store.delete(role)

    def _take_kept(self, need: Need) -> bool:
        data = self._store.load(need.role)
        if data is None:
            return False
        try:
            self.trusted.update_delegated(data, need.role, need.delegator)
        except TrustError:
            return False
        return True

    def _want(self, role: str, named: MetaFile, limit: int) -> Want:
        name = f"{quote(role, safe='')}.json"
        if self.trusted.root.consistent_snapshot:
            name = f"{named.version}.{name}"
        return Want(name, role, limit if named.length is None else min(limit, named.length))


def bring_up_to_date(refresh: Refresh, fetch: Callable[[Want], bytes | None]) -> None:
    """Refresh top-level files from one mirror. ``fetch`` gives ``None`` for what the mirror does not have.

    Raises:
        TrustError: the first refusal. Whatever ``fetch`` raises goes through.
    """
    while (want := refresh.wanted()) is not None:
        data = fetch(want)
        if data is None:
            refresh.missing()
            continue
        refresh.give(data)
        if want.role == TIMESTAMP:
            refresh.advance()


def find_target(refresh: Refresh, fetch: Callable[[Want], bytes | None], path: str) -> TargetFile:
    """What is signed for ``path``, fetching whatever is needed from one mirror. Raises as ``bring_up_to_date``."""
    while (target := refresh.find(path)) is None:
        bring_up_to_date(refresh, fetch)
    return target
