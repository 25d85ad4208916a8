"""What all connections of a server share, and who of them has to go."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tamizdat.mirror.http.answer import after_wait, answer
from tamizdat.mirror.http.bandwidth import Bandwidth
from tamizdat.mirror.http.bodies import Bodies
from tamizdat.mirror.http.catalogue import Catalogue
from tamizdat.mirror.http.limits import HttpLimits
from tamizdat.mirror.http.reply import Answer
from tamizdat.mirror.http.request import Request
from tamizdat.mirror.port import Files
from tamizdat.mirror.totals import Totals

_WAKE_AT_ONCE = 128


class Guest(Protocol):
    """A connection, as the house sees it."""

    heavy: bool

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        ...

    def usefulness(self, now: float) -> tuple[int, float]:
        """The least goes first when there are too many."""
        ...

    def check(self, now: float) -> None:
        """Go, if time is up."""
        ...

    def close(self) -> None:
        """Go at once."""
        ...


@dataclass(slots=True, eq=False)
class Waiter:
    """A request whose answer shall be other news than what its client has, until ``deadline``."""

    request: Request
    found: Answer
    deadline: float
    tell: Callable[[Answer], None]


class House:
    """Everything that connections share. Lives in the loop's thread."""

    def __init__(self, files: Files, totals: Totals, limits: HttpLimits, bytes_per_second: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.limits = limits
        self.totals = totals
        self.catalogue = Catalogue(files, totals, limits)
        self.bodies = Bodies(files, limits, self.loop)
        self.bandwidth = Bandwidth(bytes_per_second, limits.turn_bytes // 2, self.loop)
        self.room = memoryview(bytearray(limits.read_bytes))
        self.guests: dict[Guest, None] = {}
        self.heavy = 0
        self.waiters: dict[Waiter, None] = {}
        self.faults = 0
        """Errors of our own that ended a connection; what they were is written nowhere, for it may name a request."""
        self.max_guests = limits.max_connections
        self.closing = False

    # --- Connections ----------------------------------------------------------------------------------------------

    def enter(self, guest: Guest) -> None:
        """A new connection; the least useful ones make room for it."""
        if len(self.guests) >= self.max_guests:
            self.make_room()
        self.guests[guest] = None

    def burden(self, guest: Guest) -> None:
        """This connection is one of those that cost much memory."""
        if not guest.heavy:
            if self.heavy >= self.limits.max_heavy_connections:
                self.make_room(heavy=True)
            guest.heavy = True
            self.heavy += 1

    def leave(self, guest: Guest) -> None:
        """The connection is closed."""
        if guest in self.guests:
            del self.guests[guest]
            self.heavy -= guest.heavy

    def make_room(self, *, heavy: bool = False) -> None:
        """Close the least useful connections: some at once, because it costs a look at all of them."""
        now = self.loop.time()
        there = [guest for guest in self.guests if guest.heavy or not heavy]
        there.sort(key=lambda guest: guest.usefulness(now))
        for guest in there[: 1 + len(there) // 32]:
            guest.close()

    def sweep(self) -> None:
        """Look at everybody's time."""
        now = self.loop.time()
        for guest in list(self.guests):
            guest.check(now)
        for waiter in [waiter for waiter in self.waiters if waiter.deadline <= now]:
            self.dismiss(waiter)
        self.totals.turn()

    # --- Waiting for news -----------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """What to say to a request; see :func:`~tamizdat.mirror.http.answer.answer`."""
        full = len(self.waiters) >= self.limits.max_waiting or self.closing
        return answer(request, self.catalogue, 0 if full else self.limits.max_wait_seconds)

    def wait(self, request: Request, found: Answer, tell: Callable[[Answer], None]) -> Waiter:
        """Have ``tell`` called with a better answer than ``found``, or with that one when the time is over."""
        waiter = Waiter(request, found, self.loop.time() + found.wait_seconds, tell)
        self.waiters[waiter] = None
        return waiter

    def dismiss(self, waiter: Waiter) -> None:
        """It has waited long enough."""
        if waiter in self.waiters:
            del self.waiters[waiter]
            waiter.tell(after_wait(waiter.found))

    def wake(self) -> None:
        """There may be news."""
        self._wake(list(self.waiters))

    def _wake(self, waiters: list[Waiter]) -> None:
        for waiter in waiters[:_WAKE_AT_ONCE]:
            if waiter in self.waiters:
                found = answer(waiter.request, self.catalogue, 1)
                if not found.wait_seconds:
                    del self.waiters[waiter]
                    waiter.tell(after_wait(found))
        if len(waiters) > _WAKE_AT_ONCE:  # others have their turn, too
            self.loop.call_soon(self._wake, waiters[_WAKE_AT_ONCE:])

    def busy(self) -> bool:
        """Whether an answer is on its way to anybody."""
        return any(guest.busy for guest in self.guests)

    def close(self) -> None:
        """Let everybody go."""
        for guest in list(self.guests):
            guest.close()
        self.bandwidth.close()
        self.bodies.close()
        self.totals.save()
