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
from tamizdat.publisher.web_root import RootFile, Stage, WebRoot, metadata_file
from tamizdat.publisher.wholeness import LOCAL, Wholeness
from tamizdat.roads.clock import CLOCK, Clock
from tamizdat.trust.roles import TIMESTAMP
from tamizdat.trust.state import State

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
    ) -> None:
        self._ledger = ledger
        self._config = config
        self._state = state
        self._out = out
        self._root = root
        self._wholeness = wholeness

    def damaged(self) -> list[str]:
        """Files that current editions name and that are missing from the local web root, or altered."""
        digests = self._digests()
        return [path for path in self._ledger.needed_files() if not self._is_whole(path, digests)]

    def deliver(
        self, now: datetime, progress: Progress, clock: Clock = CLOCK, patience: Patience = PATIENCE
    ) -> tuple[Pushed, ...]:
        """Push to everywhere. The results are those of the carriers, and one for each file that is lost for good."""
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
        with self._ledger.transaction():
            self._ledger.site.forget_carriers((*carriers, LOCAL))
            self._ledger.site.note_carried({LOCAL: self._wholeness.to_bytes()})
            if not any(result.fault for result in results):
                self._ledger.forget_files(gone)
                forget_packs(self._ledger, gone)
        # What was altered goes, so that a later publish makes it again if it can.
        self._sweep(root, there)
        return (*results, *(Pushed(str(self._root), 0, 0, f"{path} is lost") for path in lost))

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
        return WebRoot(self._root, (*content, *named, *pages), timestamp, tuple(gone), turn)

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
            for file in metadata:
                if not self._out.holds(file.path, root.read(file)):
                    self._out.put(file.path, root.read(file))
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
