"""Sources into the ledger: what is new, what changed, what is gone; every fault reported, nothing lost silently.

A source that knows its own changes is asked for them alone, as long as the ledger knows where it was left. Whatever
could not be taken then, or could be taken otherwise another time, is asked for again, so that the ledger becomes what
reading everything would make of it (docs/adr/0020).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.publisher.ledger import Ledger
from tamizdat.sources.port import ChangingSource, Gathered, Gone, Source
from tamizdat.story import Block, Picture, PictureBlock, Story

PressPicture = Callable[[Source, Picture], Picture]
"""Makes the published picture out of the original. Raises ItemError when it cannot."""

Key = tuple[str, str]
"""Language and story id."""

MAX_AHEAD: Final = timedelta(days=1)
"""How far ahead of this machine's clock a date may lie: time zones and careless clocks, no more."""

MAX_FAULTS: Final = 1_000
"""How many faults of one source are listed in one run."""


@dataclass(slots=True)
class Gathering:
    """What one run over all sources found."""

    read: int = 0
    new: int = 0
    changed: int = 0
    removed: int = 0
    faults: list[ItemError | SourceError] = field(default_factory=list)
    """Items that were left out, or that lost something (:class:`ItemNote`)."""
    removals: set[str] = field(default_factory=set)
    """Languages from which a story was removed."""

    @property
    def failed(self) -> bool:
        """Whether anything was left out, not merely noted."""
        return any(not isinstance(fault, ItemNote) for fault in self.faults)


@dataclass(slots=True)
class _Reading:
    """What one source, under its name in the settings, gave in this run."""

    name: str
    complete: bool
    listed: set[Key] = field(default_factory=set)
    whole: bool = True
    faults: int = 0
    failed_unlisted: bool = False
    """Whether something was left out of which the list of faults has no room to tell."""
    mark: str | None = None
    """Where a source that knows its changes stood before it was read."""
    by_changes: bool = False
    """Whether only what changed was read: then ``listed`` is what was added."""
    gone: set[Key] = field(default_factory=set)
    again: set[Key] = field(default_factory=set)
    """What has to be asked for again, whether it changes or not."""
    adrift: bool = False
    """Whether something was left out of which nobody knows the key."""
    unread: bool = False
    """Whether it stands in the settings and is not read in this run."""


class Gatherer:
    """Takes stories from sources into the ledger. Use inside one transaction of the ledger.

    A story belongs to the source that published it first, also after it was removed: another source that comes with
    its id is told so and left out, as long as the owner stands in the settings. Only between complete sources, which
    are the newsroom's own, may a story move: when its owner was read whole and no longer has it.

    Marks of sources count only for the same ``taker``, which says in whatever words what else their stories become
    depends on: settings, and this version of the publisher. ``again`` are stories to ask for whatever changed.
    """

    def __init__(
        self,
        ledger: Ledger,
        languages: Iterable[str],
        press_picture: PressPicture,
        now: datetime,
        *,
        taker: str = "",
        again: Iterable[Key] = (),
    ) -> None:
        self._ledger = ledger
        self._languages = frozenset(languages)
        self._press_picture = press_picture
        self._now = now
        self._taker = taker
        self._again = frozenset(again)
        self._withdrawn = ledger.memory.withdrawn()
        self._seen: dict[Key, str] = {}
        self._foreign: Counter[str] = Counter()
        self._readings: dict[str, _Reading] = {}
        self._moving: list[tuple[_Reading, Source, Gathered]] = []
        self._said_by_pictures: list[ItemNote] = []
        self.result = Gathering()

    def gather(
        self, sources: Iterable[tuple[str, Source]], step: Callable[[], None], *, changing_only: bool = False
    ) -> None:
        """Take all that the sources have, by name in the settings. ``step`` is called once for each item read.

        Complete sources come first, so that no feed is quicker than the newsroom itself; else the order is kept. With
        ``changing_only`` those that do not know their changes are left for another time.
        """
        ordered = sorted(sources, key=lambda named: not named[1].complete)
        for name, source in ordered:
            unread = changing_only and not isinstance(source, ChangingSource)
            self._readings.setdefault(name, _Reading(name, source.complete, whole=not unread, unread=unread))
        for name, source in ordered:
            if not self._readings[name].unread:
                self._read(self._readings[name], source, step)
        for reading, source, gathered in self._moving:
            self._move(reading, source, gathered)
        for reading in self._readings.values():
            if not reading.unread:
                self._end(reading)

    def _read(self, reading: _Reading, source: Source, step: Callable[[], None]) -> None:
        try:
            for found in self._found(reading, source):
                step()
                self.result.read += 1
                if isinstance(found, Gone):
                    reading.gone.add((found.language, found.story_id))
                else:
                    self._take(reading, source, found)
        except SourceError as error:
            self._report(reading, error)
        self._note_foreign(reading)

    def _found(self, reading: _Reading, source: Source) -> Iterator[Gathered | Gone]:
        """What changed in the source, if it knows and we know since when; otherwise all that it has."""

        def report(fault: ItemError) -> None:
            self._report(reading, fault)

        if isinstance(source, ChangingSource):
            reading.mark = source.mark
            left = self._ledger.memory.mark(reading.name, self._taker)
            changes = source.changes(left.mark, left.again | self._again, report) if left else None
            if changes is not None:
                reading.by_changes = True
                return changes
        return source.stories(report)

    def _report(self, reading: _Reading, fault: ItemError | SourceError, key: Key | None = None) -> None:
        """Keep a fault of a source, up to a number that somebody reads. ``key``: of which story, if that is sure."""
        reading.faults += 1
        is_note = isinstance(fault, ItemNote)
        reading.whole = reading.whole and is_note
        if key:
            reading.again.add(key)
        elif not is_note:
            reading.adrift = True
        if reading.faults <= MAX_FAULTS:
            self.result.faults.append(fault)
        elif not is_note:
            reading.failed_unlisted = True

    # --- one story ---

    def _take(self, reading: _Reading, source: Source, gathered: Gathered) -> None:
        key = _key(gathered)
        if key[0] not in self._languages:
            self._foreign[key[0]] += 1
            reading.listed.add(key)
            return
        if key in self._seen:
            self._refuse(reading, gathered, f"was already taken from {self._seen[key]}")
            return
        owner = self._readings.get(self._ledger.memory.owner(*key))
        if owner and owner is not reading:
            if owner.complete and reading.complete:
                self._moving.append((reading, source, gathered))
            else:
                self._refuse(reading, gathered, _belongs_to(owner))
            return
        self._accept(reading, source, gathered)

    def _move(self, reading: _Reading, source: Source, gathered: Gathered) -> None:
        """A story of another complete source, after all were read: it has moved if its owner no longer has it."""
        key = _key(gathered)
        owner = self._readings[self._ledger.memory.owner(*key)]
        if key in self._seen or not owner.whole or self._still_lists(owner, key):
            self._refuse(reading, gathered, _belongs_to(owner))
        else:
            self._accept(reading, source, gathered)

    def _refuse(self, reading: _Reading, gathered: Gathered, why: str) -> None:
        language, story_id = _key(gathered)
        fault = ItemError(f"{story_id} ({language}) {why}", where=gathered.where, what=story_id)
        self._report(reading, fault, (language, story_id))

    def _still_lists(self, reading: _Reading, key: Key) -> bool:
        """Whether a source has a story that it did not have to name, because nothing changed about it."""
        return reading.by_changes and key not in reading.gone and self._ledger.memory.lists(reading.name, *key)

    def _accept(self, reading: _Reading, source: Source, gathered: Gathered) -> None:
        key = _key(gathered)
        self._seen[key] = gathered.where
        if key in self._withdrawn:
            reading.listed.add(key)
            return
        try:
            self._said_by_pictures.clear()
            story, dated = self._in_time(reading, gathered)
            if self._store(self._with_pictures(reading, source, story, gathered.where), dated=dated):
                for note in self._said_by_pictures:
                    self._report(reading, note)
        except (ItemError, StoryError) as error:
            fault = error if isinstance(error, ItemError) else ItemError(str(error), where=gathered.where)
            self._report(reading, fault, key)
            return
        if self._ledger.memory.owner(*key) != reading.name:
            self._ledger.memory.set_owner(reading.name, *key)
        reading.listed.add(key)

    def _in_time(self, reading: _Reading, gathered: Gathered) -> tuple[Story, bool]:
        """The story and whether it is dated. A date of the day after tomorrow would stand above all news until then."""
        story, dated, limit = gathered.story, gathered.dated, self._now + MAX_AHEAD
        wrong = {name: when for name in ("published", "updated") if (when := getattr(story, name)) and when > limit}
        for name, when in wrong.items():
            stand_in = "the time when it was first gathered stands in" if name == "published" else "left out"
            detail = f"{name} is {when:%Y-%m-%d %H:%M}, more than a day ahead: {stand_in}"
            self._report(reading, ItemNote(detail, where=gathered.where, what=story.story_id), _key(gathered))
        if "published" in wrong:
            story, dated = replace(story, published=self._now), False
        return (replace(story, updated=None) if "updated" in wrong else story), dated

    def _store(self, story: Story, *, dated: bool) -> bool:
        """Add the story unless the ledger holds the same already; whether it did."""
        known = None if dated else self._ledger.story(story.language, story.story_id)
        if known is not None:
            story = replace(story, published=story_from_bytes(known).published)
        return put_changed(self._ledger, story, self.result)

    # --- the end of a source ---

    def _end(self, reading: _Reading) -> None:
        """Remove what a complete source no longer has, and remember what it listed."""
        if reading.by_changes:
            self._end_changes(reading)
        else:
            self._end_all(reading)
        if reading.faults > MAX_FAULTS:
            kind = ItemError if reading.failed_unlisted else ItemNote
            self.result.faults.append(kind(f"{reading.faults - MAX_FAULTS} more faults", where=reading.name))

    def _end_changes(self, reading: _Reading) -> None:
        memory = self._ledger.memory
        gone = {key for key in reading.gone if memory.lists(reading.name, *key)}
        self._remove_all(gone)
        memory.change_listed(reading.name, reading.listed, gone)
        if reading.adrift:
            memory.add_again(reading.name, reading.again)
        elif reading.mark is not None:
            memory.set_mark(reading.name, self._taker, reading.mark, reading.again)

    def _end_all(self, reading: _Reading) -> None:
        memory = self._ledger.memory
        absent = memory.listed(reading.name) - reading.listed
        whole = reading.complete and reading.whole
        if whole:
            self._remove_all(absent)
        elif reading.complete and absent:
            detail = f"had faults, so {len(absent)} stories that it no longer lists are kept until it is whole again"
            self._report(reading, ItemNote(detail, where=reading.name))
        memory.set_listed(reading.name, reading.listed, whole=whole)
        # What is kept only because of a fault has to be looked for again, and only reading everything can find it gone.
        if reading.mark is None or reading.adrift or (absent and not whole):
            memory.forget_mark(reading.name)
        else:
            memory.set_mark(reading.name, self._taker, reading.mark, reading.again)

    def _remove_all(self, keys: Iterable[Key]) -> None:
        for language, story_id in sorted(keys):
            if (language, story_id) not in self._seen and self._ledger.story(language, story_id) is not None:
                self.remove(language, story_id)

    def remove(self, language: str, story_id: str) -> None:
        """Remove one story from its edition."""
        remove_current(self._ledger, language, story_id, self.result)

    def _note_foreign(self, reading: _Reading) -> None:
        """Say once for each source which languages it has that the publication does not."""
        if self._foreign:
            counted = ", ".join(f"{language} ({count})" for language, count in sorted(self._foreign.items()))
            detail = f"left out stories in languages that are not in publication.languages: {counted}"
            self._report(reading, ItemNote(detail, where=reading.name))
            self._foreign.clear()

    # --- pictures ---

    def _with_pictures(self, reading: _Reading, source: Source, story: Story, where: str) -> Story:
        """The story with its pictures pressed; a picture that cannot be is left out and reported."""
        if not story.pictures:
            return story
        body: list[Block] = []
        for block in story.body:
            if not isinstance(block, PictureBlock):
                body.append(block)
            elif pressed := self._pressed(reading, source, story, block.picture, where):
                body.append(PictureBlock(pressed))
        lead = self._pressed(reading, source, story, story.picture, where) if story.picture else None
        return replace(story, picture=lead, body=tuple(body))

    def _pressed(self, reading: _Reading, source: Source, story: Story, picture: Picture, where: str) -> Picture | None:
        if picture.file:
            return picture
        try:
            pressed = self._press_picture(source, picture)
        except ItemError as error:
            detail = f"picture left out: {picture.origin[:200]}: {error.detail}"
            # Another time it may be had.
            self._report(reading, ItemNote(detail, where=where), (story.language, story.story_id))
            return None
        self._note_words(picture, pressed, where)
        return pressed

    def _note_words(self, given: Picture, pressed: Picture, where: str) -> None:
        """Words that come out of a picture's file were not seen in the newsroom's text: say which, once a story."""
        for what, before, after in (
            ("credit", given.credit, pressed.credit),
            ("caption", given.caption, pressed.caption),
        ):
            if before != after:
                detail = f"the {what} of {given.origin[:200]} is the picture file's own: {after}"
                self._said_by_pictures.append(ItemNote(detail, where=where))


def put_changed(ledger: Ledger, story: Story, result: Gathering) -> bool:
    """Add the story unless the ledger holds the same already; whether it did. A change gets the next revision."""
    known = ledger.story(story.language, story.story_id)
    before = ledger.revision(story.language, story.story_id)
    if known is None:
        result.new += 1
    elif story.revision <= before and story_to_bytes(replace(story, revision=before)) == known:
        return False
    else:
        result.changed += 1
    ledger.put(replace(story, revision=max(story.revision, before + 1)))
    return True


def remove_current(ledger: Ledger, language: str, story_id: str, result: Gathering) -> None:
    """Remove one story from its edition."""
    ledger.remove(language, story_id)
    result.removed += 1
    result.removals.add(language)


def _key(gathered: Gathered) -> Key:
    return gathered.story.language, gathered.story.story_id


def _belongs_to(owner: _Reading) -> str:
    return f"belongs to {owner.name}, which published it first: one source never replaces a story of another"
