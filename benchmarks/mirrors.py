"""The section "Mirrors" of docs/benchmarks.md: how fast and how cheaply an edition spreads, and how fast it is served."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import mirrors_serving, mirrors_spread

TITLE: Final = "Mirrors"
COUNT: Final = 100
_SPREAD_TARGETS: Final = (10.0, 1.1)
_SERVING_TARGET: Final = 0.25


def lines(count: int = COUNT) -> Iterator[str]:
    """The section, line by line, as the figures come in."""
    yield f"## {TITLE}"
    yield ""
    yield "Made by `python -m benchmarks --mirrors --write`. Real processes of `tamizdat mirror`, all on one machine of two"
    yield "cores, in a network of its own where the system allows that."
    yield ""
    folder = Path(tempfile.mkdtemp(prefix="bench-mirrors-"))
    try:
        yield from _spread(folder / "spread", count)
        yield from _serving(folder / "serving")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spread(folder: Path, count: int) -> Iterator[str]:
    found = mirrors_spread.measure(folder, count)
    yield f"### One publish to {count} mirrors"
    yield ""
    yield f"A mirror copies from the folder that the newsroom publishes to, and {count} others copy from that mirror. They hold "
    yield f"{found.stories} stories in {found.languages} languages, with pages; then one story is published. Time runs from"
    yield "the moment when the signed timestamp lies in the folder. Afterwards a reader checked the whole edition at each mirror."
    yield ""
    yield "| | figure | target |"
    yield "| --- | ---: | ---: |"
    seconds, ratio = _SPREAD_TARGETS
    yield f"| the first mirror serves it, seconds | {found.seconds[0]:.2f} | |"
    yield f"| half of them serve it, seconds | {found.seconds[len(found.seconds) // 2]:.2f} | |"
    yield f"| **the last one serves it, seconds** | {found.seconds[-1]:.2f} | {seconds:.0f} |"
    yield f"| files that changed, each counted once, bytes | {found.changed:,} | |"
    yield f"| **moved over the network, all mirrors, times changed x {count}** | {found.wire_ratio:.2f} | {ratio} |"
    yield f"| of that the files themselves | {found.payload_ratio:.2f} | |"
    yield f"| memory of one mirror, largest, MiB | {found.peak_mib:.0f} | 150 |"
    yield ""
    yield "Moved is what the network device counted, in both directions, with the headers of HTTP and TCP. It is less than what"
    yield "changed, because a page comes out of its compressed copy, which has to come anyway."
    yield ""


def _serving(folder: Path) -> Iterator[str]:
    rows = mirrors_serving.measure(folder)
    yield "### Requests a second"
    yield ""
    yield "`wrk -t1 -c50 -d5s`, one process of each server, the same files, one after the other. nginx and Caddy serve the mirror's"
    yield "folder `www` with the settings that a publish writes beside the pages; *nginx before us* is the proxy of"
    yield "`docs/mirrors/nginx.md`, which hands every request on."
    yield ""
    yield f"| | {' | '.join(mirrors_serving.KINDS)} |"
    yield f"| --- | {' | '.join('---:' for _ in mirrors_serving.KINDS)} |"
    for name, figures in rows.items():
        yield f"| {name} | {' | '.join(f'{figure:,.0f}' for figure in figures)} |"
    nginx, ours = rows[mirrors_serving.NGINX], rows[mirrors_serving.OURS]
    ratios = [f"{own / other:.2f}" for own, other in zip(ours, nginx, strict=True)]
    yield f"| **ours, nginx = 1** (target {_SERVING_TARGET}) | {' | '.join(ratios)} |"
    yield ""
