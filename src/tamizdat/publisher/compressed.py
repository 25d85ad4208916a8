"""Compressed copies beside the site's files, for web servers that hand out what lies there (docs/adr/0014).

Levels are those after which each page costs several times as long for a few per cent of its bytes; the same bytes in
give the same bytes out, as long as the libraries stay the same.
"""

import os
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import brotli

from tamizdat.edition.listing import COPY_SUFFIXES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_TEXT: Final = (".html", ".xml", ".json", ".txt")
_GZIP: Final = 31  # zlib's window bits for a gzip wrapper, which then has neither time nor name
_MOST_WORKERS: Final = 4
_AHEAD: Final = 64
"""Files that wait for their copies while more are pressed."""

Copies = tuple[tuple[str, bytes], ...]
"""Path and bytes of each."""


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def _br(data: bytes) -> bytes:
    packed: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=7)
    return packed


def _zstd(data: bytes) -> bytes:
    return zstd.compress(data, level=12)


_PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {"gzip": _gzip, "br": _br, "zstd": _zstd}


def copy_paths(path: str, encodings: Iterable[str]) -> dict[str, str]:
    """Encoding by path of every copy that may lie beside the file at ``path``: those of texts, and of texts alone."""
    return {path + COPY_SUFFIXES[encoding]: encoding for encoding in encodings if path.endswith(_TEXT)}


def with_copies(
    files: Iterable[tuple[str, bytes]], missing: Callable[[str, bytes], Iterable[str]]
) -> Iterator[tuple[str, bytes, Copies]]:
    """Each file with the copies that ``missing`` asks for, by encoding. One no smaller than the file is left out.

    ``missing`` is called in the order of ``files``; copies are made on other cores meanwhile (all three libraries free
    the lock).
    """
    waiting: deque[tuple[str, bytes, Future[Copies] | None]] = deque()
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_WORKERS), thread_name_prefix="copy") as pool:
        for path, data in files:
            wanted = tuple(missing(path, data))
            waiting.append((path, data, pool.submit(_make, path, data, wanted) if wanted else None))
            if len(waiting) > _AHEAD:
                yield _finished(*waiting.popleft())
        while waiting:
            yield _finished(*waiting.popleft())


def _finished(path: str, data: bytes, copies: Future[Copies] | None) -> tuple[str, bytes, Copies]:
    return path, data, copies.result() if copies else ()


def _make(path: str, data: bytes, encodings: Iterable[str]) -> Copies:
    made = ((path + COPY_SUFFIXES[encoding], _PACKERS[encoding](data)) for encoding in encodings)
    return tuple((copy, packed) for copy, packed in made if len(packed) < len(data))
