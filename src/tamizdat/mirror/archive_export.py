"""``tamizdat export``: a publication, or some of it, as one file that people carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from tamizdat.carriers.archive import MAX_ENTRIES
from tamizdat.errors import Failure, NoMirrorError, TamizdatError, TrustError, UsageError
from tamizdat.mirror.archive_contents import Bodies, Contents, find_contents, needs_the_one_before
from tamizdat.mirror.archive_file import ArchiveFile
from tamizdat.mirror.archive_format import ArchiveFormat, format_of
from tamizdat.mirror.plan import EVERYTHING, Selection
from tamizdat.mirror.upstream import Upstream, open_roads
from tamizdat.roads.roads import Roads
from tamizdat.roads.trail import MirrorTrail
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.verify import ExpiryPolicy

EXPIRED_ADVICE: Final = "--expired takes it all the same: readers can read it, and are told how old it is"


class Progress(Protocol):
    """Who is told how far it is."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage begins, of ``total`` steps."""

    def step(self) -> None:
        """One step of the stage is done."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is wished for. ``policy``: whether signed files that are past their time are taken."""

    file: Path
    anchor: Anchor
    upstreams: Sequence[Upstream]
    selection: Selection = EVERYTHING
    policy: ExpiryPolicy = ExpiryPolicy.REFUSE
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of it."""

    contents: Contents
    bytes: int
    """Length of the archive."""
    kept: int
    """Files that were there from an earlier run."""
    trails: tuple[MirrorTrail, ...]
    newest: int | None
    faults: dict[str, str]
    """By upstream: why it could not be asked."""


def export(wish: Export, now: datetime, progress: Progress) -> Exported:
    """Write the archive. What an earlier run wrote of the same is kept.

    Raises NoMirrorError or TrustError if upstreams do not have it, UsageError if it cannot be as wished for,
    LibraryError if the disk fails.
    """
    kind = format_of(wish.file)
    opened = open_roads(wish.upstreams)
    if not opened.roads:
        raise NoMirrorError("no upstream can be asked: " + "; ".join(opened.faults.values()))
    roads = Roads(opened.roads)
    progress.stage("what there is")
    contents = _find(wish, roads, now)
    total = _check_size(wish, contents, kind)
    with ArchiveFile(wish.file, kind) as archive:
        kept, size = _write(archive, contents, roads, kind, total, progress)
    return Exported(contents, size, kept, roads.trails, roads.newest, opened.faults)


def _find(wish: Export, roads: Roads, now: datetime) -> Contents:
    try:
        return find_contents(roads, wish.anchor, wish.selection, wish.policy, now)
    except TamizdatError as error:
        for refusal in (refusal for trail in roads.trails for refusal in trail.refusals):
            if refusal.failure is Failure.EXPIRED:
                raise _expired(refusal.path, refusal.detail) from error
        if isinstance(error, TrustError) and error.failure is Failure.EXPIRED:
            raise _expired(error.what, error.detail) from error
        raise


def _expired(what: str, detail: str) -> TrustError:
    detail = f"{detail}, and nothing newer is to be had. {EXPIRED_ADVICE}"
    return TrustError(Failure.EXPIRED, detail, what=what)


def _write(
    archive: ArchiveFile, contents: Contents, roads: Roads, kind: ArchiveFormat, total: int, progress: Progress
) -> tuple[int, int]:
    """How many files were there, and the length of the archive."""
    files = contents.files
    progress.stage("writing", len(files))
    if archive.is_done(files, progress.step):
        archive.discard()
        return len(files), total
    kept = archive.keep(files, lambda number: needs_the_one_before(files, number), progress.step)
    archive.check_space(total)
    for file, packed in Bodies(contents, kept, roads, kind):
        archive.add(file, packed, total)
        progress.step()
    archive.finish()
    progress.stage("reading it back", len(files))
    archive.verify(files, progress.step)
    archive.name()
    return kept, archive.size


def _check_size(wish: Export, contents: Contents, kind: ArchiveFormat) -> int:
    """The length that the archive is going to have. Raises UsageError if it is more than there may be."""
    _, total = contents.layout(kind)
    if len(contents.files) > MAX_ENTRIES:
        raise UsageError(
            f"{len(contents.files)} files are more than the {MAX_ENTRIES} that readers take in one archive. "
            f"{_advice(contents, kind, total)}"
        )
    if wish.max_bytes is not None and total > wish.max_bytes:
        raise UsageError(
            f"the archive would have {total} bytes, {total - wish.max_bytes} more than --max-size allows. "
            f"{_advice(contents, kind, total)}"
        )
    return total


def _advice(contents: Contents, kind: ArchiveFormat, total: int) -> str:
    """What may be left out, and what that saves."""
    parts = contents.parts(kind)
    pages = sum(size for (_, is_pages), size in parts.items() if is_pages)
    advice = [f"without pages (--no-pages) it has some {total - pages}"] if pages else []
    by_language: dict[str, int] = {}
    for (language, _), size in parts.items():
        by_language[language] = by_language.get(language, 0) + size
    shares = sorted(((size, language) for language, size in by_language.items() if language), reverse=True)
    if len(shares) > 1:
        heaviest = ", ".join(f"{language} {size}" for size, language in shares[:5])
        advice.append(f"single languages (--language) have: {heaviest}")
    text = "; ".join(advice)
    return f"{text[:1].upper()}{text[1:]}" if text else "Nothing can be left out"
