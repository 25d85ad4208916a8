"""The signed trees of pages that mirrors' roles name, today's and other days', and the listings that make them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Final
from urllib.parse import quote

from tuf.api.metadata import TargetFile, Targets

from tamizdat.carriers.port import Inbound
from tamizdat.edition.listing import SITE_TARGET, Entry, Leaf
from tamizdat.edition.site_walk import ListingFile, TreeWalk, look_up, top_file
from tamizdat.errors import (
    CarrierError,
    Failure,
    FormatError,
    MissingFileError,
    PublicationError,
    TamizdatError,
    TrustError,
    UntrustedError,
)
from tamizdat.limits import LIMITS
from tamizdat.roads.roads import Roads
from tamizdat.roads.trail import MirrorTrail
from tamizdat.trust.claims import edition_claim, site_claim
from tamizdat.trust.history import open_past
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.roles import APP
from tamizdat.trust.verify import TrustedSet

_AT_ONCE: Final = 8
_MAX_FAULTS: Final = 16
"""Each file that does not come may cost a minute."""
_AHEAD: Final = 4
_BACK: Final = 32
"""How many versions of a role before the current one are looked into for pages that are not today's."""
_ASKED_FOR_OLD: Final = 8
"""How many mirrors, the one in question among them, are asked for each of these: often nobody has it any more."""
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of pages as version ``version`` of a role names it. ``folder`` is empty outside the languages' folders."""

    folder: str
    top: ListingFile
    version: int
    edition: int | None
    """The edition whose role it is; None outside the languages' folders."""
    retired: bool = False
    """Only a key that has been retired vouches for it."""

    def words(self, beside: "Tree | None" = None) -> str:
        """The tree as messages call it, beside another of the same folder: by its edition, if that tells them apart."""
        same = self.edition is None or (beside is not None and beside.edition == self.edition)
        name = f"version {self.version} of the list" if same else f"edition {self.edition}"
        return name + (" (signed by a key that has been retired)" if self.retired else "")


@dataclass(slots=True)
class Survey:
    """One mirror whose signed files are trusted, and the trees that its current roles name."""

    mirror: Inbound
    trail: MirrorTrail
    trusted: TrustedSet
    languages: tuple[str, ...]
    trees: list[Tree] = field(default_factory=list)
    _faults: list[str] = field(default_factory=list, repr=False)

    @property
    def given_up(self) -> bool:
        """Whether so many files did not come that the mirror is asked for no more."""
        return len(self._faults) >= _MAX_FAULTS

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """As the mirror's own; several threads may call it. Raises CarrierError unasked when the mirror is given up."""
        if self.given_up:
            raise CarrierError("not asked for: too many files did not come", carrier=self.mirror.name, path=path)
        try:
            return self.mirror.fetch(path, max_bytes)
        except (MissingFileError, UntrustedError):
            raise
        except TamizdatError:
            self._faults.append(path)
            raise


def survey(mirror: Inbound, roads: Roads, refresh: Refresh, languages: Sequence[str]) -> Survey:
    """The trees of ``mirror``, the only one of ``roads``. What is wrong stands in its trail."""
    trail = roads.trails[0]
    found = Survey(mirror, trail, refresh.trusted, tuple(languages))
    for role in (*languages, APP):
        path = _target_path(role)
        target = _find(refresh, roads, role)
        try:
            tree = target and _tree_of(role, target, refresh.trusted.named(role).version)
        except TrustError as error:
            trail.failed(path, PublicationError(error.failure, error.detail, what=path))
            continue
        found.trees.extend([tree] if tree else [])
    return found


def _target_path(role: str) -> str:
    return SITE_TARGET if role == APP else f"{role}/index"


def _find(refresh: Refresh, roads: Roads, role: str) -> TargetFile | None:
    """The target in which a role names its tree; None if it has none, or if the role is not to be had.

    Languages' roles have been asked for already; what was wrong with them is known.
    """
    path = _target_path(role)
    try:
        target = refresh.find(path)
        while target is None and role == APP and (want := refresh.wanted()) is not None:
            roads.first_good(f"metadata/{want.name}", want.max_bytes, refresh.give)
            target = refresh.find(path)
    except TamizdatError:
        return None
    return target


def _tree_of(role: str, target: TargetFile, version: int, *, retired: bool = False) -> Tree | None:
    """The tree that a role names, if it does. Raises TrustError MALFORMED."""
    if role != APP:
        root = site_claim(target)
        edition = edition_claim(target).number
        return None if root is None else Tree(role, top_file(role, root), version, edition, retired)
    digest = target.hashes.get("sha256", "")
    if not _SHA256.fullmatch(digest):
        raise TrustError(Failure.MALFORMED, "has no SHA-256", what=target.path)
    top = top_file("", bytes.fromhex(digest), min(target.length, LIMITS.max_listing_bytes))
    return Tree("", top, version, None, retired)


# --- Listings -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Walked:
    """A tree as one mirror has it: its files, the paths of listings that the mirror lacks.

    ``whole``: every listing was to be had, if only from other mirrors; otherwise some files are not known.
    """

    files: Mapping[str, Leaf]
    lacking: tuple[str, ...]
    whole: bool


class Listings:
    """Every listing that any of the mirrors has, by its hash."""

    def __init__(self, surveys: Sequence[Survey]) -> None:
        self._surveys = surveys
        self._data: dict[bytes, bytes] = {}
        self._lost: set[bytes] = set()
        self._entries: dict[bytes, tuple[Entry, ...]] = {}
        self._lock = Lock()
        self._asking: dict[bytes, Lock] = {}
        """Held by whoever asks the mirrors for a listing, so that no second one asks them all for it as well."""

    def get(self, file: ListingFile, besides: Survey | None = None) -> bytes | None:
        """The listing, from whichever mirror has it; that one was asked already. Several threads may ask."""
        with self._lock:
            asking = self._asking.setdefault(file.digest, Lock())
        with asking:
            if file.digest not in self._data and file.digest not in self._lost:
                copies = (_fetch(place, file) for place in self._surveys if place is not besides)
                good = next((data for data, error in copies if error is None), None)
                if good is None:
                    self._lost.add(file.digest)
                else:
                    self._data[file.digest] = good
        return self._data.get(file.digest)

    def held(self, digest: bytes) -> bytes | None:
        """A listing that some mirror gave."""
        return self._data.get(digest)

    def walk(self, place: Survey, tree: Tree) -> Walked:
        """The files of a tree. Raises PublicationError when what was signed is no tree."""
        walk = TreeWalk(tree.folder, tree.top, () if tree.folder else place.languages)
        lacking: list[str] = []
        blind: set[ListingFile] = set()
        while ready := [file for file in walk.wanted if file not in blind]:
            # Who lacks the top listing lacks them all, or hides them: others' do as well.
            if tree.top.path not in lacking:
                lacking += self._ask(place, ready)
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="listing") as workers:
                found = list(workers.map(partial(self.get, besides=place), ready))
            for file, data in zip(ready, found, strict=True):
                if data is None:
                    blind.add(file)
                    continue
                try:
                    walk.give(file, data)
                except FormatError as error:
                    raise PublicationError(error.failure, error.detail, what=file.path) from error
        return Walked(walk.files, tuple(lacking), not blind)

    def _ask(self, place: Survey, files: Iterable[ListingFile]) -> list[str]:
        """Ask one mirror for all of these; the paths of those that it lacks. Other faults stand in its trail."""
        wanted = list({file.path: file for file in files}.values())
        lacking: list[str] = []
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="listing") as workers:
            for file, (data, error) in zip(wanted, workers.map(partial(_fetch, place), wanted), strict=True):
                if error is None:
                    place.trail.served(file.path, data)
                    self._data[file.digest] = data
                elif isinstance(error, MissingFileError):
                    lacking.append(file.path)
                elif isinstance(error, UntrustedError) and error.failure is Failure.TOO_LARGE and file.size is None:
                    # Its length is not signed: it may be the very file, and who signed it to blame.
                    place.trail.failed(file.path, CarrierError(error.detail, carrier=place.mirror.name, path=file.path))
                else:
                    place.trail.failed(file.path, error, data or None)
        return lacking

    def knows(self, tree: Tree, path: str) -> tuple[Leaf | None, bool]:
        """The file at ``path`` in a tree, None if it has none; and whether its listings were to be had."""
        try:
            while isinstance(step := look_up(tree.folder, tree.top, path, self._entries), ListingFile):
                data = self.get(step)
                if data is None:
                    return None, False
                self._entries[step.digest] = step.read(data)
        except FormatError:
            return None, False
        return step, True


def _fetch(place: Survey, file: ListingFile) -> tuple[bytes, TamizdatError | None]:
    """What came, and what is wrong with it."""
    data = b""
    try:
        data = place.fetch(file.path, file.max_bytes)
        file.check(data)
    except TamizdatError as error:
        return data, error
    return data, None


# --- Trees of other days and mirrors ------------------------------------------------------------------------------


def other_trees(place: Survey, tree: Tree, surveys: Sequence[Survey]) -> Iterator[Tree]:
    """Other signed trees of the same folder: other mirrors', newer versions, then older ones. Each root once."""
    known = {tree.top.digest}
    for other in _others(place, tree, surveys):
        if other.top.digest not in known:
            known.add(other.top.digest)
            yield other


def _others(place: Survey, tree: Tree, surveys: Sequence[Survey]) -> Iterator[Tree]:
    for other in surveys:
        # Another tree under the same version excuses nothing: that is equivocation.
        yield from (t for t in other.trees if t.folder == tree.folder and t.version != tree.version)
    ordered = sorted(surveys, key=lambda other: other is not place)[:_ASKED_FOR_OLD]
    for version in range(tree.version + 1, tree.version + 1 + _AHEAD):
        found = _past_tree(place, tree.folder or APP, version, ordered)
        if found is None:
            break
        yield found
    for version in range(tree.version - 1, max(0, tree.version - 1 - _BACK), -1):
        if found := _past_tree(place, tree.folder or APP, version, ordered):
            yield found


def _past_tree(place: Survey, role: str, version: int, surveys: Sequence[Survey]) -> Tree | None:
    """The tree of another version of a role, from whichever mirror has that file, if it counts and names one."""
    for other in surveys:
        with suppress(TamizdatError):
            data = other.fetch(f"metadata/{version}.{quote(role, safe='')}.json", LIMITS.max_targets_bytes)
            past = open_past(place.trusted, role, version, data)
            return _named_by(past.targets, role, version, retired=past.retired)
    return None


def _named_by(targets: Targets, role: str, version: int, *, retired: bool) -> Tree | None:
    target = targets.targets.get(_target_path(role))
    return None if target is None else _tree_of(role, target, version, retired=retired)
