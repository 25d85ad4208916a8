"""The next edition of one language: units closed, packs made, index written; then, by whoever holds the key, signed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tamizdat.config import Config
from tamizdat.edition.canonical import split_story
from tamizdat.edition.catchup import plan
from tamizdat.edition.head import PREFIX, Head, SignedHead
from tamizdat.edition.index import FrontEntry, Index, Segment, ShelfRef, index_to_bytes, read_index, shelf_to_bytes
from tamizdat.edition.pack import check_edition_weight
from tamizdat.edition.schedule import MAX_BLOCK, shelf_below, weight
from tamizdat.edition.ways_in import WayIn
from tamizdat.errors import FormatError, UsageError
from tamizdat.publication import pins_in
from tamizdat.publisher.edition_memory import EditionMemory
from tamizdat.publisher.ledger import Ledger, Published
from tamizdat.publisher.packing import log_shape, pack_language
from tamizdat.trust.keyfile import SigningKey


@dataclass(frozen=True, slots=True)
class NewEdition:
    """An edition with its signed index, which has still to be written."""

    language: str
    published: Published
    index: bytes

    @property
    def path(self) -> str:
        """Where the index lies."""
        return index_path(self.language, self.index)


@dataclass(frozen=True, slots=True)
class Context:
    """What an index says besides the log. ``keyid`` is in it because a new key has to sign a new edition."""

    sections: tuple[tuple[str, str], ...]
    front: tuple[FrontEntry, ...]
    about: tuple[tuple[str, str], ...]
    ways_in: tuple[WayIn, ...]
    keyid: str

    @classmethod
    def of(cls, config: Config, language: str, keyid: str) -> "Context":
        """The context of ``language`` from the settings."""
        publication = config.publication
        about = [("name", publication.name_in(language))]
        if publication.base_url:
            about.append(("base_url", publication.base_url))
        return cls(
            sections=tuple((label.section, label.label_in(language)) for label in config.sections),
            front=tuple(FrontEntry(pin, pinned=True) for pin in pins_in(config.fronts, language)),
            about=tuple(about),
            ways_in=tuple(sorted(WayIn.web(m.url) for m in config.mirrors if m.is_named_in(language))),
            keyid=keyid,
        )

    @property
    def digest(self) -> bytes:
        """A hash that changes when anything here does."""
        return hashlib.sha256(repr(self).encode()).digest()


def is_due(ledger: Ledger, language: str, context: Context) -> bool:
    """Whether something changed since the last edition of ``language``."""
    latest = ledger.latest(language)
    return latest is None or latest.log_end != ledger.end(language)[0] or latest.context != context.digest


def close_units(ledger: Ledger, language: str, now: datetime) -> None:
    """Begin the log's next unit where a day ended, and within new entries where a unit has grown large."""
    latest, end = ledger.latest(language), ledger.end(language)[0]
    units = ledger.units(language)
    start = units[-1] if units else 0
    ledger.open_unit(language, start)
    position = latest.log_end if latest else 0
    if latest and latest.time.date() < now.date() and position > start:
        ledger.open_unit(language, position)
        start = position
    for place in range(max(position, start + 1), end):
        if weight(lambda position: ledger.offset(language, position), start, place + 1) > MAX_BLOCK:
            ledger.open_unit(language, place)
            start = place


def remembered(ledger: Ledger, language: str, memory: EditionMemory | None = None) -> EditionMemory:
    """The stories of ``language`` as they are now. Only those that are not in ``memory``, which is taken, are read."""
    log_end = ledger.end(language)[0]
    if memory is None:
        return EditionMemory.of(ledger.stories(language), log_end)
    for story_id in ledger.changed_since(language, memory.log_end):
        memory.put(story_id, ledger.story(language, story_id))
    memory.log_end = log_end
    return memory


def press_edition(
    ledger: Ledger, language: str, context: Context, now: datetime, memory: EditionMemory | None = None
) -> dict[str, bytes]:
    """Make the next edition of ``language``, but for its signature; the new files by path.

    ``memory`` is of the stories as they are now; it is made if it is not there. Changes the ledger only inside the
    caller's transaction. :func:`sign_edition` makes it count.
    """
    close_units(ledger, language, now)
    live = ledger.live_positions(language)
    segments, packs = pack_language(ledger, language, live)
    for pack in packs:
        segment = pack.segment
        ledger.add_pack(language, segment.start, segment.stop, pack.live, segment.digest, segment.size)
    memory = memory or remembered(ledger, language)
    latest, log_end = ledger.latest(language), ledger.end(language)[0]
    _check_size(language, memory.weight(len(live) - memory.count), segments, log_end)
    head = Head(language, latest.number + 1 if latest else 1, now, memory.count, memory.root)
    below = shelf_below(log_shape(ledger, language))
    shelf = shelf_to_bytes([s for s in segments if s.start < below]) if below else b""
    unsigned = Index(
        head=SignedHead(head.to_bytes(), ()),
        log_end=log_end,
        segments=tuple(s for s in segments if s.start >= below),
        shelf=ShelfRef(below, len(shelf), hashlib.sha256(shelf).digest()) if shelf else None,
        sections=context.sections,
        front=tuple(entry for entry in context.front if _may_lead(ledger.story(language, entry.story_id))),
        about=context.about,
        ways_in=context.ways_in,
    )
    files = {pack_path(language, pack.segment.digest): pack.data for pack in packs}
    if shelf:
        files[shelf_path(language, shelf)] = shelf
    needed = {pack_path(language, segment.digest) for segment in segments if segment.size} | files.keys()
    ledger.add_edition(language, Published(head.number, now, log_end, head.count, head.root, context.digest))
    ledger.set_files(language, needed, now)
    ledger.set_unsigned(language, index_to_bytes(unsigned))
    return files


def sign_edition(ledger: Ledger, language: str, key: SigningKey) -> NewEdition:
    """Sign the edition that was pressed last, and note that it is. Raises LookupError if none waits."""
    unsigned, published = ledger.unsigned(language), ledger.latest(language)
    if unsigned is None or published is None:
        raise LookupError(f"{language} has no edition to sign")
    index = read_index(unsigned)
    head = SignedHead(index.head.body, ((key.keyid, key.sign(PREFIX + index.head.body)),))
    data = index_to_bytes(replace(index, head=head))
    ledger.add_file(language, index_path(language, data))
    ledger.set_unsigned(language, None)
    return NewEdition(language, published, data)


def _may_lead(story: bytes | None) -> bool:
    """Whether a story is there and not retracted."""
    return story is not None and not split_story(story)[0].retracted


def _check_size(language: str, weight: int, segments: Sequence[Segment], log_end: int) -> None:
    """Raise UsageError for an edition that readers would refuse because it is too large."""
    try:
        check_edition_weight(weight)
        plan(0, log_end, segments)
    except FormatError as error:
        detail = f"the edition in {language} is more than readers take ({error.detail}); withdraw old stories"
        raise UsageError(detail) from error


def pack_path(language: str, digest: bytes) -> str:
    """Where a pack lies under the web root."""
    return f"{language}/{digest.hex()}.pack"


def index_path(language: str, index: bytes) -> str:
    """Where an index lies: TUF's consistent name of the target ``<language>/index``."""
    return f"{language}/{hashlib.sha256(index).hexdigest()}.index"


def shelf_path(language: str, shelf: bytes) -> str:
    """Where a shelf lies."""
    return f"{language}/{hashlib.sha256(shelf).hexdigest()}.shelf"
