"""The section "Building the site" of docs/benchmarks.md: our press against Hugo, Pelican and Eleventy."""

import json
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks import build_ours, build_peers, build_stories
from benchmarks.build_check import Output, checked
from benchmarks.build_compression import EVERY, LEVELS, cpu_seconds_below
from benchmarks.build_generators import GENERATORS, Generator
from benchmarks.build_run import Usage, measured

TITLE: Final = "Building the site"
SIZES: Final = (3_300, 33_000)
_CHANGE_TARGETS_MS: Final = {3_300: 50, 33_000: 300}
_FULL_TARGETS_AT: Final = 33_000
_ROOT: Final = Path(__file__).resolve().parent.parent
_CHANGED: Final = 50
"""The story whose headline changes in peers: so many are newer."""
_INTRODUCTION: Final = """\
Made by `python -m benchmarks --build --write`. The newest stories of a newspaper that puts real paragraphs (NTREX-128,
English) together anew, 33,000 in ten years. All generators get the same ones, and make pages with the same head,
policy, style, linked data, notices and related stories, and lists of sections, topics, months and corrections: the run
stops if a story has no page, or if one of twelve pages lacks a part. Figures are those of whole processes, their start
included; all write to disk."""
_OURS_GIVEN: Final = (
    "stories as canonical bytes in a database, pages through the carrier that a publish gives them to. Its lists have "
    "pages for each month of each section and topic, where the others count pages through; its feeds hold all stories. "
    "After a change: a process that holds the lists in memory; the median of twenty changes (a text, a headline, a new "
    "story, one removed; from the newest stories to old ones)."
)


@dataclass(frozen=True, slots=True)
class _Built:
    """One generator's full build, and what it does after one change."""

    name: str
    full: Usage
    output: Output
    change: Usage


@dataclass(frozen=True, slots=True)
class _Ours:
    """Our full build, and many changes one by one."""

    built: _Built
    changes: Sequence[build_ours.Change]
    compress_all: dict[str, float]


def lines(sizes: Sequence[int] = SIZES) -> Iterator[str]:
    """The section, line by line, as the figures come in."""
    generators = [(make(), make().version()) for make in GENERATORS]
    yield from _introduction(generators)
    for count in sizes:
        ours = _ours(count)
        peers = [_peer(generator, count) for generator, version in generators if version]
        yield from _size(count, ours, peers)


# --- measuring ----------------------------------------------------------------------------------------------------


@contextmanager
def _room() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tamizdat-build-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _ours(count: int) -> _Ours:
    with _room() as folder:
        build_ours.keep_stories(folder, build_stories.stories(count))
        env = {"PYTHONPATH": str(_ROOT)}
        part = [sys.executable, "-m", "benchmarks.build_ours"]
        full, _ = measured([*part, "build", str(folder)], folder, env)
        output = checked(folder / build_ours.OUT, count)
        compress_all = cpu_seconds_below(folder / build_ours.OUT)
        _, said = measured([*part, "changes", str(folder)], folder, env)
    changes = [build_ours.Change(**change) for change in json.loads(said)]
    seconds = statistics.median(change.press_seconds + change.write_seconds for change in changes)
    cpu = statistics.median(change.cpu_seconds for change in changes)
    return _Ours(_Built("**Tamizdat**", full, output, Usage(cpu, seconds, 0)), changes, compress_all)


def _peer(generator: Generator, count: int) -> _Built:
    with _room() as folder:
        generator.write(folder, build_stories.stories(count))
        full = generator.build(folder)
        output = checked(folder / build_ours.OUT, count)
        story = build_stories.story(build_stories.ALL_STORIES - _CHANGED)
        text = generator.file(replace(story, headline="Another headline"))
        change = generator.change(folder, build_peers.source_path(folder, story), text)
    return _Built(generator.name, full, output, change)


# --- saying -------------------------------------------------------------------------------------------------------


def _introduction(generators: Sequence[tuple[Generator, str]]) -> Iterator[str]:
    yield f"## {TITLE}"
    yield ""
    yield from _INTRODUCTION.splitlines()
    yield ""
    yield f"- **Tamizdat** on {platform.python_implementation()} {platform.python_version()}: {_OURS_GIVEN}"
    for generator, version in generators:
        if version:
            yield f"- **{generator.name} {version}**: {generator.given}. After a change: {generator.after_change}."
        else:
            yield f"- **{generator.name}** is left out: there is no `{generator.program}` on this machine."
    yield ""


def _size(count: int, ours: _Ours, peers: Sequence[_Built]) -> Iterator[str]:
    yield f"### {count:,} stories"
    yield ""
    yield "| | CPU seconds | times ours | seconds | peak MiB | lists | files | MiB written | one change, CPU s | s |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for built in (ours.built, *peers):
        full, output, change = built.full, built.output, built.change
        yield (
            f"| {built.name} | {full.cpu_seconds:.1f} | {full.cpu_seconds / ours.built.full.cpu_seconds:.2f} "
            f"| {full.seconds:.1f} | {full.peak_mib:,.0f} | {output.lists:,} | {output.files:,} | {output.mib:,.0f} "
            f"| {change.cpu_seconds:.3f} | {change.seconds:.3f} |"
        )
    yield ""
    yield from _targets(count, ours, {peer.name: peer for peer in peers}.get("Hugo"))
    yield from _changes(ours.changes)
    yield from _compression(ours)


def _targets(count: int, ours: _Ours, hugo: _Built | None) -> Iterator[str]:
    if count not in _CHANGE_TARGETS_MS:
        return
    yield "| | target | figure |"
    yield "| --- | ---: | ---: |"
    if hugo and count == _FULL_TARGETS_AT:
        mine, its = ours.built.full, hugo.full
        yield f"| CPU seconds, Hugo's = 1 | at most 0.50, aim 0.25 | {mine.cpu_seconds / its.cpu_seconds:.2f} |"
        yield f"| peak memory, Hugo's = 1 | at most 0.20 | {mine.peak_mib / its.peak_mib:.2f} |"
    yield f"| one change, ms | {_CHANGE_TARGETS_MS[count]} | {ours.built.change.seconds * 1000:.0f} |"
    yield ""


def _changes(changes: Sequence[build_ours.Change]) -> Iterator[str]:
    yield "| one change, median (slowest) | pressing, ms | writing, ms | files |"
    yield "| --- | ---: | ---: | ---: |"
    for kind in dict.fromkeys(change.kind for change in changes):
        of = [change for change in changes if change.kind == kind]
        press = [1000 * change.press_seconds for change in of]
        write = [1000 * change.write_seconds for change in of]
        files = [change.files for change in of]
        yield (
            f"| {kind} | {statistics.median(press):.0f} ({max(press):.0f}) | {statistics.median(write):.0f} "
            f"({max(write):.0f}) | {statistics.median(files):.0f} ({max(files)}) |"
        )
    yield ""


def _compression(ours: _Ours) -> Iterator[str]:
    yield f"| precompression, CPU seconds | all files (from one in {EVERY}) | what one change touches, median |"
    yield "| --- | ---: | ---: |"
    for coding, level in LEVELS.items():
        touched = statistics.median(change.compress_cpu_seconds[coding] for change in ours.changes)
        yield f"| {level} | {ours.compress_all[coding]:.1f} | {touched:.3f} |"
    yield ""
