"""Which packs a reader fetches (spec/edition.md, "Catching up").

The plan depends on nothing but the reader's mark and the published segments. All readers who were away equally long
fetch the same files, so what they fetch says how long they were away and nothing else.
"""

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import Final

from tamizdat.edition.index import Segment
from tamizdat.edition.merkle import edition_root, root_of
from tamizdat.edition.pack import Put, Record, removal_key
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS

REQUEST_COST: Final = 160
"""What one more request is taken to weigh, in bytes (HTTP headers both ways)."""


def plan(mark: int, log_end: int, segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The cheapest chain of segments that covers ``mark`` to ``log_end``.

    A segment may begin before the place where it is needed. Among equally cheap chains the one with fewer segments,
    then the one whose first segment ends later, then begins earlier. Raises FormatError when there is no chain, or none
    that one visit may fetch.
    """
    ahead = sorted((segment for segment in segments if segment.stop > mark), key=lambda segment: segment.stop)
    places = sorted({segment.stop for segment in ahead if segment.stop < log_end} | {mark}, reverse=True)
    # From the end of the log backwards: the cheapest way on from each place where a segment ends. ``ways`` is a heap
    # of the ways that begin with a segment ending later; a segment that starts later than here never fits again.
    costs: dict[int, tuple[int, int]] = {log_end: (0, 0)}
    following: dict[int, Segment] = {}
    ways: list[tuple[int, int, int, Segment]] = []
    for place in places:
        while ahead and ahead[-1].stop > place:
            segment = ahead.pop()
            if segment.stop in costs:
                heappush(ways, _way(segment, *costs[segment.stop]))
        while ways and ways[0][-1].start > place:
            heappop(ways)
        if ways and place != log_end:
            cost, requests, _, segment = ways[0]
            costs[place], following[place] = (cost, requests), segment
    if mark not in costs:
        raise FormatError(Failure.MALFORMED, f"no segments lead from {mark} to {log_end}", what="index")
    chain = _chain(mark, following)
    size = sum(segment.size for segment in chain)
    if size > LIMITS.max_chain_bytes:
        raise FormatError(Failure.TOO_LARGE, f"packs of {size} bytes, limit {LIMITS.max_chain_bytes}", what="index")
    return chain


def _way(segment: Segment, cost: int, requests: int) -> tuple[int, int, int, Segment]:
    """A way on that begins with ``segment``; in this order the best comes first, however segments were listed."""
    if segment.size:
        cost += segment.size + REQUEST_COST
    return cost, requests + 1, -segment.stop, segment


def _chain(mark: int, following: Mapping[int, Segment]) -> tuple[Segment, ...]:
    chain: list[Segment] = []
    while mark in following:
        chain.append(following[mark])
        mark = chain[-1].stop
    return tuple(chain)


def net(names: Iterable[str], records: Iterable[Record], language: str) -> tuple[dict[str, bytes], set[str]]:
    """What ``records`` do to stories of these ``names``: which they put, and which are gone afterwards.

    Puts replace; what is removed is gone whether it was there or put.
    """
    put: dict[str, bytes] = {}
    removals: set[str] = set()
    for record in records:
        if isinstance(record, Put):
            put[record.story_id] = record.story
        else:
            removals.add(record.key)
    if not removals:
        return put, set()
    return put, {name for name in {*names, *put} if removal_key(language, name) in removals}


def check_root(stories: Mapping[str, bytes], count: int, root: bytes) -> None:
    """Raise WRONG_ROOT unless the stories are exactly those that the signed head stands for."""
    if len(stories) != count or edition_root(stories) != root:
        raise _wrong_root(len(stories), count)


def check_leaves(leaves: Mapping[str, bytes], count: int, root: bytes) -> None:
    """The same for whoever knows the stories' leaf hashes, by id."""
    if len(leaves) != count or root_of([leaves[name] for name in sorted(leaves)]) != root:
        raise _wrong_root(len(leaves), count)


def _wrong_root(found: int, count: int) -> FormatError:
    return FormatError(Failure.WRONG_ROOT, f"{found} stories do not add up to the head's {count}", what="edition")
