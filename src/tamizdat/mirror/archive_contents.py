"""What goes into an archive that somebody carries: all that a mirror would copy, checked as a mirror checks it.

The order is made for archives that are cut off on the way. First come the signed files and the editions, which readers
need; then the lists of pages, pictures and pages, front pages last. So a tar of which the end is missing still has the
news as long as the cut is in the pages.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from tamizdat.edition.listing import COPY_SUFFIXES, copied_file
from tamizdat.errors import LibraryError, TamizdatError, UsageError
from tamizdat.mirror.archive_format import (
    GZIP_BYTES,
    STORED,
    ArchiveFormat,
    Packed,
    Stored,
    filling,
    is_bytes,
    pack,
    ungzip,
)
from tamizdat.mirror.change import METADATA, Coming, Place
from tamizdat.mirror.plan import Planned, Planner, Selection
from tamizdat.mirror.port import Kept, ServedFile
from tamizdat.mirror.register import Register
from tamizdat.mirror.trust_store import MirrorStore
from tamizdat.roads.named import Fetch
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import bring_up_to_date, published_languages
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.store import MemoryStore
from tamizdat.trust.verify import ExpiryPolicy

_GZIP: Final = COPY_SUFFIXES["gzip"]


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of an archive, in its order, and what is known of them."""

    files: tuple[Coming, ...]
    planned: Planned
    checked_as_of: datetime | None
    expires: datetime | None
    expired: tuple[tuple[str, datetime], ...]
    """Role and expiry of signed files that are past it."""
    at_hand: "Gathered"

    def layout(self, kind: ArchiveFormat) -> tuple[list[Stored], int]:
        """Where each file is going to lie in an archive, and the length of the archive."""
        planned = {file.path: file.size for file in self.files}
        found: list[Stored] = []
        at = 0
        for file in self.files:
            gzipped = planned.get(file.path + _GZIP, 0) if kind.deflates else 0
            packed = gzipped - GZIP_BYTES if gzipped > GZIP_BYTES else file.size
            found.append(Stored(file.path, at, STORED, packed, file.size, 0))
            at += kind.head_bytes(file.path) + packed + len(filling(kind, packed))
        return found, at + len(kind.end(found, at))

    def parts(self, kind: ArchiveFormat) -> Counter[tuple[str, bool]]:
        """How many bytes come from what: by language (or empty), and whether it is for browsers alone."""
        found: Counter[tuple[str, bool]] = Counter()
        for file, stored in zip(self.files, self.layout(kind)[0], strict=True):
            what, _, language = file.owner.partition(":")
            found[language, what in {"tree", "listings"}] += kind.head_bytes(file.path) + stored.packed
        return found


class Gathered(Kept):
    """Files that had to be read to find out what there is: they are not fetched a second time."""

    def __init__(self) -> None:
        self._files: dict[bytes, bytes] = {}

    def put(self, digest: bytes, data: bytes) -> None:
        """See :class:`tamizdat.mirror.port.Kept`."""
        self._files[digest] = data

    def find(self, digest: bytes) -> bytes | None:
        """See :class:`tamizdat.mirror.port.Kept`."""
        return self._files.get(digest)


class _Nothing:
    """What a new copy holds."""

    def read(self, file: ServedFile) -> bytes:
        raise LibraryError("is not there", file=file.path)


def find_contents(roads: Roads, anchor: Anchor, selection: Selection, policy: ExpiryPolicy, now: datetime) -> Contents:
    """Find out what there is, from the signed files on. Raises NoMirrorError, TrustError, UsageError."""
    store, at_hand, register = MirrorStore(MemoryStore()), Gathered(), Register(":memory:")
    with closing(register):
        refresh = Refresh(store, now=now, policy=policy, anchor=anchor)
        bring_up_to_date(refresh, roads, store, now)
        published = published_languages(refresh)
        if unknown := sorted(selection.languages - set(published)):
            raise UsageError(f"{unknown[0]} is not among this publication's languages: {', '.join(published)}")
        planner = Planner(register, at_hand, _Nothing(), roads, refresh, store)
        planned = planner.plan(selection, now.timestamp())
        files = tuple(sorted(register.coming(), key=_turn))
    timestamp = refresh.trusted.timestamp
    return Contents(
        files,
        planned,
        refresh.trusted.checked_as_of,
        timestamp.expires if timestamp else None,
        refresh.trusted.expired,
        at_hand,
    )


class _Turn(NamedTuple):
    group: int
    turn: int
    path: str
    rank: int


def _turn(file: Coming) -> _Turn:
    """Where a file comes: see above. A gzip copy comes before its page, which is taken out of it."""
    if file.owner == METADATA:
        return _Turn(0, file.place, file.path, 0)
    if file.place is Place.PAGES:
        page = copied_file(file.path)
        return _Turn(4, file.turn, page, 0 if file.path == page + _GZIP else 1 if file.path == page else 2)
    groups = {"edition": 1, "listings": 2}
    return _Turn(groups.get(file.owner.partition(":")[0], 3), 0, file.path, 0)


class Bodies:
    """The bytes of ``contents``, from the ``start``-th file on, as ``roads`` bring them.

    Iterating raises NoMirrorError when a file is not to be had.
    """

    def __init__(self, contents: Contents, start: int, roads: Roads, kind: ArchiveFormat) -> None:
        self._contents = contents
        self._files = contents.files[start:]
        self._roads = roads
        self._kind = kind
        self._paths = {file.path for file in self._files}
        self._gzip = ("", b"")

    def __iter__(self) -> Iterator[tuple[Coming, Packed]]:
        answers = self._roads.many(_job(file) for file in self._files if self._is_asked_for(file))
        with closing(answers):  # type: ignore[type-var] # it is a generator
            for file in self._files:
                data = self._data(file, answers)
                page, gzipped = self._gzip
                yield file, pack(data, gzipped if self._kind.deflates and page == file.path else None)
                if file.path.endswith(_GZIP):
                    self._gzip = (file.path.removesuffix(_GZIP), data)

    def _is_asked_for(self, file: Coming) -> bool:
        return self._contents.at_hand.find(file.digest) is None and file.path + _GZIP not in self._paths

    def _data(self, file: Coming, answers: Iterator[bytes | TamizdatError]) -> bytes:
        data = self._contents.at_hand.find(file.digest)
        if data is not None:
            return data
        if self._is_asked_for(file):
            answer = next(answers)
            if isinstance(answer, TamizdatError):
                raise answer
            return answer
        page, gzipped = self._gzip
        data = ungzip(gzipped, file.size) if page == file.path else None
        if data is not None and is_bytes(data, file.digest):
            return data
        return self._roads.first_good(*_job(file))


def needs_the_one_before(files: Sequence[Coming], number: int) -> bool:
    """Whether a file is taken out of the one before it."""
    return 0 < number < len(files) and files[number - 1].path == files[number].path + _GZIP


def _job(file: Coming) -> tuple[str, int, Callable[[bytes], bytes]]:
    fetch = Fetch(file.path, file.size, file.digest)

    def check(data: bytes) -> bytes:
        fetch.check(data)
        return data

    return file.path, file.size, check
