"""Sources into the ledger: what is new, what changed, what is gone; every fault reported, nothing lost silently."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.publisher.ledger import Ledger
from tamizdat.sources.port import Gathered, Source
from tamizdat.story import Block, Picture, PictureBlock, Story

PressPicture = Callable[[Source, Picture], Picture]
"""Makes the published picture out of the original. Raises ItemError when it cannot."""


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


class Gatherer:
    """Takes stories from sources into the ledger. Use inside one transaction of the ledger."""

    def __init__(self, ledger: Ledger, languages: Iterable[str], press_picture: PressPicture, now: datetime) -> None:
        self._ledger = ledger
        self._languages = frozenset(languages)
        self._press_picture = press_picture
        self._now = now
        self._withdrawn = ledger.memory.withdrawn()
        self._seen: dict[tuple[str, str], str] = {}
        self._foreign: Counter[str] = Counter()
        self._said_by_pictures: list[ItemNote] = []
        self.result = Gathering()

    def take(self, source: Source, name: str, step: Callable[[], None]) -> None:
        """Take all that ``source`` has. ``name`` is its name in the settings, under which its stories are remembered.

        ``step`` is called once for each item read.
        """
        listed: list[tuple[str, str]] = []
        faults_before = len(self.result.faults)
        try:
            for gathered in source.stories(self.result.faults.append):
                step()
                self.result.read += 1
                key = self._take_one(source, gathered)
                if key:
                    listed.append(key)
        except SourceError as error:
            self.result.faults.append(error)
        self._note_foreign(name)
        faults = self.result.faults[faults_before:]
        whole = source.complete and all(isinstance(fault, ItemNote) for fault in faults)
        if whole:
            self._remove_absent(name, set(listed))
        elif source.complete:
            self._note_kept(name, set(listed))
        self._ledger.memory.set_listed(name, listed, whole=whole)

    def _take_one(self, source: Source, gathered: Gathered) -> tuple[str, str] | None:
        story, key = gathered.story, (gathered.story.language, gathered.story.story_id)
        try:
            if key[0] not in self._languages:
                self._foreign[key[0]] += 1
                return key
            if key in self._seen:
                raise ItemError(f"{key[1]} ({key[0]}) was already taken from {self._seen[key]}", where=gathered.where)
            self._seen[key] = gathered.where
            if key in self._withdrawn:
                return key
            self._said_by_pictures.clear()
            if self._store(self._with_pictures(source, story, gathered.where), dated=gathered.dated):
                self.result.faults += self._said_by_pictures
        except ItemError as error:
            self.result.faults.append(error)
            return None
        except StoryError as error:
            self.result.faults.append(ItemError(str(error), where=gathered.where))
            return None
        return key

    def _store(self, story: Story, *, dated: bool) -> bool:
        """Add the story unless the ledger holds the same already; whether it did. A change gets the next revision."""
        known = self._ledger.story(story.language, story.story_id)
        before = self._ledger.revision(story.language, story.story_id)
        if known is None:
            self.result.new += 1
        else:
            if not dated:
                story = replace(story, published=story_from_bytes(known).published)
            if story.revision <= before and story_to_bytes(replace(story, revision=before)) == known:
                return False
            self.result.changed += 1
        self._ledger.put(replace(story, revision=max(story.revision, before + 1)))
        return True

    def _remove_absent(self, name: str, listed: set[tuple[str, str]]) -> None:
        """A complete source no longer lists a story and no other does: it is removed."""
        for language, story_id in sorted(self._ledger.memory.listed(name) - listed):
            elsewhere = (language, story_id) in self._seen or self._ledger.memory.listed_elsewhere(
                name, language, story_id
            )
            if not elsewhere and self._ledger.story(language, story_id) is not None:
                self.remove(language, story_id)

    def remove(self, language: str, story_id: str) -> None:
        """Remove one story from its edition."""
        self._ledger.remove(language, story_id)
        self.result.removed += 1
        self.result.removals.add(language)

    def _note_foreign(self, name: str) -> None:
        """Say once for each source which languages it has that the publication does not."""
        if self._foreign:
            counted = ", ".join(f"{language} ({count})" for language, count in sorted(self._foreign.items()))
            detail = f"left out stories in languages that are not in publication.languages: {counted}"
            self.result.faults.append(ItemNote(detail, where=name))
            self._foreign.clear()

    def _note_kept(self, name: str, listed: set[tuple[str, str]]) -> None:
        missing = self._ledger.memory.listed(name) - listed
        if missing:
            detail = f"had faults, so {len(missing)} stories that it no longer lists are kept until it is whole again"
            self.result.faults.append(ItemNote(detail, where=name))

    # --- pictures ---

    def _with_pictures(self, source: Source, story: Story, where: str) -> Story:
        """The story with its pictures pressed; a picture that cannot be is left out and reported."""
        if not story.pictures:
            return story
        body: list[Block] = []
        for block in story.body:
            if not isinstance(block, PictureBlock):
                body.append(block)
            elif pressed := self._pressed(source, block.picture, where):
                body.append(PictureBlock(pressed))
        lead = self._pressed(source, story.picture, where) if story.picture else None
        return replace(story, picture=lead, body=tuple(body))

    def _pressed(self, source: Source, picture: Picture, where: str) -> Picture | None:
        if picture.file:
            return picture
        try:
            pressed = self._press_picture(source, picture)
        except ItemError as error:
            self.result.faults.append(ItemNote(f"picture left out: {error.detail}", where=where))
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
