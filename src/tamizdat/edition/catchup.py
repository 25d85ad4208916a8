"""Which packs a reader fetches (spec/edition.md, "Catching up").

The plan depends on nothing but the reader's mark and the published segments. All readers who were away equally long
fetch the same files, so what they fetch says how long they were away and nothing else.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tamizdat.edition.index import Segment
from tamizdat.edition.merkle import edition_root
from tamizdat.edition.pack import Put, Record, removal_key
from tamizdat.errors import Failure, FormatError

REQUEST_COST: Final = 160
"""What one more request is taken to weigh, in bytes (HTTP headers both ways)."""


def plan(mark: int, log_end: int, segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The cheapest chain of segments that covers ``mark`` to ``log_end``.

    A segment may begin before the place where it is needed. Among equally cheap chains the one with fewer requests,
    then the one whose first segment ends later. Raises FormatError when there is no chain.
    """
    usable = sorted((s for s in segments if s.stop > mark), key=lambda s: -s.stop)
    # best[p]: cost, requests and next segment from position p; filled from the end of the log backwards.
    best: dict[int, tuple[int, int, Segment | None]] = {log_end: (0, 0, None)}
    for place in sorted({segment.stop for segment in usable} | {mark}, reverse=True):
        if place >= log_end:
            continue
        options = [
            (best[s.stop][0] + _cost(s), best[s.stop][1] + 1, -s.stop, s.start, s)
            for s in usable
            if s.start <= place < s.stop and s.stop in best
        ]
        if options:
            cost, requests, _, _, segment = min(options, key=lambda option: option[:4])
            best[place] = (cost, requests, segment)
    if mark not in best:
        raise FormatError(Failure.MALFORMED, f"no segments lead from {mark} to {log_end}", what="index")
    return _chain(mark, log_end, best)


def _cost(segment: Segment) -> int:
    return segment.size + REQUEST_COST if segment.size else 0


def _chain(mark: int, log_end: int, best: Mapping[int, tuple[int, int, Segment | None]]) -> tuple[Segment, ...]:
    chain: list[Segment] = []
    place = mark
    while place < log_end:
        segment = best[place][2]
        if segment is None:  # pragma: no cover - only log_end has no next segment
            break
        chain.append(segment)
        place = segment.stop
    return tuple(chain)


def apply(stories: Mapping[str, bytes], records: Iterable[Record], language: str) -> dict[str, bytes]:
    """The stories after ``records``: puts replace, removals remove. ``stories`` stays as it is."""
    result = dict(stories)
    removed: set[str] = set()
    for record in records:
        if isinstance(record, Put):
            result[record.story_id] = record.story
        else:
            removed.add(record.key)
    if removed:
        result = {name: data for name, data in result.items() if removal_key(language, name) not in removed}
    return result


def check_root(stories: Mapping[str, bytes], count: int, root: bytes) -> None:
    """Raise WRONG_ROOT unless the stories are exactly those that the signed head stands for."""
    if len(stories) != count or edition_root(stories) != root:
        raise FormatError(
            Failure.WRONG_ROOT, f"{len(stories)} stories do not add up to the head's {count}", what="edition"
        )
