"""``python -m benchmarks [--write]``: the figures of docs/benchmarks.md.

Four sections take much longer and have runs of their own: ``--build`` (Building the site), ``--mirrors`` (Mirrors),
``--publishing`` (Publishing) and ``--newsroom`` (The newsroom).
Each run leaves what the others wrote.
"""

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import build, corpus, measure, mirrors, newsroom, peers, publishing

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_CATCH_UP_LANGUAGES = ("en", "ru", "ka")
_AWAY = (1, 7, 30)
_A_DAY = 3
_STORIES = 60
_ALONE = "BENCHMARKS_ALONE"
ARCHIVE = 33_000
MANY = 100_000


def lines(languages: list[str]) -> Iterator[str]:
    """The page, line by line, as the figures come in."""
    yield "# Benchmarks"
    yield ""
    yield "Made by `python -m benchmarks --write`; nothing here is written by hand. Real news in "
    yield f"{len(languages)} languages (NTREX-128), {platform.python_implementation()} {platform.python_version()}."
    yield ""
    yield from _sizes(languages)
    yield from _catch_up()
    yield from _contact()
    yield from _speed(languages)


def _sizes(languages: list[str]) -> Iterator[str]:
    ours = measure.first_sync(languages, _STORIES)
    yield f"## Bytes a story, first sync of {_STORIES} stories, mean of {len(languages)} languages"
    yield ""
    yield "Ours is all that a reader fetches besides signed metadata (below): index and packs, codec 0."
    yield ""
    yield "| | bytes a story | times ours |"
    yield "| --- | ---: | ---: |"
    yield f"| **Tamizdat** (target 920) | {ours:,.0f} | 1.00 |"
    for name, peer in (
        ("Atom, full text, gzip", peers.atom_gzip),
        ("Atom, full text, brotli 11", peers.atom_brotli),
        ("pages, brotli 11 each", peers.pages_brotli),
        ("EPUB", peers.epub),
        ("ZIM (zstd, no search index)", peers.zim),
    ):
        figure = measure.peer_mean(peer, languages, _STORIES)
        yield f"| {name} | {figure:,.0f} | {figure / ours:.2f} |"
    yield ""


def _catch_up() -> Iterator[str]:
    yield f"## Catching up, {_A_DAY} stories a day, 33 days published"
    yield ""
    yield "Fetched: index, shelf and packs. Ideal: one solid pack of exactly what was lacking, nothing else."
    yield ""
    yield "| language | days away | fetched | requests | ideal pack | ratio | downloading all again | saved |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for language in _CATCH_UP_LANGUAGES:
        for row in measure.catch_up(language, _A_DAY, _AWAY):
            yield (
                f"| {language} | {row.days} | {row.fetched:,} | {row.requests} | {row.ideal:,} "
                f"| {row.fetched / row.ideal:.2f} | {row.whole:,} | {1 - row.fetched / row.whole:.0%} |"
            )
    yield ""


def _contact() -> Iterator[str]:
    first, again = measure.contact(30)
    yield "## Signed metadata, one of 30 languages, each file gzip'd"
    yield ""
    yield "| | bytes | target |"
    yield "| --- | ---: | ---: |"
    yield f"| first contact | {first:,} | 5,500 |"
    yield f"| a visit with nothing new | {again:,} | 500 |"
    yield ""


def _speed(languages: list[str]) -> Iterator[str]:
    begun = time.perf_counter()
    with measure.bench(languages) as room:
        room.publish([story for language in languages for story in corpus.stories(language)])
        published = time.perf_counter() - begun
    seconds = [measure.verify_seconds(language) for language in _CATCH_UP_LANGUAGES]
    count = sum(len(corpus.stories(language)) for language in languages)
    yield "## Time"
    yield ""
    yield "| | seconds | target |"
    yield "| --- | ---: | ---: |"
    yield f"| publish all {count:,} stories in {len(languages)} languages | {published:.1f} | 60 |"
    median = statistics.median(seconds)
    yield f"| fetch, verify, unpack 100 stories of one language (median, no process start) | {median:.3f} | 2 |"


def main() -> int:
    """Run and print; with ``--write`` into docs/benchmarks.md too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write it into {PAGE.name}")
    parser.add_argument("--build", nargs="*", type=int, metavar="STORIES", help=f'"{build.TITLE}" alone, of so many')
    parser.add_argument("--mirrors", nargs="?", type=int, const=mirrors.COUNT, help=f'"{mirrors.TITLE}" alone')
    parser.add_argument("--newsroom", nargs="*", type=int, metavar="STORIES", help=f'"{newsroom.TITLE}" alone')
    parser.add_argument("--publishing", nargs="?", type=int, const=ARCHIVE, help=f'"{publishing.TITLE}" alone')
    arguments = parser.parse_args()
    languages = corpus.languages()
    if not languages:
        print(f"no corpus at {corpus.FOLDER}: nothing to measure", file=sys.stderr)
        return 1
    if arguments.mirrors and not os.environ.get(_ALONE) and os.geteuid() == 0:
        return _in_a_network_of_its_own()
    sections = _sections(PAGE.read_text("utf-8"))
    if arguments.build is not None:
        sections[build.TITLE] = _printed(build.lines(arguments.build or build.SIZES))
    elif arguments.newsroom is not None:
        archive, many = arguments.newsroom or (ARCHIVE, MANY)
        sections[newsroom.TITLE] = _printed(newsroom.lines(many, archive))
    elif arguments.publishing:
        sections[publishing.TITLE] = _printed(publishing.lines(arguments.publishing, publishing.ROUNDS))
    elif arguments.mirrors:
        sections[mirrors.TITLE] = _printed(mirrors.lines(arguments.mirrors))
    else:
        sections[""] = _printed(lines(languages))
    if arguments.write:
        PAGE.write_text("\n\n".join(filter(None, sections.values())) + "\n", "utf-8")
    return 0


def _in_a_network_of_its_own() -> int:
    """Run this again where no other traffic is counted."""
    command = ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable]
    again = [*command, "-m", "benchmarks", *sys.argv[1:]]
    return subprocess.run(again, env={**os.environ, _ALONE: "yes"}, check=False).returncode


def _printed(made: Iterator[str]) -> str:
    """All lines, printed as they come in."""
    kept = []
    for line in made:
        print(line, flush=True)
        kept.append(line)
    return "\n".join(kept).strip()


def _sections(page: str) -> dict[str, str]:
    """The page in the parts that are made by runs of their own, by title; the first has none."""
    titles = (mirrors.TITLE, build.TITLE, publishing.TITLE, newsroom.TITLE)
    begins = "|".join(map(re.escape, titles))
    first, *rest = re.split(rf"^## ({begins})$", page, flags=re.MULTILINE)
    found = {"": first.strip(), **dict.fromkeys(titles, "")}
    for title, section in zip(rest[::2], rest[1::2], strict=True):
        found[title] = f"## {title}{section}".strip()
    return found


if __name__ == "__main__":
    sys.exit(main())
