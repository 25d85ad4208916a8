"""One look at all upstreams: what is newer comes, whole and checked, and takes the place of what was held.

Nothing is ever served that was not checked, and what was held stays until all that replaces it is there. So whatever
upstreams, disk or power do, a mirror is at one edition or at the next, and the next look goes on where this one ended.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.port import Inbound
from tamizdat.errors import LibraryError, NoMirrorError, TamizdatError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.mirror.change import TIMESTAMP_PATH
from tamizdat.mirror.fetching import Fetching
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.holding import Holding
from tamizdat.mirror.incoming import Incoming
from tamizdat.mirror.plan import EVERYTHING, Planned, Planner, Selection
from tamizdat.mirror.register import Register
from tamizdat.mirror.slowness import Slowness
from tamizdat.mirror.switching import Switching
from tamizdat.mirror.trust_store import MirrorStore, PendingStore, version_of
from tamizdat.mirror.upstream import Upstream, open_roads
from tamizdat.roads.harmless import harmless
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import bring_up_to_date
from tamizdat.roads.trail import MirrorTrail
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import FIRST_ROOT, Refresh
from tamizdat.trust.roles import ROOT, TIMESTAMP
from tamizdat.trust.store import DirectoryStore
from tamizdat.trust.verify import ExpiryPolicy

_SPARE_BYTES: Final = 16_000_000
"""What is left free on the disk: whoever fills a disk to the last byte breaks other things on the machine."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one look. ``fault`` is empty if the mirror now holds the newest that upstreams have."""

    at: datetime
    fault: str = ""
    files: int = 0
    bytes: int = 0
    """Fetched on this look."""
    planned: Planned | None = None
    """The edition that is held now; None if this look did not get so far."""
    trails: tuple[MirrorTrail, ...] = ()
    newest: int | None = None
    faults: dict[str, str] = field(default_factory=dict)
    """By upstream: why it could not even be asked."""
    checked_as_of: datetime | None = None
    expires: datetime | None = None
    """Until when other mirrors take the timestamp that is held."""
    lacking: bool = False
    """Whether the fault is that the newest is not to be had whole. Then the next older one was taken, if it was newer
    than what was held."""
    expired: tuple[tuple[str, datetime], ...] = ()
    """Signed files that are past their time, where these are taken: role and expiry."""


class Copier:
    """Copies one publication into ``folder``, which is locked. ``on_change`` is called when other files are served.

    Raises UsageError if the folder belongs to another publication, LibraryError if it cannot be used.
    """

    def __init__(
        self,
        folder: MirrorFolder,
        anchor: Anchor,
        selection: Selection = EVERYTHING,
        max_disk: int | None = None,
        on_change: Callable[[], None] = lambda: None,
        on_damage: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = _utc_now,
        policy: ExpiryPolicy = ExpiryPolicy.REFUSE,
    ) -> None:
        self._clock = clock
        self._policy = policy
        self.store = MirrorStore(DirectoryStore(folder.trust))
        if self._is_of_another(folder, anchor):
            raise UsageError(f"{folder.root} holds a copy of another publication; take another folder, or empty it")
        self.register = Register(folder.register)
        self.incoming = Incoming(folder.incoming)
        self.holding = Holding(self.register, folder.www, self.incoming, on_damage)
        self._folder = folder
        self._anchor = anchor
        self._selection = selection
        self._max_disk = max_disk
        self._on_change = on_change
        self._slowness = Slowness()
        self._scrubbed = ""
        self._switching = Switching(self.register, self.incoming, folder.www, self._changed)
        self.holding.changed(self._languages())

    def _remembers_roots(self) -> bool:
        """Whether the roots that are remembered are still what was written: all else hangs on them."""
        first, newest = self.store.load(FIRST_ROOT), self.store.load(ROOT)
        if first is None or newest is None or not self._anchor.matches(first):
            return False
        return self.store.root(version_of(newest)) == newest

    def _is_of_another(self, folder: MirrorFolder, anchor: Anchor) -> bool:
        """Whether all first roots that lie here are another publication's. A disk may have spoilt one, or some."""
        lying = (self.store.load(FIRST_ROOT), self.store.root(1), _read(folder.www / "metadata/1.root.json"))
        found = [root for root in lying if root]
        return not any(anchor.matches(root) for root in found) and any(_is_first_root(root) for root in found)

    def close(self) -> None:
        """Close the register."""
        self.register.close()

    def seconds_to_parting(self) -> float | None:
        """How long the next file stays that only older editions name; None if there is none."""
        moment = self.register.next_parting()
        return None if moment is None else max(0.0, moment - self._clock().timestamp())

    def scrub(self, max_bytes: int) -> None:
        """Read some of the files again, going on where it ended the last time; what is damaged is lost, and mended."""
        read = 0
        with suppress(LibraryError):  # the next look finds out what can be done about that
            for file in self.register.held(self._scrubbed):
                if not self.holding.lies_there(file):
                    self.holding.doubt(file)
                self._scrubbed, read = file.path, read + file.size
                if read >= max_bytes:
                    return
            self._scrubbed = ""

    def look(self, upstreams: Sequence[Upstream], step: Callable[[], None] = lambda: None) -> Looked:
        """Ask all upstreams, and take what is newer. Never raises for what they, the network or the disk do."""
        now = self._clock()
        opened = open_roads(upstreams)
        roads: Sequence[Inbound] = opened.roads
        try:
            self._recover(now)
            self._finish_begun()
            if not roads:
                raise NoMirrorError("no upstream can be asked: " + "; ".join(opened.faults.values()))
            looked = first = self._look(roads, now, opened.faults, step)
            # Whoever has the newest timestamp and not the files that it names, keeps nobody else's news from us.
            while looked.lacking and (roads := self._older(roads, looked)):
                looked = self._look(roads, now, opened.faults, step)
            opened.tell(first.trails, self.held_version)
            return first if looked is first else _together(first, looked)
        except (TamizdatError, OSError) as error:
            return Looked(now, fault=harmless(str(error)), faults=opened.faults)

    def _recover(self, now: datetime) -> None:
        """Make good what a disk did to us: folders that are gone, a damaged register, signed files that were spoilt.

        What lies in the web root is looked at like an upstream. So a mirror that lost its memory serves what it served,
        without any upstream, and no upstream can bring it an older edition. It may have expired meanwhile, as it may
        while it is served.
        """
        self._folder.make()
        if self.register.damaged:
            self.register.begin_anew()
            self._changed()
        kept, there = self.store.load(TIMESTAMP), _read(self._folder.www / TIMESTAMP_PATH)
        held = self.register.find(TIMESTAMP_PATH)
        known = {hashlib.sha256(kept or b"").digest(), held[0].digest if held else b""}
        same = self._remembers_roots() and known == {hashlib.sha256(there or b"").digest()}
        if there and not same and not self.register.decided:
            # What comes of it is in the register and the store.
            self._look([DirectoryInbound(self._folder.www)], now, {}, lambda: None, ExpiryPolicy.REPORT)

    @property
    def held_version(self) -> int:
        """Version of the timestamp that is held; 0 if there is none yet."""
        kept = self.store.load(TIMESTAMP)
        return 0 if kept is None else version_of(kept)

    def _older(self, roads: Sequence[Inbound], looked: Looked) -> list[Inbound]:
        """The roads that have something newer than what is held, and older than what was not to be had."""
        held = self.held_version
        versions = [trail.timestamp_version or 0 for trail in looked.trails]
        newest = max(versions, default=0)
        return [road for road, version in zip(roads, versions, strict=True) if held < version < newest]

    def _look(
        self,
        inbound: Sequence[Inbound],
        now: datetime,
        unreachable: dict[str, str],
        step: Callable[[], None],
        policy: ExpiryPolicy | None = None,
    ) -> Looked:
        roads, store = self._slowness.roads(inbound), PendingStore(self.store)
        refresh = Refresh(store, now=now, policy=policy or self._policy, anchor=self._anchor)
        planned: Planned | None = None
        fault, lacking = "", False
        try:
            bring_up_to_date(refresh, roads, store, now)
            planned = self._take(refresh, roads, store, step)
        except TamizdatError as error:
            fault, lacking = harmless(str(error)), isinstance(error, NoMirrorError)
        self._slowness.learn(roads.trails)
        timestamp = None if planned is None else refresh.trusted.timestamp
        return Looked(
            now,
            fault=fault,
            files=sum(trail.files for trail in roads.trails),
            bytes=sum(trail.bytes_served for trail in roads.trails),
            planned=planned,
            trails=roads.trails,
            newest=roads.newest,
            faults=unreachable,
            checked_as_of=refresh.trusted.checked_as_of if timestamp else None,
            expires=timestamp.expires if timestamp else None,
            lacking=lacking,
            expired=refresh.trusted.expired if timestamp else (),
        )

    def _take(self, refresh: Refresh, roads: Roads, store: PendingStore, step: Callable[[], None]) -> Planned:
        """Fetch and serve what the trusted files name."""
        planner = Planner(self.register, self.incoming, self.holding, roads, refresh, store)
        planned = planner.plan(self._selection, self._clock().timestamp())
        if not self.register.has_plan:
            store.settle()
            return planned
        self._check_space()
        Fetching(self.register, self.incoming, self.holding, roads, step).fetch()
        store.settle()
        self.register.decide()
        self._finish_begun()
        self.holding.changed(self._languages())
        return planned

    def _finish_begun(self) -> None:
        """Carry out what was decided, now or before a crash, and let go what has stayed long enough."""
        if self.register.decided:
            self._switching.carry_out(self._clock().timestamp())
        self._switching.part(self._clock().timestamp())

    def _check_space(self) -> None:
        """Raise LibraryError before anything is fetched that the disk, or what may be used of it, cannot hold."""
        _, coming = self.register.coming_bytes
        held, here = self.register.total_bytes, self.incoming.total_bytes
        if self._max_disk is not None and held + coming > self._max_disk:
            raise LibraryError(
                f"the next edition needs {coming} bytes beside the {held} of the one that is held, until it takes its "
                f"place; --max-disk allows {self._max_disk}",
                file=self._folder.root,
            )
        free = shutil.disk_usage(self._folder.root).free
        if coming - here > free - _SPARE_BYTES:
            raise LibraryError(
                f"the next edition needs {coming} bytes and the disk has {free} left; it is fetched when there is room",
                file=self._folder.root,
            )

    def _languages(self) -> frozenset[str]:
        owners = self.register.owners()
        return frozenset(owner.partition(":")[2] for owner in owners if owner.startswith("edition:"))

    def _changed(self) -> None:
        self.holding.changed()
        self._on_change()


def _is_first_root(data: bytes) -> bool:
    try:
        Anchor.of_root(data)
    except UsageError:
        return False
    return True


def _read(file: Path) -> bytes | None:
    """A signed file that lies in the web root; unchecked."""
    try:
        with file.open("rb") as stream:
            return stream.read(LIMITS.max_root_bytes)
    except OSError:
        return None


def _together(first: Looked, last: Looked) -> Looked:
    """What came of a look for the newest, which failed, and of those for older ones after it."""
    return replace(
        last,
        fault=first.fault,
        lacking=first.lacking,
        files=first.files + last.files,
        bytes=first.bytes + last.bytes,
        trails=first.trails,
        newest=first.newest,
    )
