"""The figures: our side of every comparison, through the same code that publishers and readers run."""

import gzip
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import corpus, peers
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_to_bytes
from tamizdat.edition.pack import Put
from tamizdat.publisher.packing import squeeze
from tamizdat.publisher.pipeline import Publisher
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.story import Story, plain
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyfile import Argon2
from tamizdat.trust.keyring import Keyring, create_rehearsal
from tamizdat.trust.state import State

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
_CHEAP = Argon2(memory_kib=64, iterations=1)


class Bench:
    """A publication in a temporary folder with one JSON Lines source."""

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        self.folder = folder
        settings = f'[publication]\nname = "Bench"\nlanguages = {json.dumps(list(languages))}\n'
        settings += '[[sources]]\nkind = "jsonl"\npath = "stories.jsonl"\n'
        (folder / "tamizdat.toml").write_text(settings, "utf-8")
        self.state: State = create_rehearsal(folder, languages, "bench", "Bench", NOW, _CHEAP)

    def publish(self, stories: Sequence[Story], now: datetime = NOW) -> None:
        """Publish exactly these stories."""
        lines = (json.dumps(_line(story), ensure_ascii=False) + "\n" for story in stories)
        (self.folder / "stories.jsonl").write_text("".join(lines), "utf-8")
        Publisher(self.folder, Keyring.open(self.folder, lambda _: "bench")).publish(now)

    def visit(self, languages: Sequence[str], library: MemoryLibrary, now: datetime = NOW) -> dict[str, int]:
        """Bytes fetched by a visit, by kind of file: ``metadata`` gzip'd as served, the rest as it is."""
        mirror = _Counting(self.folder / "out")
        visit = sync([mirror], Anchor.parse(self.state.fingerprint), languages, library, now)
        if visit.faults:
            raise RuntimeError(str(visit.faults))
        return mirror.counted


class _Counting:
    """A mirror that counts what it serves."""

    def __init__(self, folder: Path) -> None:
        self._inside = open_inbound(str(folder))
        self.name = self._inside.name
        self.counted: dict[str, int] = {"metadata": 0, "editions": 0, "requests": 0}

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """Fetch and count."""
        data = self._inside.fetch(path, max_bytes)
        self.counted["requests"] += 1
        if path.startswith("metadata/"):
            self.counted["metadata"] += len(gzip.compress(data, 9, mtime=0))
        else:
            self.counted["editions"] += len(data)
        return data


def _line(story: Story) -> dict[str, object]:
    return {
        "id": story.story_id,
        "lang": story.language,
        "headline": story.headline,
        "paragraphs": [plain(block.text) for block in story.body if hasattr(block, "text")],
        "byline": list(story.byline),
        "dateline": story.dateline,
        "sections": list(story.sections),
        "topics": list(story.topics),
        "published": story.published.isoformat(),
    }


@contextmanager
def bench(languages: Sequence[str]) -> Iterator[Bench]:
    """A fresh publication, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tamizdat-bench-"))
    try:
        yield Bench(folder, languages)
    finally:
        shutil.rmtree(folder)


def first_sync(languages: Sequence[str], count: int) -> float:
    """Mean bytes a story that a reader fetches besides signed metadata, first sync of ``count`` stories."""
    with bench(languages) as room:
        room.publish([story for language in languages for story in corpus.stories(language)[:count]])
        fetched = [room.visit([language], MemoryLibrary())["editions"] for language in languages]
    return sum(fetched) / len(fetched) / count


def peer_mean(peer: peers.Peer, languages: Sequence[str], count: int) -> float:
    """Mean bytes a story of a peer."""
    return sum(peer(corpus.stories(language)[:count]) for language in languages) / len(languages) / count


@dataclass(frozen=True, slots=True)
class CatchUp:
    """A reader ``days`` behind: bytes and requests (index and packs) against one ideal pack and a whole download."""

    days: int
    fetched: int
    requests: int
    ideal: int
    whole: int


def catch_up(language: str, a_day: int, away: Sequence[int]) -> list[CatchUp]:
    """Publish ``a_day`` stories a day for as long as the corpus lasts, then come back after ``away`` days."""
    stories = corpus.stories(language)
    total = len(stories) // a_day
    with bench([language]) as room:
        libraries: dict[int, MemoryLibrary] = {}
        for day in range(total):
            now = NOW + timedelta(days=day)
            room.publish(stories[: (day + 1) * a_day], now)
            for days in away:
                if day == total - 1 - days:
                    libraries[days] = MemoryLibrary()
                    room.visit([language], libraries[days], now)
        # The day after the last: its unit is closed, nothing is unmerged.
        end = NOW + timedelta(days=total)
        results = []
        for days in away:
            lacking = stories[(total - days) * a_day : total * a_day]
            counted = room.visit([language], libraries[days], end)
            ideal = len(squeeze([Put(story.story_id, story_to_bytes(story)) for story in lacking]))
            whole = room.visit([language], MemoryLibrary(), end)["editions"]
            results.append(CatchUp(days, counted["editions"], counted["requests"], ideal, whole))
    return results


def contact(count: int) -> tuple[int, int]:
    """Metadata bytes, gzip'd file by file: first contact for one of ``count`` languages; a visit with nothing new."""
    languages = [f"{a}{b}" for a in "abcdefghij" for b in "xyz"][:count]
    with bench(languages) as room:
        story = Story("a", languages[0], "Headline", NOW)
        room.publish([story])
        library = MemoryLibrary()
        first = room.visit(languages[:1], library)["metadata"]
        return first, room.visit(languages[:1], library)["metadata"]


def verify_seconds(language: str, rounds: int = 5) -> float:
    """Median seconds of a whole first sync from memory: fetch, verify, unpack, Merkle root, 100 stories."""
    with bench([language]) as room:
        room.publish(corpus.stories(language))
        times = []
        for _ in range(rounds):
            begun = time.perf_counter()
            room.visit([language], MemoryLibrary())
            times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2]
