"""The last stop of a publish: the local web root and every carrier brought to what the ledger says.

All of it can be done again: a delivery that was killed is finished by the next one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.port import Outbound
from tamizdat.carriers.registry import open_outbound
from tamizdat.config import Config
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.picturing import has_size
from tamizdat.publisher.push import Carried, Pushed, WebRoot, is_whole, push
from tamizdat.trust.state import State

GRACE: Final = timedelta(days=2)
"""How long a mirror keeps files that only older editions name, for readers in the middle of a sync."""


class Delivery:
    """Delivers the local web root ``out``, which lies at ``root``."""

    def __init__(self, ledger: Ledger, config: Config, state: State, out: DirectoryOutbound, root: Path) -> None:
        self._ledger = ledger
        self._config = config
        self._state = state
        self._out = out
        self._root = root

    def damaged(self) -> list[str]:
        """Files that current editions name and that are missing from the local web root, or altered."""
        whole = self._wholeness()
        return [path for path in self._ledger.needed_files() if not whole(path)]

    def deliver(self, now: datetime, begin: Callable[[int], None], step: Callable[[], None]) -> tuple[Pushed, ...]:
        """Push to everywhere. ``begin`` is told how many places there are, ``step`` is called after each.

        The results are those of the carriers, and one for each file that is lost for good.
        """
        gone = self._ledger.gone_files(now - GRACE)
        whole = self._wholeness()
        needed = self._ledger.needed_files()
        there = {path: None for path in needed if whole(path)}
        graced = [path for path in self._ledger.graced_files(now - GRACE) if whole(path)]
        pages = {path: leaf.digest for path, leaf in self._ledger.site.pages().items()}
        root = WebRoot((*there, *graced), self._metadata(), pages)
        carriers = list(self._carriers())
        begin(len(carriers) + 1)
        # Pages lie in the local web root since they were pressed.
        results = [push(replace(root, pages={}), self._root, self._out, gone, Carried())]
        for carrier in carriers:
            step()
            results.append(self._push(root, carrier, gone))
        step()
        if not any(result.fault for result in results):
            with self._ledger.transaction():
                self._ledger.forget_files(gone)
                forget_packs(self._ledger, gone)
                self._ledger.site.forget_carried(gone)
        self._sweep(root)
        # Languages were made again by now; what is still missing are pictures that no source offers any more.
        lost = [Pushed(str(self._root), 0, 0, f"{path} is lost") for path in needed if path not in there]
        return (*results[1:], *lost)

    def _carriers(self) -> Iterator[Outbound]:
        for place in self._config.carriers:
            yield open_outbound(place.kind, {"path": place.path}, self._config.base_dir)

    def _push(self, root: WebRoot, carrier: Outbound, gone: Iterable[str]) -> Pushed:
        carried = Carried(self._ledger.site.carried(carrier.name))
        result = push(root, self._root, carrier, gone, carried)
        if carried.given:
            with self._ledger.transaction():
                self._ledger.site.note_carried(carrier.name, carried.given)
        return result

    def _wholeness(self) -> Callable[[str], bool]:
        """Whether the file at a path of the local web root is there and undamaged."""
        sizes, root = self._ledger.memory.variants(), self._root
        return lambda path: has_size(root / path, sizes[path]) if path in sizes else is_whole(root / path)

    def _metadata(self) -> dict[str, bytes]:
        """Metadata files in writing order: what names others after what it names, the timestamp last."""
        files = {f"{version}.root.json": data for version, data in enumerate(self._state.roots, 1)}
        files[f"{self._state.targets.version}.targets.json"] = self._state.targets_file
        return files | {signed.file_name: signed.data for signed in self._ledger.all_signed()}

    def _sweep(self, root: WebRoot) -> None:
        """Delete from the local web root what nothing names: pages that are no more, leavings of a killed publish."""
        known = {*root.content, *root.pages, *(f"metadata/{name}" for name in root.metadata)}
        for path in list(self._out.list()):
            # Older metadata stays: readers who are in the middle of a sync may still ask for it.
            if path not in known and not path.startswith("metadata/"):
                self._out.delete(path)


def forget_packs(ledger: Ledger, paths: Iterable[str]) -> None:
    """These files, as far as they are packs, have to be made again before they can be used."""
    for path in map(PurePosixPath, paths):
        if path.suffix == ".pack":
            ledger.forget_pack(bytes.fromhex(path.stem))
