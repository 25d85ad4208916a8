"""What ``tamizdat export`` and ``import`` do. Apart from the commands, so that their help need not load it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from tamizdat.cli.anchor import anchor_of
from tamizdat.cli.progress import Bars
from tamizdat.cli.say import say, say_all, say_json
from tamizdat.cli.sizes import read_size, shown_size
from tamizdat.edition.canonical import time_to_text
from tamizdat.errors import UsageError
from tamizdat.mirror.archive_export import Export, Exported, export
from tamizdat.mirror.archive_import import Import, Imported, State, import_archives
from tamizdat.mirror.plan import Selection
from tamizdat.mirror.upstream import open_upstream
from tamizdat.roads.harmless import harmless
from tamizdat.roads.trail import Standing
from tamizdat.trust.verify import ExpiryPolicy


@dataclass(frozen=True, slots=True)
class Exporting:
    """``tamizdat export FILE`` as it was typed."""

    file: Path
    trust: str
    addresses: Sequence[str]
    languages: Sequence[str]
    pages: bool
    max_size: str
    expired: bool
    json: bool


@dataclass(frozen=True, slots=True)
class Importing:
    """``tamizdat import FILE...`` as it was typed."""

    files: Sequence[Path]
    trust: str
    into: Path
    languages: Sequence[str]
    pages: bool
    expired: bool
    json: bool


def export_file(request: Exporting) -> None:
    """Write an archive. Raises as :func:`tamizdat.mirror.archive_export.export`."""
    wish = Export(
        file=request.file,
        anchor=anchor_of(request.trust),
        upstreams=[open_upstream(address) for address in request.addresses],
        selection=Selection(frozenset(request.languages), request.pages),
        policy=_policy(expired=request.expired),
        max_bytes=read_size("--max-size", request.max_size) if request.max_size else None,
    )
    if not request.file.parent.is_dir():
        raise UsageError(f"{request.file.parent}: there is no such folder; is the stick in its place?")
    try:
        with Bars(quiet=request.json) as bars:
            done = export(wish, _now(), bars)
    except KeyboardInterrupt:
        say(f"interrupted. {request.file}.part stays; the same command goes on where it ended", err=True)
        raise
    say_all(_export_notes(done), err=True)
    if request.json:
        say_json(_export_json(request.file, done))
    else:
        say_all(_export_lines(request.file, done))


def _export_lines(file: Path, done: Exported) -> Iterator[str]:
    planned = done.contents.planned
    editions = ", ".join(f"{language} {number}" for language, number in sorted(planned.editions.items()))
    yield f"{file}: {shown_size(done.bytes)}, {len(done.contents.files)} files, each read back and as signed"
    if done.kept:
        yield f"  {done.kept} of them were there from an earlier run"
    yield f"  editions   {editions}"
    if done.contents.checked_as_of:
        yield f"  signed     {_shown(done.contents.checked_as_of)}"


def _export_notes(done: Exported) -> Iterator[str]:
    for name, fault in done.faults.items():
        yield f"{name}: {harmless(fault)}"
    for trail in done.trails:
        standing = trail.standing(done.newest)
        if standing not in {Standing.CURRENT, Standing.SLOW}:
            yield f"{harmless(trail.name)}: {standing.value.upper() if standing is Standing.LIES else standing.value}"
    yield from (f"note: {harmless(fault)}" for fault in done.contents.planned.faults)
    yield from _expired_lines(done.contents.expired)


def _expired_lines(expired: Sequence[tuple[str, datetime]]) -> Iterator[str]:
    if expired:
        roles = ", ".join(f"{role} at {_shown(when)}" for role, when in expired)
        yield f"warning: past its time: {roles}. Nobody can say whether this is the newest; readers are told so, and"
        yield "         mirrors do not take it. Carry it only where nothing newer gets through."


def _export_json(file: Path, done: Exported) -> dict[str, Any]:
    contents = done.contents
    return {
        "file": str(file),
        "bytes": done.bytes,
        "files": len(contents.files),
        "kept": done.kept,
        "editions": contents.planned.editions,
        "checked_as_of": _text(contents.checked_as_of),
        "expires": _text(contents.expires),
        "expired": {role: _text(when) for role, when in contents.expired},
        "notes": contents.planned.faults,
    }


def import_files(request: Importing) -> None:
    """Bring archives into a folder. Raises what :func:`import_archives` raises; typer.Exit with the exit code."""
    chosen = Selection(frozenset(request.languages), request.pages)
    wish = Import(
        files=request.files,
        anchor=anchor_of(request.trust),
        into=request.into,
        selection=chosen if request.languages or not request.pages else None,
        policy=_policy(expired=request.expired),
    )
    try:
        with Bars(quiet=request.json) as bars:
            done = import_archives(wish, bars, _now)
    except KeyboardInterrupt:
        say("interrupted. What has come stays; the same command goes on where it ended", err=True)
        raise
    say_all(_import_notes(done), err=True)
    if request.json:
        say_json(_import_json(done))
    else:
        say_all(_import_lines(done))
    states = {state for state, _ in done.archives.values()}
    if State.REFUSED in states or (done.fault and State.EXPIRED in states):
        raise typer.Exit(4)
    if done.fault or State.BROKEN in states:
        raise typer.Exit(5)


def _import_lines(done: Imported) -> Iterator[str]:
    if done.looked is None or done.looked.planned is None:
        return
    editions = ", ".join(f"{language} {number}" for language, number in sorted(done.looked.planned.editions.items()))
    yield f"{done.www}: {done.files} files, {shown_size(done.bytes)}, each read back and as signed"
    yield f"  editions   {editions}"
    if done.looked.checked_as_of:
        yield f"  signed     {_shown(done.looked.checked_as_of)}"
    if not done.changed:
        yield "  it was there already"


def _import_notes(done: Imported) -> Iterator[str]:
    for name, (state, detail) in done.archives.items():
        if state is not State.TAKEN:
            yield f"{harmless(name)}: {state.value.upper() if state is State.REFUSED else state.value}" + (
                f": {detail}" if detail else ""
            )
    if done.fault:
        yield f"nothing was imported: {done.fault}"
    if done.looked is not None:
        yield from _expired_lines(done.looked.expired)


def _import_json(done: Imported) -> dict[str, Any]:
    looked = done.looked
    planned = looked.planned if looked else None
    return {
        "www": str(done.www),
        "imported": looked is not None,
        "changed": done.changed,
        "fetched": {"files": looked.files, "bytes": looked.bytes} if looked else None,
        "files": done.files,
        "bytes": done.bytes,
        "editions": planned.editions if planned else {},
        "checked_as_of": _text(looked.checked_as_of) if looked else None,
        "expires": _text(looked.expires) if looked else None,
        "expired": {role: _text(when) for role, when in looked.expired} if looked else {},
        "notes": planned.faults if planned else [],
        "archives": {name: {"state": state.value, "detail": detail} for name, (state, detail) in done.archives.items()},
        "fault": done.fault,
    }


def _policy(*, expired: bool) -> ExpiryPolicy:
    return ExpiryPolicy.REPORT if expired else ExpiryPolicy.REFUSE


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _text(moment: datetime | None) -> str | None:
    return time_to_text(moment.replace(microsecond=0)) if moment else None


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
