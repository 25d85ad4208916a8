"""The section "Mirrors" of docs/benchmarks.md: how fast and cheaply an edition spreads, and how fast it is served."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import mirrors_serving, mirrors_spread

TITLE: Final = "Mirrors"
COUNT: Final = 100
_SECONDS_TARGET: Final = 10
_BYTES_TARGET: Final = 1.1
_MIB_TARGET: Final = 150
_SERVING_TARGET: Final = 0.25
_INTRODUCTION: Final = """\
Made by `python -m benchmarks --mirrors --write`. Real processes of `tamizdat mirror`, all on one machine of two
cores, in a network of its own where the system allows that.
"""
_SPREAD: Final = """\
A mirror copies from the folder that the newsroom publishes to, and {count} others copy from that mirror. They hold
{stories} stories in {languages} languages, with pages; then one story is published. Time runs from the moment when
the signed timestamp lies in the folder. Afterwards a reader checked the whole edition at each mirror.
"""
_MOVED: Final = """\
*Moved* is what the network device counted, in both directions, with the headers of HTTP and TCP. It is less than
what changed, because a page comes out of its compressed copy, which has to come anyway.
"""
_SERVING: Final = """\
`wrk -t1 -c50 -d5s` (HTTP/2: `h2load -t1 -c50 -m4`), one process of each server, the same files, one after the
other. nginx and Caddy serve the mirror's folder `www` with the settings that a publish writes beside the pages.
*nginx before us* hands every request on, as the proxy of `docs/mirrors/nginx.md` does.
"""


def lines(count: int = COUNT) -> Iterator[str]:
    """The section, line by line, as the figures come in."""
    yield f"## {TITLE}"
    yield ""
    yield _INTRODUCTION
    folder = Path(tempfile.mkdtemp(prefix="bench-mirrors-"))
    try:
        yield from _spread(folder / "spread", count)
        yield from _serving(folder / "serving")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spread(folder: Path, count: int) -> Iterator[str]:
    found = mirrors_spread.measure(folder, count)
    seconds = found.seconds
    yield f"### One publish to {count} mirrors"
    yield ""
    yield _SPREAD.format(count=count, stories=found.stories, languages=found.languages)
    yield "| | figure | target |"
    yield "| --- | ---: | ---: |"
    yield f"| the first of them serves it, seconds | {seconds[0]:.2f} | |"
    yield f"| half of them serve it, seconds | {seconds[len(seconds) // 2]:.2f} | |"
    yield f"| **the last one serves it, seconds** | {seconds[-1]:.2f} | {_SECONDS_TARGET} |"
    yield f"| files that changed, each counted once, bytes | {found.changed:,} | |"
    yield f"| **moved, times what changed times {count}** | {found.wire_ratio:.2f} | {_BYTES_TARGET} |"
    yield f"| of that the files themselves | {found.payload_ratio:.2f} | |"
    yield f"| memory of one mirror, the largest, MiB | {found.peak_mib:.0f} | {_MIB_TARGET} |"
    yield ""
    yield _MOVED


def _serving(folder: Path) -> Iterator[str]:
    rows = mirrors_serving.measure(folder)
    yield "### Requests a second"
    yield ""
    yield _SERVING
    yield f"| | {' | '.join(mirrors_serving.KINDS)} |"
    yield f"| --- | {' | '.join('---:' for _ in mirrors_serving.KINDS)} |"
    for name, figures in rows.items():
        yield f"| {name} | {' | '.join(f'{figure:,.0f}' for figure in figures)} |"
    nginx, ours = rows[mirrors_serving.NGINX], rows[mirrors_serving.OURS]
    ratios = [f"{own / other:.2f}" for own, other in zip(ours, nginx, strict=True)]
    yield f"| **ours, nginx = 1** (target {_SERVING_TARGET}) | {' | '.join(ratios)} |"
    yield ""
