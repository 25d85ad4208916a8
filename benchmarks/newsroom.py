"""A newsroom at work: from an editor's *Publish* to readers who verified it, and how long its screens take.

Everything is real: the newsroom's database, its press in a process of its own, three mirrors over HTTP, a reader. The
peer of the screens is Wagtail's own list of the same pages, with what wagtail-localize puts into it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from benchmarks import build_stories
from benchmarks.publishing import MIRRORS, TARGET_SECONDS, served
from tamizdat.carriers.registry import open_inbound
from tamizdat.errors import ItemError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.sources.port import Gathered, Report
from tamizdat.story import Story
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyfile import Argon2
from tamizdat.trust.keyring import create_rehearsal, load_state

TITLE: Final = "The newsroom"
TARGET_SCREEN_MS: Final = 300
TARGET_QUERIES: Final = 40
TARGET_BREAKING_SECONDS: Final = 5
_LANGUAGES: Final = ("en", "fa", "ru")
"""Of the newspapers; what is there at the beginning is in the first."""
_PASSPHRASE: Final = "bench"
_ROUNDS: Final = 12
_LOOKS: Final = 7
_PATIENCE_SECONDS: Final = 1_200.0


class _Stories:
    """Stories to move in. Implements the source's port."""

    name = "benchmark"
    complete = True

    def __init__(self, stories: list[Story]) -> None:
        self._stories = stories

    def stories(self, report: Report) -> Iterator[Gathered]:  # noqa: ARG002 - the port's
        return (Gathered(story, dated=True, where=story.story_id) for story in self._stories)

    def open_picture(self, origin: str) -> bytes:
        raise ItemError("has no pictures", where=origin)


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen: its name, address, the median of some looks in milliseconds, and its queries."""

    name: str
    milliseconds: float
    queries: int


@contextmanager
def newsroom(count: int) -> Iterator[tuple[Path, float]]:
    """A newsroom of this process with ``count`` stories that are out; and the seconds in which they moved in."""
    with tempfile.TemporaryDirectory(prefix="tamizdat-bench-") as name:
        folder = Path(name)
        carriers = "".join(f'[[carriers]]\nkind = "directory"\npath = "m{at}"\n' for at in range(MIRRORS))
        head = (
            f'[publication]\nname = "Bench"\nlanguages = {json.dumps(_LANGUAGES)}\nbase_url = "https://news.example/"\n'
        )
        (folder / "tamizdat.toml").write_text(f'{head}[[sources]]\nkind = "newsroom"\n{carriers}', "utf-8")
        now = datetime.now(UTC).replace(microsecond=0)
        create_rehearsal(folder, _LANGUAGES, _PASSPHRASE, "Bench", now, Argon2(memory_kib=64, iterations=1))
        # In a process of its own, as in a newsroom: what is measured begins with no stories in memory.
        moved = float(_own_process("move", str(folder), str(count)))
        _set_up(folder)
        yield folder, moved


def _own_process(*arguments: str) -> str:
    """What this module says when it is run with ``arguments``."""
    command = [sys.executable, "-m", "benchmarks.newsroom", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _set_up(folder: Path) -> None:
    import django  # noqa: PLC0415 - reads its settings when it is set up

    os.environ |= {"TAMIZDAT_NEWSROOM": str(folder), "DJANGO_SETTINGS_MODULE": "tamizdat.newsroom.settings"}
    django.setup()
    from tamizdat.newsroom.set_up import set_up  # noqa: PLC0415 - needs loaded models

    set_up()


def _move(folder: Path, count: int) -> float:
    """Seconds in which ``count`` stories move in."""
    _set_up(folder)
    from tamizdat.newsroom.moving_in.moving import Mover  # noqa: PLC0415 - needs loaded models

    stories = [replace(story, picture=None) for story in build_stories.stories(count)]
    begun = time.perf_counter()
    Mover(_Stories(stories), "benchmark").move()
    return time.perf_counter() - begun


@contextmanager
def press(folder: Path) -> Iterator[float]:
    """The press in a process of its own, once it has published everything; and the seconds that took."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tamizdat.newsroom", "press"], stdin=subprocess.PIPE, text=True, env=os.environ
    )
    stdin = cast(IO[str], process.stdin)
    try:
        stdin.write(f"{_PASSPHRASE}\n")
        stdin.flush()
        _wait((folder / "m0" / "metadata" / "timestamp.json").exists)
        first = time.perf_counter() - begun
        _wait(_is_idle)
        yield first
    finally:
        stdin.close()
        process.wait()


def _is_idle() -> bool:
    from tamizdat.newsroom.pressroom.models import Run  # noqa: PLC0415 - needs loaded models
    from tamizdat.newsroom.pressroom.press import finished_upto, newest_order  # noqa: PLC0415 - as above

    return Run.objects.filter(ended__isnull=False).exists() and finished_upto() >= newest_order()


def _wait(condition: Any) -> None:  # noqa: ANN401 - a function without arguments
    until = time.perf_counter() + _PATIENCE_SECONDS
    while not condition():
        if time.perf_counter() > until:
            raise RuntimeError("the press did not publish")
        time.sleep(0.02)


def published(folder: Path, rounds: int) -> list[float]:
    """Seconds from *Publish* to a reader of all mirrors who verified it, for ``rounds`` stories one after the other.

    All mirrors have it by then.
    """
    from tamizdat.newsroom.stories.models import Newspaper, StoryPage  # noqa: PLC0415 - needs loaded models

    paper = Newspaper.objects.get(locale__language_code=_LANGUAGES[0])
    seconds = []
    with _reader(folder, _LANGUAGES[:1]) as reader:
        for number in range(rounds):
            body = [{"type": "text", "value": f"<p>What happened at {number} o'clock.</p>"}]
            page = paper.add_child(instance=StoryPage(title=f"News {number}", body=body, live=False))
            revision = page.save_revision()
            begun = time.perf_counter()
            revision.publish()
            seconds.append(reader.seconds_until(page.story_id, begun))
    return seconds


def broken(folder: Path, rounds: int) -> list[float]:
    """Seconds from *Put it out* on the screen of breaking news to a reader who verified it in every language."""
    from django.urls import reverse  # noqa: PLC0415 - needs loaded models

    from tamizdat.newsroom.stories.ids import new_story_id  # noqa: PLC0415 - as above

    client, address = _administrator(), reverse("breaking")
    seconds = []
    with _reader(folder, _LANGUAGES) as reader:
        for number in range(rounds):
            words = {f"headline-{tag}": f"News {number} in {tag}" for tag in _LANGUAGES}
            form = {**words, **{f"in-{tag}": "1" for tag in _LANGUAGES}, "until": "60"}
            story_id = new_story_id(words[f"headline-{_LANGUAGES[0]}"])
            begun = time.perf_counter()
            answer = client.post(address, {**form, "act": "out", "story_id": story_id})
            if answer.status_code != 302:
                raise RuntimeError(f"{address}: {answer.status_code}")
            seconds.append(reader.seconds_until(story_id, begun))
    return seconds


def _administrator() -> Any:  # noqa: ANN401 - Django's client, which is not loaded before the settings
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - needs loaded models
    from django.test import Client  # noqa: PLC0415 - as above

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(get_user_model().objects.create_superuser("bench", "", "bench bench bench"))
    return client


@contextmanager
def _reader(folder: Path, languages: Sequence[str]) -> Iterator["_Reader"]:
    """Somebody who has all that is out, from mirrors that are served as long as this lasts."""
    with ExitStack() as servers:
        addresses = [servers.enter_context(served(folder / f"m{at}")) for at in range(MIRRORS)]
        reader = _Reader(addresses, Anchor.parse(load_state(folder).fingerprint), languages)
        reader.has("")
        yield reader


class _Reader:
    """Somebody who asks all mirrors, again and again."""

    def __init__(self, addresses: list[str], anchor: Anchor, languages: Sequence[str]) -> None:
        self._addresses = addresses
        self._anchor = anchor
        self._languages = languages
        self._library = MemoryLibrary()

    def has(self, story_id: str) -> bool:
        """Whether all mirrors show the newest, and the story is in every edition that was verified."""
        roads = [open_inbound(address) for address in self._addresses]
        visit = sync(roads, self._anchor, self._languages, self._library, datetime.now(UTC))
        together = all(trail.timestamp_version == visit.newest for trail in visit.trails)
        there = all(tag in visit.editions and story_id in visit.editions[tag].stories for tag in self._languages)
        return together and not visit.faults and there

    def seconds_until(self, story_id: str, begun: float) -> float:
        """Seconds from ``begun`` until it is there; the press has its rest then."""
        while not self.has(story_id):
            time.sleep(0.02)
        taken = time.perf_counter() - begun
        # It warms up after a run; the next editor is not that quick.
        time.sleep(2)
        return taken


def screens() -> Iterator[Screen]:
    """What an editor opens most, as an administrator sees it."""
    from django.db import connection  # noqa: PLC0415 - needs loaded models
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as above

    from tamizdat.newsroom.stories.models import Newspaper, StoryPage  # noqa: PLC0415 - as above

    client = _administrator()
    page, paper = StoryPage.objects.order_by("pk")[100], Newspaper.objects.get(locale__language_code=_LANGUAGES[0])
    for name, address in (
        ("home", "/admin/"),
        ("all stories", "/admin/stories/"),
        ("all stories, one section, out", "/admin/stories/?section=politics&state=out"),
        ("all stories, a word", "/admin/stories/?q=harbour"),
        ("all stories, a word of every story", "/admin/stories/?q=the"),
        ("all stories, a word of every story, one section, out", "/admin/stories/?q=the&section=politics&state=out"),
        ("translations", "/admin/translating/"),
        ("translations that are out (there are none)", "/admin/translating/?state=published"),
        ("stories that are missing in Persian", "/admin/translating/?state=missing&language=fa"),
        ("a newspaper in the tree", f"/admin/pages/{paper.pk}/"),
        ("a story's form", f"/admin/pages/{page.pk}/edit/"),
        ("a story's record", f"/admin/record/{page.story_id}/"),
        ("a story's copies for others", f"/admin/share/{page.story_id}/"),
        ("front page", f"/admin/fronts/{_LANGUAGES[0]}/"),
        ("breaking news", "/admin/breaking/"),
        ("wires", "/admin/wires/"),
        ("publication desk", "/admin/desk/"),
    ):
        times, queries = [], 0
        for _ in range(_LOOKS):
            with CaptureQueriesContext(connection) as captured:
                begun = time.perf_counter()
                answer = client.get(address)
                times.append((time.perf_counter() - begun) * 1_000)
            queries = len(captured)
            if answer.status_code != 200:
                raise RuntimeError(f"{address}: {answer.status_code}")
        yield Screen(name, statistics.median(times), queries)


def lines(count: int, archive: int) -> Iterator[str]:
    """The section, line by line: publishing with ``archive`` stories, screens with ``count``."""
    yield f"## {TITLE}"
    yield ""
    yield f"{os.cpu_count()} cores, SQLite, everything on one machine; the press is a process of its own."
    yield ""
    for part in (_of_publishing(archive), _of_screens(count)):
        # Django is set up once in a process.
        yield from part


def _of_publishing(archive: int) -> Iterator[str]:
    with newsroom(archive) as (folder, moved), press(folder) as first:
        seconds = published(folder, _ROUNDS)
        breaking = broken(folder, _ROUNDS)
    middle, slowest = statistics.median(seconds), max(seconds)
    yield f"From *Publish* to verified by a reader of {MIRRORS} mirrors, one story among {archive:,}, median and"
    yield f"slowest of {_ROUNDS}: **{middle:.2f} s** and {slowest:.2f} s (target {TARGET_SECONDS:.0f}). Moving in took"
    yield f"{moved:.0f} s, {archive / moved:,.0f} stories a second; the first publish of everything {first:.0f} s."
    yield ""
    middle, slowest = statistics.median(breaking), max(breaking)
    yield f"Breaking news in {len(_LANGUAGES)} languages at once, from its screen to the same reader: median and"
    yield f"slowest of {_ROUNDS} **{middle:.2f} s** and {slowest:.2f} s (target {TARGET_BREAKING_SECONDS})."
    yield ""


def _of_screens(count: int) -> Iterator[str]:
    made = json.loads(_own_process("screens", str(count)))
    yield f"| screen, {count:,} stories | ms (target {TARGET_SCREEN_MS}) | queries (target {TARGET_QUERIES}) |"
    yield "| --- | ---: | ---: |"
    for screen in made:
        yield f"| {screen['name']} | {screen['milliseconds']:.0f} | {screen['queries']} |"
    yield ""


def main() -> None:
    """Do one part of it for the process that started this one: ``move FOLDER COUNT`` or ``screens COUNT``."""
    part, *arguments = sys.argv[1:]
    if part == "move":
        sys.stdout.write(str(_move(Path(arguments[0]), int(arguments[1]))))
        return
    with newsroom(int(arguments[0])):
        found = [{"name": each.name, "milliseconds": each.milliseconds, "queries": each.queries} for each in screens()]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
