"""From *Publish* to verified: one story among 33,000, three mirrors, three readers.

``python -m benchmarks.publishing``. A newsroom in memory, which knows its changes, publishes to three folders on this
disk; each is served over HTTP, and a reader that knows the edition before asks it until it has the new story, verified.
The peer is Hugo as it is run while people write: a server that renders to disk what a change touches. It signs nothing
and brings nothing to any mirror.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

from benchmarks import build_stories, corpus
from benchmarks.build_generators import Hugo
from tamizdat.carriers.registry import open_inbound
from tamizdat.config import Config
from tamizdat.errors import ItemError
from tamizdat.publisher.pipeline import Publisher
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.sources.port import Gathered, Gone, Report, Source
from tamizdat.story import Story
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyfile import Argon2
from tamizdat.trust.keyring import Keyring, create_rehearsal

TITLE: Final = "Publishing"
TARGET_SECONDS: Final = 2.0
ROUNDS: Final = 20
MIRRORS: Final = 3
_NOW: Final = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_CHEAP: Final = Argon2(memory_kib=64, iterations=1)
_PASSPHRASE: Final = "bench"


class Desk:
    """A newsroom in memory. Implements the publisher's ports."""

    name = "newsroom"
    complete = True

    def __init__(self, stories: Iterable[Story]) -> None:
        self._stories = {(story.language, story.story_id): story for story in stories}
        self._log: list[Story] = []

    def publish(self, story: Story) -> None:
        """Let a story go to readers."""
        self._stories[story.language, story.story_id] = story
        self._log.append(story)

    def source(self, now: datetime) -> Source:  # noqa: ARG002 - the port's
        """See :class:`tamizdat.publisher.newsroom.Newsroom`."""
        return self

    def settle(self, config: Config) -> Config:
        """See :class:`tamizdat.publisher.newsroom.Newsroom`."""
        return config

    @property
    def mark(self) -> str:
        """See :class:`tamizdat.sources.port.ChangingSource`."""
        return str(len(self._log))

    def changes(
        self,
        since: str,
        again: Collection[tuple[str, str]],  # noqa: ARG002 - nothing is ever left out
        report: Report,  # noqa: ARG002 - as above
    ) -> Iterator[Gathered | Gone] | None:
        """See :class:`tamizdat.sources.port.ChangingSource`."""
        return (Gathered(story, dated=True, where=story.story_id) for story in self._log[int(since) :])

    def stories(self, report: Report) -> Iterator[Gathered]:  # noqa: ARG002 - as above
        """See :class:`tamizdat.sources.port.Source`."""
        return (Gathered(story, dated=True, where=story.story_id) for story in self._stories.values())

    def open_picture(self, origin: str) -> bytes:
        """See :class:`tamizdat.sources.port.Source`. There are none."""
        raise ItemError("there is none", where=origin)


@dataclass(frozen=True, slots=True)
class Measured:
    """One story's way."""

    publish_seconds: float
    """Until all mirrors hold the new signed timestamp."""
    verified_seconds: float
    """Until the last of three readers has verified it, the publish included."""
    cpu_seconds: float
    """All threads of this process: publisher, web servers and readers."""


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - http.server's name
        """Nothing is logged."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A mirror: ``folder`` over HTTP on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Room:
    """A publication of ``desk`` in ``folder``, with its mirrors beside it."""

    def __init__(self, folder: Path, languages: list[str], desk: Desk) -> None:
        self.languages = languages
        self.mirrors = [folder / f"mirror{number}" for number in range(MIRRORS)]
        home = folder / "publication"
        home.mkdir()
        text = f'[publication]\nname = "Bench"\nlanguages = {json.dumps(languages)}\n'
        text += 'base_url = "https://news.example/"\n[[sources]]\nkind = "newsroom"\n'
        text += "".join(f'[[carriers]]\nkind = "directory"\npath = "{mirror}"\n' for mirror in self.mirrors)
        (home / "tamizdat.toml").write_text(text, "utf-8")
        state = create_rehearsal(home, languages, _PASSPHRASE, "Bench", _NOW, _CHEAP)
        self._anchor = Anchor.parse(state.fingerprint)
        self._desk = desk
        self._publisher = Publisher(home, Keyring.open(home, lambda _: _PASSPHRASE), newsroom=desk)
        self._libraries = [MemoryLibrary() for _ in self.mirrors]

    def begin(self) -> float:
        """The first publish, of everything: its seconds. Readers fetch it."""
        begun = time.perf_counter()
        self._publisher.publish(_NOW)
        seconds = time.perf_counter() - begun
        # What was just put there is compared once more; from then on carriers are known.
        self._publisher.publish(_NOW + timedelta(minutes=1))
        self._publisher.warm_up(_NOW + timedelta(minutes=1))
        return seconds

    def read(self, addresses: list[str], language: str, now: datetime) -> None:
        """Three readers at once, each from its mirror. Raises RuntimeError if one is not served."""
        with ThreadPoolExecutor(MIRRORS) as pool:
            for visit in pool.map(partial(self._visit, language=language, now=now), addresses, self._libraries):
                if visit.faults:
                    raise RuntimeError(str(visit.faults))

    def _visit(self, address: str, library: MemoryLibrary, language: str, now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the reader's own
        return sync([open_inbound(address)], self._anchor, [language], library, now)

    def one(self, addresses: list[str], story: Story, now: datetime) -> Measured:
        """A story from *Publish* to verified."""
        begun, cpu = time.perf_counter(), time.process_time()
        self._desk.publish(story)
        report = self._publisher.publish(now, thorough=False)
        published = time.perf_counter()
        self.read(addresses, story.language, now)
        ended = time.perf_counter()
        if report.failed or report.gathering.new != 1:
            raise RuntimeError(str(report))
        return Measured(published - begun, ended - begun, time.process_time() - cpu)


def one_language(count: int) -> tuple[list[str], list[Story]]:
    """Ten years of one newspaper in English."""
    return ["en"], [replace(story, picture=None) for story in build_stories.stories(count)]


def many_languages(count: int, languages: int = 11) -> tuple[list[str], list[Story]]:
    """Real articles in many languages, again and again under other ids."""
    chosen = corpus.languages()[:languages]
    each = count // len(chosen)
    stories = [
        replace(
            corpus.stories(language)[number % len(corpus.stories(language))],
            story_id=f"story-{number:05}",
            published=_NOW - timedelta(hours=26 * (each - number)),
        )
        for language in chosen
        for number in range(each)
    ]
    return chosen, stories


def measured(languages: list[str], stories: list[Story], rounds: int) -> tuple[float, list[Measured]]:
    """Seconds of the first publish, and of ``rounds`` stories, one after the other, a few minutes apart."""
    with tempfile.TemporaryDirectory(prefix="tamizdat-bench-") as name, ExitStack() as servers:
        room = Room(Path(name), languages, Desk(stories))
        first = room.begin()
        addresses = [servers.enter_context(served(mirror)) for mirror in room.mirrors]
        room.read(addresses, languages[0], _NOW + timedelta(minutes=1))
        results = []
        for number in range(rounds):
            now = _NOW + timedelta(minutes=2 + 7 * number)
            story = replace(stories[7 * number], story_id=f"news-{number}", published=now, updated=None)
            results.append(room.one(addresses, replace(story, language=languages[0]), now))
    return first, results


def hugo(count: int) -> float | None:
    """Seconds in which Hugo, already running, renders a story whose text changed; None where it is not installed."""
    peer = Hugo()
    if not peer.version():
        return None
    stories = one_language(count)[1]
    with tempfile.TemporaryDirectory(prefix="tamizdat-bench-") as name:
        folder = Path(name)
        peer.write(folder, stories)
        changed = replace(stories[-50], headline=f"{stories[-50].headline} again")
        file = next(folder.rglob(f"{changed.story_id}.md"))
        return peer.change(folder, file, peer.file(changed)).seconds


def lines(count: int, rounds: int) -> Iterator[str]:
    """The section, line by line."""
    yield f"## {TITLE}"
    yield ""
    yield f"One story among {count:,}, {MIRRORS} mirrors, {os.cpu_count()} cores: median and slowest of {rounds}."
    yield ""
    yield f"| | on all mirrors, s | verified by {MIRRORS} readers, s | slowest, s | processor, s |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    ours = 0.0
    for name, (languages, stories) in (
        ("one language", one_language(count)),
        ("11 languages", many_languages(count)),
    ):
        _, results = measured(languages, stories, rounds)
        verified = [each.verified_seconds for each in results]
        ours = ours or statistics.median(verified)
        yield (
            f"| Tamizdat, {name} (target {TARGET_SECONDS:.0f}) "
            f"| {statistics.median(each.publish_seconds for each in results):.2f} "
            f"| {statistics.median(verified):.2f} | {max(verified):.2f} "
            f"| {statistics.median(each.cpu_seconds for each in results):.2f} |"
        )
    peer = hugo(count)
    if peer is not None:
        times = f"{peer:.2f} ({peer / ours:.1f} times ours, verified)"
        yield f"| Hugo {Hugo().version()}, rendered on this disk, one language | {times} | | | |"


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=build_stories.ALL_STORIES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    if not corpus.languages():
        print(f"no corpus at {corpus.FOLDER}: nothing to measure", file=sys.stderr)
        return 1
    for line in lines(arguments.stories, arguments.rounds):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
