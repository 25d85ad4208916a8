"""``tamizdat import``: what is newest among some archives, into a mirror's folder, whole and checked."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from tamizdat.carriers.archive import ArchiveInbound, is_archive
from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.port import Inbound, Listable
from tamizdat.errors import Failure, LibraryError, TamizdatError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.mirror.archive_export import EXPIRED_ADVICE, Progress
from tamizdat.mirror.change import TIMESTAMP_PATH, content_owner, listing_owner
from tamizdat.mirror.copying import Copier, Looked
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.plan import Selection
from tamizdat.mirror.port import ServedFile
from tamizdat.mirror.register import Register
from tamizdat.mirror.status import StatusFile
from tamizdat.mirror.upstream import Upstream, web_root
from tamizdat.roads.harmless import harmless
from tamizdat.roads.trail import MirrorTrail
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.roles import APP, ROOT, SNAPSHOT, TARGETS
from tamizdat.trust.verify import ExpiryPolicy

_ROLE: Final = re.compile(r"metadata/[0-9]+\.([^/]+)\.json")
_TOP: Final = frozenset({ROOT, SNAPSHOT, TARGETS, APP})
_CONTENT: Final = (".index", ".shelf", ".pack")


class State(StrEnum):
    """What became of one archive."""

    TAKEN = "taken"
    """The folder now holds what it has."""
    OLDER = "older"
    """The folder, or another archive, has something newer."""
    REFUSED = "refused"
    """Something in it is not what the publication signed."""
    EXPIRED = "expired"
    """It is past its time."""
    BROKEN = "broken"
    """It cannot be read whole."""


@dataclass(frozen=True, slots=True)
class Import:
    """What is wished for. ``selection``: None for all that the archives have, and what the folder has already."""

    files: Sequence[Path]
    anchor: Anchor
    into: Path
    selection: Selection | None = None
    policy: ExpiryPolicy = ExpiryPolicy.REFUSE


@dataclass(slots=True)
class Imported:
    """What came of it. ``looked`` is the look that brought something, or None."""

    www: Path
    looked: Looked | None = None
    changed: bool = False
    """Whether the folder has other files than before."""
    archives: dict[str, tuple[State, str]] = field(default_factory=dict)
    """By archive: what became of it, and why."""
    files: int = 0
    """Files that the folder holds now."""
    bytes: int = 0
    fault: str = ""
    """Why the folder was left as it was."""


@dataclass(frozen=True, slots=True)
class _Given:
    """One archive, and what it claims: nothing of this was checked."""

    inbound: Inbound
    version: int
    languages: frozenset[str]
    pages: bool

    def claims(self, path: str, languages: frozenset[str]) -> bool:
        """Whether it should have a file: one without pages, or of some ``languages``, need not have the others."""
        if found := _ROLE.fullmatch(path):
            return unquote(found[1]) in self.languages | _TOP
        folder = path.partition("/")[0]
        if folder in languages - self.languages:
            return False
        return self.pages or folder == "metadata" or path.endswith(_CONTENT)


class _Ready(Upstream):
    """An archive as an upstream."""

    def __init__(self, inbound: Inbound) -> None:
        super().__init__(inbound.name)
        self._inbound = inbound

    def roads(self) -> list[Inbound]:
        """See Upstream."""
        return [self._inbound]


def import_archives(wish: Import, progress: Progress, clock: Callable[[], datetime]) -> Imported:
    """Bring what is newest into the folder. Raises UsageError if the folder is another's, LibraryError if a disk fails.

    If the newest is not whole, the newest of the others is taken.
    """
    progress.stage("archives", len(wish.files))
    done = Imported(MirrorFolder(wish.into).www)
    given = [*_open_all(wish.files, done.archives, progress)]
    if not given:
        done.fault = "no archive could be read"
        return done
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(MirrorFolder(wish.into))
        except UsageError as error:
            raise UsageError(
                f"{error}. It takes archives by itself from any folder that it was given with --from: drop them there"
            ) from error
        _take_newest(wish, folder, given, done, progress, clock)
    return done


def _take_newest(
    wish: Import,
    folder: MirrorFolder,
    given: Sequence[_Given],
    done: Imported,
    progress: Progress,
    clock: Callable[[], datetime],
) -> None:
    trails: dict[str, MirrorTrail] = {}
    faults: list[str] = []
    for version in sorted({one.version for one in given}, reverse=True):
        group = [one for one in given if one.version == version]
        rest = [one for one in given if one.version < version]
        selection = wish.selection or Selection(
            frozenset().union(*(one.languages for one in group)), any(one.pages for one in group)
        )
        with closing(_copier(wish, folder, selection, clock, done)) as copier:
            progress.stage("copying")
            looked = copier.look([_Ready(one.inbound) for one in (*group, *rest)], progress.step)
            trails |= {trail.name: trail for trail in looked.trails}
            held = copier.held_version
            if not looked.fault:
                done.looked = looked
                done.files, done.bytes = copier.register.count, copier.register.total_bytes
                StatusFile(folder, copier, {"listen": []}).write(looked)
                _read_back(copier, folder, progress)
                break
            faults.append(looked.fault)
    languages = frozenset().union(*(one.languages for one in given))
    for one in given:
        if (trail := trails.get(one.inbound.name)) is not None:
            done.archives[one.inbound.name] = _state(one, trail, held, languages, taken=done.looked is not None)
    if done.looked is None:
        done.fault = faults[-1] if all(state is State.OLDER for state, _ in done.archives.values()) else faults[0]


def _copier(
    wish: Import, folder: MirrorFolder, selection: Selection, clock: Callable[[], datetime], done: Imported
) -> Copier:
    """A copier for what archives have and for what the folder has already: nothing in it shall get lost unasked."""
    if wish.selection is None:
        with closing(Register(folder.register)) as register:
            owners = register.owners()
        languages = {owner.partition(":")[2] for owner in owners if owner.startswith(content_owner(""))}
        pages = any(owner.startswith(listing_owner("")) for owner in owners)
        selection = Selection(selection.languages | languages, selection.pages or pages)

    def changed() -> None:
        done.changed = True

    return Copier(folder, wish.anchor, selection, on_change=changed, clock=clock, policy=wish.policy)


# --- What archives claim ---


def _open_all(files: Sequence[Path], faults: dict[str, tuple[State, str]], progress: Progress) -> Iterator[_Given]:
    for file in files:
        for inbound in _inbounds(file, faults):
            try:
                yield _given(inbound)
            except TamizdatError as error:
                faults[inbound.name] = (State.BROKEN, harmless(str(error)))
        progress.step()


def _inbounds(file: Path, faults: dict[str, tuple[State, str]]) -> list[Inbound]:
    """The roads into one argument: an archive, or a folder that is a copy or has archives in it."""
    try:
        if (root := web_root(file)) is not None:
            return [DirectoryInbound(root)]
        if file.is_dir():
            inside = sorted(path for path in file.iterdir() if path.is_file() and is_archive(path))
            if inside:
                return [ArchiveInbound(path) for path in inside]
            fault = "has no archive in it"
        else:
            if is_archive(file):
                return [ArchiveInbound(file)]
            fault = "is no archive (.zip, .tar, .tar.gz)"
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
    faults[str(file)] = (State.BROKEN, fault)
    return []


def _given(inbound: Inbound) -> _Given:
    """What an archive claims to have. Raises CarrierError or another of our errors if it cannot be read."""
    data = inbound.fetch(TIMESTAMP_PATH, LIMITS.max_timestamp_bytes)
    version = 0
    with suppress(ValueError, KeyError, TypeError, RecursionError):  # whatever it is, the signature decides later
        version = int(json.loads(data)["signed"]["version"])
    languages: set[str] = set()
    pages = False
    for name in inbound.list() if isinstance(inbound, Listable) else ():
        if found := _ROLE.fullmatch(name):
            languages.add(unquote(found[1]))
        pages = pages or name.endswith(".list")
    return _Given(inbound, version, frozenset(languages - _TOP), pages)


# --- What became of them ---


def _state(
    given: _Given, trail: MirrorTrail, held: int, languages: frozenset[str], *, taken: bool
) -> tuple[State, str]:
    for refusal in trail.refusals:
        if refusal.failure is Failure.EXPIRED:
            return State.EXPIRED, f"{refusal.detail}. {EXPIRED_ADVICE}"
        if refusal.failure is not Failure.ROLLBACK:
            return State.REFUSED, f"{refusal.path}: {refusal.detail} ({refusal.failure})"
    if trail.timestamp_version is not None and trail.timestamp_version < held:
        return State.OLDER, ""
    if trail.retired_key:
        return State.OLDER, "signed by a key that has been retired"
    if troubles := [*trail.faults, *(f"{path} is missing" for path in trail.missing if given.claims(path, languages))]:
        return State.BROKEN, harmless(troubles[0])
    return (State.TAKEN, "") if taken else (State.BROKEN, "not taken")


def _read_back(copier: Copier, folder: MirrorFolder, progress: Progress) -> None:
    """Hash every file that the folder holds, from the device. Raises LibraryError if one is not what was written."""
    os.sync()
    register = copier.register
    progress.stage("reading it back", register.count)
    broken: list[ServedFile] = []
    for file in register.held():
        if not _is_on_disk(folder.www / file.path, file):
            broken.append(file)
        progress.step()
    for file in broken:
        register.lose(file)
    if broken:
        raise LibraryError(
            f"does not read back as it was written, and {len(broken) - 1} others: the disk fails. Import again to "
            "write them anew, or take another disk",
            file=folder.www / broken[0].path,
        )


def _is_on_disk(path: Path, file: ServedFile) -> bool:
    try:
        with path.open("rb") as stream:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return hashlib.file_digest(stream, "sha256").digest() == file.digest
    except OSError:
        return False
