"""A newsroom's log in memory: what a publisher does to one language, without files, keys or a ledger."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.edition.catchup import net, plan
from tamizdat.edition.index import Segment
from tamizdat.edition.pack import Put, Record, Removal, encode_pack, record_text, removal_key
from tamizdat.edition.schedule import MAX_BLOCK, Log, ranges, shelf_below, weight
from tamizdat.story import Paragraph, Story, rich

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "ntrex"
Pack = Callable[[list[Record]], bytes]


def applied(stories: Mapping[str, bytes], records: Iterable[Record], language: str) -> dict[str, bytes]:
    """The stories after ``records``, as a reader has them."""
    put, removed = net(stories, records, language)
    return {name: story for name, story in {**stories, **put}.items() if name not in removed}


@dataclass
class Entry:
    story_id: str
    record: Record
    live: bool = True


@dataclass
class Desk:
    """Stories come and go with :meth:`publish`; ``packs`` are the files that were ever made, by digest."""

    language: str = "en"
    pack: Pack = encode_pack
    entries: list[Entry] = field(default_factory=list)
    offsets: list[int] = field(default_factory=lambda: [0])
    units: list[int] = field(default_factory=lambda: [0])
    cuts: list[int] = field(default_factory=list)
    day: int = 0
    packs: dict[bytes, bytes] = field(default_factory=dict)
    made: dict[tuple[int, int, int], Segment] = field(default_factory=dict)
    where: dict[str, int] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return len(self.entries)

    def publish(self, day: int, puts: Mapping[str, bytes], removals: Iterable[str] = ()) -> None:
        """One edition on ``day``. Units close as the publisher closes them (``publisher/issue.py``)."""
        before = self.end
        if self.cuts and self.day < day and before > self.units[-1]:
            self.units.append(before)
        for story_id, story in puts.items():
            self._append(story_id, Put(story_id, story))
        for story_id in removals:
            self._append(story_id, Removal(removal_key(self.language, story_id)))
        for place in range(max(before, self.units[-1] + 1), self.end):
            if weight(self.offsets.__getitem__, self.units[-1], place + 1) > MAX_BLOCK:
                self.units.append(place)
        self.day = day
        if self.end > before:
            self.cuts.append(self.end)

    def _append(self, story_id: str, record: Record) -> None:
        if story_id in self.where:
            self.entries[self.where[story_id]].live = False
        self.where[story_id] = self.end
        self.entries.append(Entry(story_id, record))
        self.offsets.append(self.offsets[-1] + len(record_text(record).encode()))

    def stories(self) -> dict[str, bytes]:
        """The current edition."""
        return {e.story_id: e.record.story for e in self.entries if e.live and isinstance(e.record, Put)}

    def records(self, start: int, stop: int) -> list[Record]:
        """What a pack over this range holds: live records only."""
        return [entry.record for entry in self.entries[start:stop] if entry.live]

    def log(self) -> Log:
        """The log's shape, as ``publisher/packing.py`` shows it to the schedule."""
        units = tuple(self.units)
        previous = units[-2] if len(units) > 1 else units[-1]
        return Log(units, self._cuts(units[-1], self.end), self._cuts(previous, units[-1]), self.offsets.__getitem__)

    def _cuts(self, start: int, stop: int) -> tuple[int, ...]:
        return (start, *(cut for cut in self.cuts if start < cut < stop), stop) if stop > start else (start,)

    def segments(self) -> list[Segment]:
        """Every segment that the current index and shelf name; packs that are new are made."""
        alive = [place for place, entry in enumerate(self.entries) if entry.live]
        return [
            self.segment(start, stop, bisect_left(alive, stop) - bisect_left(alive, start))
            for start, stop in ranges(self.log())
        ]

    def segment(self, start: int, stop: int, live: int) -> Segment:
        """The segment over a range with ``live`` live records."""
        if not live:
            return Segment(start, stop, 0)
        key = (start, stop, live)
        if key not in self.made:
            data = self.pack(self.records(start, stop))
            digest = hashlib.sha256(data).digest()
            self.packs[digest] = data
            self.made[key] = Segment(start, stop, len(data), digest)
        return self.made[key]

    def chain(self, mark: int) -> tuple[Segment, ...]:
        """What a reader at ``mark`` fetches: it reads the shelf only if the index tells it to."""
        return self.chains([mark])[mark]

    def chains(self, marks: Iterable[int]) -> dict[int, tuple[Segment, ...]]:
        """:meth:`chain` for many readers."""
        log, segments = self.log(), self.segments()
        below = shelf_below(log)
        index = [segment for segment in segments if segment.start >= below]
        return {mark: plan(mark, self.end, segments if mark < below else index) for mark in marks}


def corpus_stories(language: str) -> dict[str, bytes]:
    """The corpus' 100 articles as canonical stories with ids, sections, times and a byline, in order."""
    found: dict[str, bytes] = {}
    with (CORPUS / f"{language}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            found[item["id"]] = story_to_bytes(
                Story(
                    story_id=item["id"],
                    language=language,
                    headline=item["headline"],
                    published=datetime(2026, 11, 1 + len(found) % 28, 6 + len(found) % 16, 7, 5, tzinfo=UTC),
                    sections=(("politics", "war", "economy", "culture")[len(found) % 4],),
                    body=tuple(Paragraph(rich(text)) for text in item["paragraphs"]),
                )
            )
    return found
