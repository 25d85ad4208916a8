"""Sound of one publish: originals become the files that are published, once, on their way out of a source.

Whoever gathers sees stories whose recordings are made. A recording that cannot be made leaves its words where it was,
and is tried again in the next run.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.errors import ItemError, ItemNote
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.wholeness import Wholeness
from tamizdat.sound.apart import encode_apart
from tamizdat.sources.made_sound import MadeSoundSource
from tamizdat.sources.port import ChangingSource, Gathered, Gone, Report, SoundingSource, Source
from tamizdat.sources.worded import says_all
from tamizdat.story import Block, Heading, Paragraph, Recording, SoundBlock, SoundFile, rich

OWNER: Final = "sound"
"""Under which name the ledger keeps the files."""
_SHOWN_CHARS: Final = 200


class Sounds:
    """Makes recordings in the local web root and remembers them. Use inside one transaction of the ledger."""

    def __init__(self, ledger: Ledger, out: DirectoryOutbound, wholeness: Wholeness) -> None:
        self._ledger = ledger
        self._out = out
        self._wholeness = wholeness

    def of(self, source: Source) -> Source:
        """``source`` with recordings made, if it can have any."""
        if not isinstance(source, SoundingSource | MadeSoundSource):
            return source
        return _ChangingSounded(source, self) if isinstance(source, ChangingSource) else _Sounded(source, self)

    def press(self, source: SoundingSource, block: SoundBlock) -> Recording:
        """What is published of the original behind ``block.origin``. Raises ItemError."""
        original = source.sound_file(block.origin)
        try:
            with original.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise ItemError(f"cannot be read ({error.strerror})", where="sound") from error
        known = self._ledger.sounds.recording(digest)
        if known and all(self._is_whole(file) for file in known.files):
            return known
        encoded = encode_apart(original)
        files = tuple(
            SoundFile(hashlib.sha256(data).hexdigest(), form.media_type, form.kilobits, len(data))
            for form, data in encoded.files
        )
        for made, (_, data) in zip(files, encoded.files, strict=True):
            self._out.put(made.path, data)
        recording = Recording(encoded.seconds, files)
        self._ledger.sounds.add(digest, recording)
        return recording

    def take(self, source: MadeSoundSource, recording: Recording) -> None:
        """Put the files of a recording that ``source`` made into the local web root. Raises ItemError."""
        for file in recording.files:
            if self._is_whole(file):
                continue
            data = source.sound_made(file)
            if len(data) != file.size or hashlib.sha256(data).hexdigest() != file.file:
                raise ItemError("is not what the story names", where=file.path)
            self._out.put(file.path, data)

    def paths(self) -> list[str]:
        """Every file that current stories play."""
        return list(self._ledger.sounds.leaves())

    def stories_with_lost(self) -> set[tuple[str, str]]:
        """Language and id of stories that play files which are not here as they were made."""
        leaves = self._ledger.sounds.leaves()
        lost = [path for path, leaf in leaves.items() if not self._wholeness.is_whole(path, leaf.digest)]
        return self._ledger.sounds.stories_with(lost)

    def note_failed(self, name: str, source: Source) -> None:
        """Have stories of a source of which recordings could not be made asked for again."""
        if isinstance(source, _Sounded):
            self._ledger.memory.add_again(name, source.failed)

    def _is_whole(self, file: SoundFile) -> bool:
        return self._wholeness.is_whole(file.path, bytes.fromhex(file.file))


class _Sounded:
    """A source, with recordings made."""

    def __init__(self, source: SoundingSource | MadeSoundSource, sounds: Sounds) -> None:
        self._source = source
        self._sounds = sounds
        self.failed: set[tuple[str, str]] = set()

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def complete(self) -> bool:
        return self._source.complete

    @property
    def words_are_all(self) -> bool:
        return says_all(self._source)

    def stories(self, report: Report) -> Iterator[Gathered]:
        return (self._made(gathered, report) for gathered in self._source.stories(report))

    def open_picture(self, origin: str) -> bytes:
        return self._source.open_picture(origin)

    def _made(self, gathered: Gathered, report: Report) -> Gathered:
        story = gathered.story
        if not any(isinstance(block, SoundBlock) for block in story.body):
            return gathered
        body = tuple(each for block in story.body for each in self._blocks(block, gathered, report))
        return replace(gathered, story=replace(story, body=body))

    def _blocks(self, block: Block, gathered: Gathered, report: Report) -> Iterator[Block]:
        if not isinstance(block, SoundBlock):
            yield block
            return
        try:
            recording = self._recording(block)
        except ItemError as error:
            detail = f"sound left out, its words stay: {block.origin[:_SHOWN_CHARS]}: {error.detail}"
            report(ItemNote(detail, where=gathered.where, what=gathered.story.story_id))
            self.failed.add((gathered.story.language, gathered.story.story_id))
            yield Heading(rich(block.title), 3)
            yield from map(Paragraph, block.transcript)
            return
        yield replace(block, recording=recording, origin="")

    def _recording(self, block: SoundBlock) -> Recording:
        """The recording of a block, its files in the local web root. Raises ItemError."""
        if isinstance(self._source, SoundingSource) and block.recording is None:
            return self._sounds.press(self._source, block)
        if block.recording is None:
            raise ItemError("nobody has made it", where="sound")
        if isinstance(self._source, MadeSoundSource):
            self._sounds.take(self._source, block.recording)
        return block.recording


class _ChangingSounded(_Sounded):
    """The same of a source that knows what changed."""

    def __init__(self, source: SoundingSource | MadeSoundSource, sounds: Sounds) -> None:
        super().__init__(source, sounds)
        self._changing = source

    @property
    def mark(self) -> str:
        assert isinstance(self._changing, ChangingSource)  # noqa: S101 - that is why it is here
        return self._changing.mark

    def changes(
        self, since: str, again: Collection[tuple[str, str]], report: Report
    ) -> Iterator[Gathered | Gone] | None:
        assert isinstance(self._changing, ChangingSource)  # noqa: S101 - as above
        found = self._changing.changes(since, again, report)
        if found is None:
            return None
        return (each if isinstance(each, Gone) else self._made(each, report) for each in found)
