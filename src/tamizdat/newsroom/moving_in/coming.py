"""What a source says, as an import takes it: chunk by chunk, each story once, cut to what a page can hold."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from tamizdat.errors import ItemError, ItemWithdrawn
from tamizdat.newsroom.moving_in.about import About, about
from tamizdat.newsroom.moving_in.knowing import Item, Key
from tamizdat.newsroom.moving_in.report import Fault, MoveReport
from tamizdat.newsroom.stories.from_story import fitted
from tamizdat.newsroom.stories.times import may_break_until
from tamizdat.sources.port import EmbargoSource, Gathered, Source

CHUNK_STORIES: Final = 200
_CHUNK_BLOCKS: Final = 20_000
_MAX_NAMED: Final = 20
_SHOWN_CHARS: Final = 60


class Coming:
    """The stories of ``source`` in ``languages``, read once. ``report`` hears of what does not come, or not whole.

    What was read so far is in ``seen``, and what the source took back in ``withdrawn``.
    """

    def __init__(self, source: Source, languages: Collection[str], report: MoveReport) -> None:
        self._source = source
        self._languages = languages
        self._report = report
        self._foreign: dict[str, list[str]] = {}
        """Headlines in languages that the publication does not have."""
        self.seen: set[Key] = set()
        self.withdrawn: list[ItemWithdrawn] = []

    def chunks(self) -> Iterator[list[Item]]:
        """All of them, some hundred at a time. Raises SourceError.

        A language without an embargo comes after those of its story that have one: what is here by then holds it.
        """
        late: list[Item] = []
        yield from _chunks(item for item in self._items() if not self._waits(item, late))
        yield from _chunks(late)

    def _waits(self, item: Item, late: list[Item]) -> bool:
        """Whether another language of it is under an embargo; then it is among ``late``."""
        until, origin = item.about.embargo, item.gathered.origin
        names = {item.gathered.story.story_id, origin.group if origin else ""}
        waits = not (until and until > datetime.now(UTC)) and not names.isdisjoint(self._under_embargo())
        if waits:
            late.append(item)
        return waits

    def _under_embargo(self) -> Collection[str]:
        return self._source.under_embargo if isinstance(self._source, EmbargoSource) else ()

    def tell_foreign(self) -> None:
        """Report what was left out for its language: one line for each."""
        for language, headlines in sorted(self._foreign.items()):
            names = ", ".join(repr(each[:_SHOWN_CHARS]) for each in headlines[:_MAX_NAMED])
            more = f" and {len(headlines) - _MAX_NAMED} more" if len(headlines) > _MAX_NAMED else ""
            text = f"{len(headlines)} stories left out: {language} is not among the publication's languages"
            self._report.add(Fault(self._report.source, "", "language", f"{text}: {names}{more}", left_out=True))
            self._report.left_out += len(headlines) - 1

    def _items(self) -> Iterator[Item]:
        for gathered in self._source.stories(self._hear):
            self._report.read += 1
            self._report.name(gathered.story.story_id, gathered.story.headline)
            language, said = gathered.story.language, about(gathered)
            key = (language, said.own_id or gathered.story.story_id)
            self._report.languages[language] = self._report.languages.get(language, 0) + 1
            if language not in self._languages:
                self._foreign.setdefault(language, []).append(gathered.story.headline)
            elif key in self.seen:
                self._report.leave_out(gathered, "the source has another story of this id in this language")
            else:
                self.seen.add(key)
                yield self._item(gathered, said)

    def _hear(self, error: ItemError) -> None:
        self._report.take(error)
        if isinstance(error, ItemWithdrawn):
            self.withdrawn.append(error)

    def _item(self, gathered: Gathered, said: About) -> Item:
        # Those go into the story's record.
        fit = fitted(replace(gathered.story, corrections=()))
        for field, text in fit.losses:
            self._report.note(gathered, field, text)
        story = fit.story
        if not may_break_until(story.breaking_until, said.embargo):
            text = "more than two days ahead: left out, it is not breaking news here"
            self._report.note(gathered, "breaking_until", text)
            story = replace(story, breaking_until=None)
        return Item(gathered, story, said)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    chunk: list[Item] = []
    blocks = 0
    for item in items:
        chunk.append(item)
        blocks += len(item.story.body)
        if len(chunk) >= CHUNK_STORIES or blocks >= _CHUNK_BLOCKS:
            yield chunk
            chunk, blocks = [], 0
    if chunk:
        yield chunk
