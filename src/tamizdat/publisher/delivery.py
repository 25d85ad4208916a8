"""The last stop of a publish: the local web root and every carrier brought to what the ledger says.

All of it can be done again: a delivery that was killed is finished by the next one.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.port import Outbound
from tamizdat.carriers.registry import open_outbound
from tamizdat.config import Config
from tamizdat.errors import CarrierError
from tamizdat.publisher.known import Known
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.progress import Progress
from tamizdat.publisher.pushes import PATIENCE, Patience, Pushed, Pushes
from tamizdat.publisher.warm import Warm
from tamizdat.publisher.web_root import RootFile, Stage, WebRoot, metadata_file
from tamizdat.publisher.wholeness import LOCAL, Wholeness, is_whole_as
from tamizdat.roads.clock import CLOCK, Clock
from tamizdat.trust.roles import TIMESTAMP
from tamizdat.trust.state import State

_SAMPLE: Final = 32
"""Pages, and as many other files, that are compared on every carrier when only differences are pushed."""
_NO_BASE: Final = "could not be reached when all carriers were last looked at; it is tried again when they next are"
GRACE: Final = timedelta(days=2)
"""How long a mirror keeps files that only older editions name, for readers in the middle of a sync."""


class Delivery:
    """Delivers the local web root ``out``, which lies at ``root``."""

    def __init__(
        self,
        ledger: Ledger,
        config: Config,
        state: State,
        out: DirectoryOutbound,
        root: Path,
        wholeness: Wholeness,
        warm: Warm,
    ) -> None:
        self._ledger = ledger
        self._config = config
        self._state = state
        self._out = out
        self._root = root
        self._wholeness = wholeness
        self._warm = warm

    def damaged(self) -> list[str]:
        """Files that current editions name and that are missing from the local web root, or altered."""
        digests = self._digests()
        return [path for path in self._ledger.needed_files() if not self._is_whole(path, digests)]

    def deliver(
        self, now: datetime, progress: Progress, clock: Clock = CLOCK, patience: Patience = PATIENCE
    ) -> tuple[Pushed, ...]:
        """Push to everywhere. The results are those of the carriers, and one for each file that is lost for good."""
        if self._warm.quick:
            return self._deliver_changes(now, progress, clock, patience)
        gone = self._ledger.gone_files(now - GRACE)
        needed = self._ledger.needed_files()
        there = self._wholeness.look_again()
        root = self._web_root([*needed, *self._ledger.graced_files(now - GRACE)], gone)
        # Languages were made again by now; what is still missing are pictures that no source offers any more.
        lost = [path for path in needed if path not in root.positions]
        here = self._bring_home(root)
        carriers = {carrier.name: carrier for carrier in self._carriers()}
        known = ((carrier, Known(self._ledger.site.carried(name))) for name, carrier in carriers.items())
        pushed = Pushes(root, known, self._note, clock, patience).run(progress)
        results = (*here, *pushed)
        self._reached(pushed)
        self._warm.looked = now
        with self._ledger.transaction():
            self._ledger.site.forget_carriers((*carriers, LOCAL))
            self._ledger.site.note_carried({LOCAL: self._wholeness.to_bytes()})
            if not any(result.fault for result in results):
                self._ledger.forget_files(gone)
                forget_packs(self._ledger, gone)
        # What was altered goes, so that a later publish makes it again if it can.
        self._sweep(root, there)
        return (*results, *(Pushed(str(self._root), 0, 0, f"{path} is lost") for path in lost))

    # --- by difference ---

    def _deliver_changes(
        self, now: datetime, progress: Progress, clock: Clock, patience: Patience
    ) -> tuple[Pushed, ...]:
        """Push what was written since each carrier had everything; a carrier that was altered meanwhile gets all."""
        gone = self._ledger.gone_files(now - GRACE)
        carriers = {carrier.name: carrier for carrier in self._carriers()}
        bases = {name: version for name in carriers if (version := self._warm.reached.get(name)) is not None}
        sample = self._sample()
        by_base = {version: self._changed_root(version, gone, sample) for version in set(bases.values())}
        roots = {name: by_base[version] for name, version in bases.items()}
        here = self._bring_home(self._changed_root(self._version(), gone, ()))
        known = [(carriers[name], Known()) for name in bases]
        pushes = Pushes(WebRoot(self._root, ()), known, lambda _: None, clock, patience, roots)
        pushed = {result.carrier: result for result in pushes.run(progress)}
        if strange := [carriers[name] for name, result in pushed.items() if result.strange]:
            pushed |= {
                result.carrier: result for result in self._push_all(strange, now, gone, progress, clock, patience)
            }
        left = [Pushed(name, 0, 0, _NO_BASE) for name in carriers if name not in bases]
        results = (*here, *pushed.values(), *left)
        self._reached(pushed.values())
        if any(result.fault for result in results):
            self._look_for_damage(by_base.values())
        elif gone:
            with self._ledger.transaction():
                self._ledger.forget_files(gone)
                forget_packs(self._ledger, gone)
        return results

    def _push_all(
        self,
        carriers: Iterable[Outbound],
        now: datetime,
        gone: Iterable[str],
        progress: Progress,
        clock: Clock,
        patience: Patience,
    ) -> tuple[Pushed, ...]:
        self._wholeness.look_again()
        root = self._web_root([*self._ledger.needed_files(), *self._ledger.graced_files(now - GRACE)], gone)
        known = [(carrier, Known(self._ledger.site.carried(carrier.name))) for carrier in carriers]
        return Pushes(root, known, self._note, clock, patience).run(progress)

    def _changed_root(self, version: int, gone: Iterable[str], sample: Iterable[str]) -> WebRoot:
        """What was written since this version of the timestamp, all metadata, and a sample of what should be there."""
        paths = self._warm.since(version) | set(sample)
        found = (self._root_file(path) for path in sorted(paths))
        metadata = [metadata_file(name, data) for name, data in self._metadata().items()]
        named = [file for file in metadata if file.stage is not Stage.TIMESTAMP]
        timestamp = next((file for file in metadata if file.stage is Stage.TIMESTAMP), None)
        signed = self._ledger.signed(TIMESTAMP, version)
        before = metadata_file(signed.file_name, signed.data) if signed else timestamp
        return WebRoot(self._root, (*filter(None, found), *named), timestamp, tuple(gone), before=before)

    def _root_file(self, path: str) -> RootFile | None:
        """A file that is needed now, if it is."""
        if leaf := self._ledger.site.page(path):
            return RootFile(path, Stage.PAGE, leaf.digest, leaf.size)
        if not self._ledger.needs(path):
            return None
        leaf = self._ledger.memory.variant(path)
        digest = leaf.digest if leaf else _digest(path, {})
        try:
            return RootFile(path, Stage.CONTENT, digest, (self._root / path).stat().st_size)
        except OSError:
            self._warm.looked = None
            return None

    def _sample(self) -> list[str]:
        """Some files that should be everywhere, others each time. Those that are altered here are not among them."""
        pages = self._ledger.site.pages_from(self._warm.sample[0], _SAMPLE)
        others = self._ledger.needed_from(self._warm.sample[1], _SAMPLE)
        self._warm.sample = tuple(paths[-1] if len(paths) == _SAMPLE else "" for paths in (pages, others))  # type: ignore[assignment] # two of them
        files = [file for path in (*pages, *others) if (file := self._root_file(path))]
        whole = [file.path for file in files if is_whole_as(self._root / file.path, file.digest)]
        if len(whole) < len(files):
            self._warm.looked = None  # the next publish looks at everything
        return whole

    def _look_for_damage(self, roots: Iterable[WebRoot]) -> None:
        """Why a carrier failed may be what lies here."""
        files = (file for root in roots for file in root.files if file.data is None)
        if not all(is_whole_as(self._root / file.path, file.digest) for file in files):
            self._warm.looked = None

    def _version(self) -> int:
        signed = self._ledger.signed(TIMESTAMP)
        return signed.version if signed else 0

    def _reached(self, pushed: Iterable[Pushed]) -> None:
        """Note who has everything now."""
        self._warm.reached |= {result.carrier: self._version() for result in pushed if not result.fault}

    def _carriers(self) -> Iterator[Outbound]:
        for place in self._config.carriers:
            yield open_outbound(place.kind, {"path": place.path}, self._config.base_dir)

    def _note(self, known: Mapping[str, bytes]) -> None:
        with self._ledger.transaction():
            self._ledger.site.note_carried(known)

    # --- the web root ---

    def _web_root(self, paths: Iterable[str], gone: Iterable[str]) -> WebRoot:
        """Those of ``paths`` that are whole, metadata, and the pages, which lie here since they were pressed."""
        digests = self._digests()
        whole = {path: None for path in paths if self._is_whole(path, digests)}
        sizes = {path: (self._root / path).stat().st_size for path in whole}
        content = [RootFile(path, Stage.CONTENT, _digest(path, digests), size) for path, size in sizes.items()]
        metadata = [metadata_file(name, data) for name, data in self._metadata().items()]
        pages = [RootFile(path, Stage.PAGE, leaf.digest, leaf.size) for path, leaf in self._ledger.site.pages().items()]
        named = [file for file in metadata if file.stage is not Stage.TIMESTAMP]
        timestamp = next((file for file in metadata if file.stage is Stage.TIMESTAMP), None)
        signed = self._ledger.signed(TIMESTAMP)
        turn = signed.version % 256 if signed else 0
        return WebRoot(self._root, (*content, *named, *pages), timestamp, tuple(gone), turn=turn)

    def _digests(self) -> Mapping[str, bytes]:
        """SHA-256 by path of files that do not bear it as their name."""
        return {path: leaf.digest for path, leaf in self._ledger.memory.variant_leaves().items()}

    def _is_whole(self, path: str, digests: Mapping[str, bytes]) -> bool:
        return self._wholeness.is_whole(path, _digest(path, digests))

    def _metadata(self) -> dict[str, bytes]:
        """Metadata files in writing order: what names others after what it names, the timestamp last."""
        files = {f"{version}.root.json": data for version, data in enumerate(self._state.roots, 1)}
        files[f"{self._state.targets.version}.targets.json"] = self._state.targets_file
        return files | {signed.file_name: signed.data for signed in self._ledger.all_signed()}

    # --- here ---

    def _bring_home(self, root: WebRoot) -> list[Pushed]:
        """Metadata into the local web root, and out of it what must not stay. What went wrong, if anything did."""
        faults = []
        metadata = [file for file in root.files if file.stage is Stage.METADATA]
        try:
            known = [(file.path, root.read(file)) for file in metadata]
            self._out.put_many(file for file in known if not self._out.holds(*file))
            if root.timestamp:
                self._out.put(root.timestamp.path, root.read(root.timestamp))
        except CarrierError as error:
            faults.append(error)
        try:
            for path in root.gone:
                self._out.delete(path)
        except CarrierError as error:
            faults.append(error)
        return [Pushed(str(self._root), 0, 0, str(fault)) for fault in faults]

    def _sweep(self, root: WebRoot, there: Iterable[str]) -> None:
        """Delete from the local web root what nothing names: pages that are no more, leavings of a killed publish."""
        for path in there:
            # Older metadata stays: readers who are in the middle of a sync may still ask for it.
            if path not in root.positions and not path.startswith("metadata/"):
                self._out.delete(path)


def _digest(path: str, digests: Mapping[str, bytes]) -> bytes:
    """SHA-256 of a file that is named by it, or stands in ``digests``. Empty if nobody knows: then it is to be made."""
    try:
        return digests.get(path) or bytes.fromhex(PurePosixPath(path).name.partition(".")[0])
    except ValueError:
        return b""


def forget_packs(ledger: Ledger, paths: Iterable[str]) -> None:
    """These files, as far as they are packs, have to be made again before they can be used."""
    for path in map(PurePosixPath, paths):
        if path.suffix == ".pack":
            ledger.forget_pack(bytes.fromhex(path.stem))
