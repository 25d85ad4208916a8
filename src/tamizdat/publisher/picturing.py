"""Pictures of one publish: originals become pictures without a past, and these become every size that is shown.

An original is needed once. All sizes are made from the whole picture that the story names by its hash, so they can be
made again when they are missing, whether the source still has the picture or not.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.errors import ItemError
from tamizdat.pictures.encode import make_variants
from tamizdat.pictures.strip import strip
from tamizdat.pictures.variants import Variant, whole_path
from tamizdat.pictures.words import Words, all_said, kept, shown
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.wholeness import is_whole
from tamizdat.sources.port import Source
from tamizdat.sources.worded import says_all
from tamizdat.story import Picture

_MOST_WORKERS: Final = 8
"""Each holds one picture of at most 1280 pixels a side: some 20 MB with its encoder."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A whole picture, and what is to be made of it."""

    whole: str
    wanted: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """Files by path, as far as they could be made."""

    files: tuple[tuple[str, bytes], ...]
    fault: ItemError | None = None


class Pictures:
    """Makes pictures in the local web root ``root`` and remembers them. Use inside one transaction of the ledger."""

    def __init__(self, ledger: Ledger, out: DirectoryOutbound, root: Path) -> None:
        self._ledger = ledger
        self._out = out
        self._root = root
        self._intact: set[str] = set()

    def press(self, source: Source, picture: Picture) -> Picture:
        """The published picture out of the original behind ``picture.origin``. Raises ItemError."""
        # An address is taken to show the same picture for ever, so that feeds are not fetched again and again.
        remote = picture.origin.startswith(("http://", "https://"))
        original = b"" if remote else source.open_picture(picture.origin)
        digest = hashlib.sha256(picture.origin.encode() if remote else original).digest()
        given = Words(picture.credit, picture.caption)
        is_all = says_all(source)
        said = all_said(given) if is_all else given
        found = self._ledger.memory.original(digest)
        made = self._ledger.memory.picture(digest, kept(said, found)) if found else None
        if found is None or made is None or not self._is_intact(whole_path(made[0])):
            stripped = strip(source.open_picture(picture.origin) if remote else original, said)
            file, found = hashlib.sha256(stripped.data).hexdigest(), stripped.words
            self._out.put(whole_path(file), stripped.data)
            made = (file, stripped.width, stripped.height)
            self._ledger.memory.add_picture(digest, found, kept(said, found), made)
        file, width, height = made
        words = given if is_all else shown(given, found)
        pressed = replace(picture, file=file, media_type="image/jpeg", width=width, height=height, origin="")
        return replace(pressed, caption=words.caption, credit=words.credit)

    def _is_intact(self, path: str) -> bool:
        """Whether a whole picture is there and undamaged; looked at once, however many stories show it."""
        if path not in self._intact and is_whole(self._root / path):
            self._intact.add(path)
        return path in self._intact

    def paths(self, file: str | None = None) -> list[str]:
        """Every file of every picture that current stories show, or of this one.

        Sizes that could not be made are not among them.
        """
        made = self._made(file)
        needed = ((variant.path for variant in shown.needed) for shown in self._ledger.shown_pictures(file))
        return list(
            dict.fromkeys(path for whole, *others in needed for path in (whole, *(o for o in others if o in made)))
        )

    def _made(self, file: str | None) -> dict[str, int]:
        """Sizes by path of the files that were made of pictures; of one, if its hash is given."""
        return self._ledger.memory.variants() if file is None else self._ledger.memory.variants(f"pictures/{file}")

    def make_missing(
        self, begin: Callable[[int], None], step: Callable[[], None], only: Iterable[str] | None = None
    ) -> list[ItemError]:
        """Make every size that is shown and not there. What could not be made is in the result, one error a picture.

        Of all pictures, or of ``only`` some, by their hashes.

        ``begin`` is told how many pictures there are to work on, ``step`` is called after each.
        """
        jobs = self._jobs() if only is None else [job for file in sorted(only) for job in self._jobs(file)]
        faults: list[ItemError] = []

        def files() -> Iterator[tuple[str, bytes]]:
            for made in _in_parallel(lambda job: _make(self._root, job), jobs):
                for path, data in made.files:
                    self._ledger.memory.add_variant(path, data)
                    yield path, data
                if made.fault:
                    faults.append(made.fault)
                step()

        if jobs:
            begin(len(jobs))
            self._out.put_many(files())
        return faults

    def _jobs(self, file: str | None = None) -> list[_Job]:
        """What is to be made. What an earlier publish made before it was killed is as good as new."""
        made = self._made(file)
        jobs: dict[str, dict[str, Variant]] = {}
        for picture in self._ledger.shown_pictures(file):
            for variant in picture.needed[1:]:
                there = self._root / variant.path
                if variant.path not in made and there.is_file():
                    self._ledger.memory.add_variant(variant.path, there.read_bytes())
                elif not has_size(there, made.get(variant.path)):
                    jobs.setdefault(whole_path(picture.file), {})[variant.path] = variant
        self._ledger.memory.forget_variants(path for wanted in jobs.values() for path in wanted)
        # Of a whole picture that is lost nothing can be made; that it is lost is said where files are pushed.
        return [_Job(whole, tuple(wanted.values())) for whole, wanted in jobs.items() if self._is_intact(whole)]


def has_size(file: Path, size: int | None) -> bool:
    """Whether a file that was made of a picture is still there: a half of one, or an empty one, is not."""
    try:
        return file.stat().st_size == size
    except FileNotFoundError:
        return False


def _make(root: Path, job: _Job) -> _Made:
    """Everything that ``job`` asks for, up to the first fault."""
    files: list[tuple[str, bytes]] = []
    try:
        for variant, data in make_variants((root / job.whole).read_bytes(), job.wanted):
            files.append((variant.path, data))
    except (ItemError, OSError) as error:
        return _Made(tuple(files), ItemError(str(error), where=job.whole))
    return _Made(tuple(files))


def _in_parallel(make: Callable[[_Job], _Made], jobs: Iterable[_Job]) -> Iterator[_Made]:
    """Results in the order of ``jobs``; few are under way at once, so that memory is bounded. Pillow frees the lock."""
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    pending: deque[Future[_Made]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="picture") as pool:
        try:
            for job in jobs:
                pending.append(pool.submit(make, job))
                if len(pending) > 2 * workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
