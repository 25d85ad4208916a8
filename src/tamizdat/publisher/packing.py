"""Makes the packs that the schedule asks for and that do not exist yet."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import zopfli.zlib

from tamizdat.edition.index import Segment
from tamizdat.edition.pack import Record, deflate, encode_pack
from tamizdat.edition.schedule import Log, ranges
from tamizdat.publisher.ledger import Ledger

ZOPFLI_BELOW: Final = 1_500_000
"""Payloads of fewer bytes are deflated with zopfli: 4% smaller for about a second a megabyte."""
_ITERATIONS: Final = 5  # 15, zopfli's default, save another 0.04% for 60% more time
_ZLIB_HEADER, _ZLIB_TRAILER = 2, 4
_WORKERS: Final = 4


@dataclass(frozen=True, slots=True)
class NewPack:
    """A pack that has to be written. ``live`` is how many records it holds."""

    segment: Segment
    live: int
    data: bytes


def squeeze(records: list[Record]) -> bytes:
    """The pack file of these records, as small as codec 0 gets it in reasonable time."""
    return encode_pack(records, _compress)


def _compress(payload: bytes) -> bytes:
    if len(payload) >= ZOPFLI_BELOW:
        return deflate(payload)
    wrapped: bytes = zopfli.zlib.compress(payload, numiterations=_ITERATIONS)
    # zopfli offers zlib's wrapping (RFC 1950) around the raw stream that packs hold.
    return wrapped[_ZLIB_HEADER:-_ZLIB_TRAILER]


def log_shape(ledger: Ledger, language: str) -> Log:
    """The log of a language as the schedule sees it."""
    units = ledger.units(language) or (0,)
    end = ledger.end(language)[0]
    previous = units[-2] if len(units) > 1 else units[-1]
    return Log(
        units=units,
        open_cuts=ledger.cuts(language, units[-1], end),
        fine_cuts=ledger.cuts(language, previous, units[-1]),
        offset=lambda position: ledger.offset(language, position),
    )


def pack_language(ledger: Ledger, language: str, live: list[int]) -> tuple[list[Segment], list[NewPack]]:
    """All segments of the language's log as it stands, and those packs among them that are new.

    ``live`` are the positions of all live entries, in order.
    """
    wanted = [
        (start, stop, bisect_left(live, stop) - bisect_left(live, start))
        for start, stop in ranges(log_shape(ledger, language))
    ]
    known = {key: ledger.pack(language, *key) for key in wanted}
    missing = [key for key in wanted if known[key] is None and key[2]]
    new = dict(zip(missing, _squeeze_all(ledger, language, missing), strict=True))
    segments = [
        new[start, stop, count].segment
        if (start, stop, count) in new
        else _known_segment(start, stop, known[start, stop, count])
        for start, stop, count in wanted
    ]
    return segments, list(new.values())


def _known_segment(start: int, stop: int, pack: tuple[bytes, int] | None) -> Segment:
    return Segment(start, stop, 0) if pack is None else Segment(start, stop, pack[1], pack[0])


def _squeeze_all(ledger: Ledger, language: str, missing: list[tuple[int, int, int]]) -> Iterator[NewPack]:
    """The missing packs, several at a time: zopfli lets other threads run."""
    with ThreadPoolExecutor(_WORKERS) as workers:
        jobs = [(key, workers.submit(squeeze, ledger.records(language, key[0], key[1]))) for key in missing]
        for (start, stop, live), job in jobs:
            data = job.result()
            yield NewPack(Segment(start, stop, len(data), hashlib.sha256(data).digest()), live, data)
