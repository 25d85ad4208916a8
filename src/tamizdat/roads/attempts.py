"""Fetches under way, each in a thread of its own that nobody has to wait for."""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from tamizdat.carriers.port import Abandonable, Inbound
from tamizdat.errors import TamizdatError
from tamizdat.roads.clock import Clock


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: the bytes, unchecked, or why there are none. ``at`` is when, by the clock."""

    number: int
    position: int
    outcome: bytes | TamizdatError
    at: float


class Attempts:
    """Files that were asked of mirrors and have not come yet.

    A file bears a number, a mirror its position in ``mirrors``. Who is left behind is told so, if its carrier can be,
    and its answer is thrown away. The threads are daemons: a mirror that never answers cannot keep the process. One
    whose fetch is over takes the next; all end when everything is abandoned.
    """

    def __init__(self, mirrors: Sequence[Inbound], clock: Clock) -> None:
        self._mirrors = mirrors
        self._clock = clock
        self._answers: SimpleQueue[tuple[int, int, bytes | BaseException, float]] = SimpleQueue()
        self._paths: dict[tuple[int, int], str] = {}
        self._tasks: SimpleQueue[tuple[int, int, str, int] | None] = SimpleQueue()
        self._threads = self._free = 0

    def begin(self, number: int, position: int, path: str, max_bytes: int) -> None:
        """Ask the mirror at ``position`` for the file ``number``."""
        self._paths[number, position] = path
        self._tasks.put((number, position, path, max_bytes))
        if self._free:
            self._free -= 1
        else:
            self._threads += 1
            Thread(target=self._work, name=f"road {self._threads}", daemon=True).start()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._fetch(*task)

    def _fetch(self, number: int, position: int, path: str, max_bytes: int) -> None:
        outcome: bytes | BaseException
        try:
            outcome = self._mirrors[position].fetch(path, max_bytes)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised again where the answer is taken
            outcome = error
        self._answers.put((number, position, outcome, self._clock.now()))

    def waiting_for(self, number: int) -> list[int]:
        """Positions of the mirrors that still owe the file ``number``, the one asked first before the others."""
        return [position for at, position in self._paths if at == number]

    def next(self, until: float | None) -> Answer | None:
        """The next answer, or None if it is ``until`` before there is one. Raises what is none of our errors."""
        while (found := self._clock.take(self._answers, until)) is not None:
            number, position, outcome, at = found
            self._free += 1
            if self._paths.pop((number, position), None) is None:
                continue  # left behind meanwhile
            if not isinstance(outcome, bytes | TamizdatError):
                raise outcome
            return Answer(number, position, outcome, at)
        return None

    def abandon(self, number: int | None = None) -> None:
        """Wait no more for the file ``number``, or for any; then nothing may begin any more."""
        for key, path in [(key, path) for key, path in self._paths.items() if number in {None, key[0]}]:
            del self._paths[key]
            mirror = self._mirrors[key[1]]
            if isinstance(mirror, Abandonable):
                mirror.abandon(path)
        if number is None:
            for _ in range(self._threads):
                self._tasks.put(None)
            self._threads = 0
