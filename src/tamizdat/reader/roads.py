"""Fetching from several mirrors at once: whichever works, checked on arrival, with a trail of who did what."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from tamizdat.carriers.port import Inbound
from tamizdat.errors import NoMirrorError, TamizdatError
from tamizdat.reader.trail import MirrorTrail, Standing

T = TypeVar("T")
_AT_ONCE: Final = 8


class Roads:
    """The mirrors of one visit, in the reader's order of preference. Close it when done."""

    def __init__(self, mirrors: Sequence[Inbound]) -> None:
        self._mirrors = tuple(mirrors)
        self.trails = tuple(MirrorTrail(mirror.name) for mirror in mirrors)
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="road")

    def __enter__(self) -> "Roads":
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.shutdown(wait=True, cancel_futures=True)

    @property
    def newest(self) -> int | None:
        """The highest timestamp version that any mirror served."""
        return max(
            (trail.timestamp_version for trail in self.trails if trail.timestamp_version is not None), default=None
        )

    def ask_all(self, path: str, max_bytes: int, *, optional: bool = False) -> Iterator[tuple[MirrorTrail, bytes]]:
        """What each mirror has at ``path``, unchecked, in the order of preference.

        Mirrors without it are noted unless it is ``optional``.
        """

        def ask(position: int) -> bytes | TamizdatError:
            try:
                return self._mirrors[position].fetch(path, max_bytes)
            except TamizdatError as error:
                return error

        for position, answer in enumerate(self._workers.map(ask, range(len(self._mirrors)))):
            trail = self.trails[position]
            if isinstance(answer, bytes):
                yield trail, answer
            elif not optional:
                trail.failed(path, answer)

    def first_good(self, path: str, max_bytes: int, check: Callable[[bytes], T], start: int = 0) -> T:
        """What ``check`` makes of the first copy that it does not refuse.

        Up-to-date mirrors are asked first, beginning with the ``start``-th of them, then the others. Raises
        NoMirrorError, listing what was wrong with each, when none has a good copy.
        """
        reasons: list[str] = []
        for position in self._order(start):
            mirror, trail = self._mirrors[position], self.trails[position]
            try:
                data = mirror.fetch(path, max_bytes)
                result = check(data)
            except TamizdatError as error:
                trail.failed(path, error)
                reasons.append(f"{mirror.name}: {error}")
                continue
            trail.served(path, data)
            return result
        raise NoMirrorError(f"no mirror gave a good copy of {path}:\n  " + "\n  ".join(reasons))

    def many(self, jobs: Iterable[tuple[str, int, Callable[[bytes], T]]]) -> Iterator[T | TamizdatError]:
        """:meth:`first_good` for many files at once, spread over the mirrors; faults in the places of results.

        Results come in the order of the jobs, each as soon as it and those before it are there.
        """

        def run(numbered: tuple[int, tuple[str, int, Callable[[bytes], T]]]) -> T | TamizdatError:
            start, (path, max_bytes, check) = numbered
            try:
                return self.first_good(path, max_bytes, check, start)
            except TamizdatError as error:
                return error

        return self._workers.map(run, enumerate(jobs))

    def _order(self, start: int) -> list[int]:
        newest = self.newest
        standings = [trail.standing(newest) for trail in self.trails]
        good = [at for at, standing in enumerate(standings) if standing in {Standing.CURRENT, Standing.UNKNOWN}]
        rest = [at for at in range(len(standings)) if at not in good]
        turn = start % len(good) if good else 0
        return good[turn:] + good[:turn] + rest
