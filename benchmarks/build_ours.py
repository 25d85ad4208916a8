"""Our side of the build benchmark, each part in a process of its own: ``python -m benchmarks.build_ours PART FOLDER``.

Stories lie in a database as canonical bytes, as a publisher's ledger has them; pages go through the carrier that a
publish gives them to.
"""

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from benchmarks import build_paper, build_stories
from benchmarks.build_compression import cpu_seconds
from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.edition.canonical import split_story, story_from_bytes, story_to_bytes
from tamizdat.press.card import Card, Issue
from tamizdat.press.site import LanguageSite
from tamizdat.story import Paragraph, Story, rich

OUT: Final = "public"
_STORIES: Final = "stories.sqlite"
_PLACES: Final = (0.0, 0.003, 0.02, 0.2, 0.7)
"""Which stories are changed: from the newest (0) to the oldest (1). Newsrooms mostly change what is new."""
Changes = Mapping[str, Story | None]


@dataclass(frozen=True, slots=True)
class Change:
    """One change: how long it took, how many files it touched, and precompressing these (processor time, by coding)."""

    kind: str
    press_seconds: float
    write_seconds: float
    cpu_seconds: float
    files: int
    compress_cpu_seconds: Mapping[str, float]


class _Newsroom:
    """The stories, a press that has their pages in mind, and where these are written."""

    def __init__(self, folder: Path) -> None:
        self.db = sqlite3.connect(folder / _STORIES)
        self.out = folder / OUT
        self._outbound = DirectoryOutbound(self.out)
        self._site = LanguageSite(build_paper.paper())
        self._issue = build_paper.last_issue()
        self._others: dict[str, dict[str, str]] = {}

    def build(self) -> None:
        """Press and write everything."""
        cards = [self._card(data, None) for (data,) in self.db.execute("SELECT story FROM body ORDER BY story_id")]
        self._others = {card.story_id: {card.language: f"{card.language}/{card.path}"} for card in cards}
        pressed = self._site.build(cards, self._bytes, self._others, self._issue, self._issue.time)
        self._outbound.put_many((path, page) for path, page in pressed if page is not None)

    def change(self, kind: str, changes: Changes) -> Change:
        """Publish ``changes`` in an edition of their own."""
        self._issue = Issue(self._issue.number + 1, self._issue.time + timedelta(minutes=1))
        cards = {name: self._keep(story) if story else None for name, story in changes.items()}
        for name, card in cards.items():
            self._others[name] = {card.language: f"{card.language}/{card.path}"} if card else {}
            if card is None:
                self.db.execute("DELETE FROM body WHERE story_id = ?", (name,))
        begun, cpu = time.perf_counter(), time.process_time()
        pressed = list(self._site.update(cards, self._bytes, self._others, self._issue, self._issue.time))
        middle = time.perf_counter()
        self._outbound.put_many((path, page) for path, page in pressed if page is not None)
        for path, page in pressed:
            if page is None:
                self._outbound.delete(path)
        ended, cpu = time.perf_counter(), time.process_time() - cpu
        pages = [(path, page) for path, page in pressed if page is not None]
        return Change(kind, middle - begun, ended - middle, cpu, len(pressed), cpu_seconds(pages))

    def story(self, story_id: str) -> Story:
        """A current story."""
        return story_from_bytes(self._bytes(story_id))

    def _bytes(self, story_id: str) -> bytes:
        (data,) = self.db.execute("SELECT story FROM body WHERE story_id = ?", (story_id,)).fetchone()
        return bytes(data)

    def _keep(self, story: Story) -> Card:
        data = story_to_bytes(story)
        self.db.execute("INSERT OR REPLACE INTO body VALUES (?, ?)", (story.story_id, data))
        return self._card(data, self._issue)

    @staticmethod
    def _card(data: bytes, issue: Issue | None) -> Card:
        head = split_story(data)[0]
        return Card.of(head, issue or build_paper.issue_of(head))


# --- parts --------------------------------------------------------------------------------------------------------


def keep_stories(folder: Path, stories: Iterator[Story]) -> None:
    """The ledger's side: canonical bytes by id."""
    with sqlite3.connect(folder / _STORIES) as db:
        db.execute("CREATE TABLE body (story_id TEXT PRIMARY KEY, story BLOB NOT NULL)")
        db.executemany("INSERT INTO body VALUES (?, ?)", ((each.story_id, story_to_bytes(each)) for each in stories))


def build(folder: Path) -> None:
    """Everything, from nothing."""
    _Newsroom(folder).build()


def changes(folder: Path) -> list[Change]:
    """A warm press, and one change after the other: of each kind one at every place."""
    shutil.rmtree(folder / OUT, ignore_errors=True)
    newsroom = _Newsroom(folder)
    newsroom.build()
    ids = [row[0] for row in newsroom.db.execute("SELECT story_id FROM body ORDER BY story_id")]
    kinds: dict[str, Callable[[Story, int], Changes]] = {
        "text": lambda story, _: {story.story_id: replace(story, body=(*story.body, Paragraph(rich("Put right."))))},
        "headline": lambda story, at: {story.story_id: replace(story, headline=f"{story.headline} {at}")},
        "new": lambda story, at: _new(build_stories.story(build_stories.ALL_STORIES + at, story.published)),
        "removed": lambda story, _: {story.story_id: None},
    }
    done = []
    for offset, (kind, change) in enumerate(kinds.items()):
        for at, place in enumerate(_PLACES):
            newer = int(place * (len(ids) - 40)) + 4 * at + offset  # no story twice
            story = newsroom.story(ids[-1 - newer])
            done.append(newsroom.change(kind, change(story, at)))
    return done


def _new(story: Story) -> Changes:
    return {story.story_id: replace(story, published=story.published + timedelta(minutes=1))}


def main() -> None:
    """One part, and its result as JSON."""
    part, folder = sys.argv[1], Path(sys.argv[2])
    if part == "build":
        build(folder)
    else:
        print(json.dumps([asdict(change) for change in changes(folder)]))


if __name__ == "__main__":
    main()
