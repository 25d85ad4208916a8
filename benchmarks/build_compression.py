"""Precompressed copies, timed by themselves: what servers hand out instead of compressing at every visit."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tamizdat.publisher.compressed import with_copies

LEVELS: Final = {"gzip": "gzip 9", "br": "brotli 7", "zstd": "zstd 12"}
"""The codings of :mod:`tamizdat.publisher.compressed` and the levels that a publish uses."""
EVERY: Final = 25
"""Of a whole site's files, one in so many is compressed, and the time multiplied."""
Files = Sequence[tuple[str, bytes]]


def cpu_seconds(files: Files) -> dict[str, float]:
    """Processor seconds for compressing all ``files`` (path and bytes), by coding."""
    return {coding: _timed(files, coding) for coding in LEVELS}


def cpu_seconds_below(folder: Path) -> dict[str, float]:
    """The same for all files in ``folder``, reckoned from one in ``EVERY``."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    sample = cpu_seconds([(file.name, file.read_bytes()) for file in files[::EVERY]])
    return {coding: seconds * len(files) / len(files[::EVERY]) for coding, seconds in sample.items()}


def _timed(files: Files, coding: str) -> float:
    begun = time.process_time()
    _exhaust(with_copies(files, lambda _path, _data: (coding,)))
    return time.process_time() - begun


def _exhaust(made: Iterable[object]) -> None:
    for _ in made:
        pass
