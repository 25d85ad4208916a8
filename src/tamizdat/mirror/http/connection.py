"""One connection: what it is doing, how long it may, and which protocol it speaks."""

from collections.abc import Callable
from enum import IntEnum
from typing import Final, Protocol

from tamizdat.mirror.http.house import House
from tamizdat.mirror.http.wire import NOTHING_NOW, TlsWire, Wire

FOREVER: Final = float("inf")
_YOUNG_SECONDS: Final = 2.0


class Phase(IntEnum):
    """What a connection is doing, the least useful first."""

    LINGER = 0
    """It has been told to go, and reads that."""
    GREETING = 1
    """TLS is being agreed on."""
    ASKING = 2
    """Part of a request has come."""
    IDLE = 3
    """No request is under way."""
    TAKING = 4
    """It could take more of its answer, and has not."""
    WORKING = 5
    """It waits for us: for the disk, or for its share of the bandwidth."""
    WAITING = 6
    """It waits for news, as agreed."""


class Talk(Protocol):
    """A protocol that is spoken over a connection."""

    def receive(self, data: memoryview) -> None:
        """Bytes came; they are gone afterwards."""
        ...

    def receive_end(self) -> None:
        """No more will come."""
        ...

    def go_on(self) -> None:
        """More can be sent."""
        ...

    def waits_too_long(self) -> None:
        """The time for a request is over: end it well, if there is something to say."""
        ...

    def let_go(self) -> None:
        """The connection is closed: nothing may be held any more."""
        ...


Speak = Callable[["Connection", str | None], Talk]
"""Makes the talk: for what TLS agreed on, or None if nothing was agreed on."""


class Connection:
    """A socket in the loop. Errors end it, and nothing about them is kept or shown."""

    __slots__ = (
        "_deadline",
        "_house",
        "_mark",
        "_mark_at",
        "_reading",
        "_speak",
        "_talk",
        "_writing",
        "closed",
        "heavy",
        "phase",
        "sent",
        "wire",
    )

    def __init__(self, wire: Wire, house: House, speak: Speak) -> None:
        self._house = house
        self._speak = speak
        self._talk: Talk | None = None
        self._reading = self._writing = False
        self._mark = 0
        self._mark_at = house.loop.time()
        self.wire = wire
        self.sent = 0
        """Bytes that the kernel took."""
        self.heavy = False
        self.closed = False
        self.phase = Phase.IDLE
        self._deadline = self._mark_at + house.limits.idle_seconds
        house.enter(self)
        self.read(wanted=True)
        if isinstance(wire, TlsWire):
            house.burden(self)
            self.phase = Phase.GREETING
            self._deadline = self._mark_at + house.limits.head_seconds
        else:
            self._talk = speak(self, None)

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self.phase in {Phase.TAKING, Phase.WORKING}

    # --- What the talk asks for -----------------------------------------------------------------------------------

    def read(self, *, wanted: bool) -> None:
        """Whether bytes that come shall be received."""
        if wanted is not self._reading and not self.closed:
            self._reading = wanted
            if wanted:
                self._house.loop.add_reader(self.wire.descriptor, self._readable)
                if self.wire.pending():  # deciphered already: the socket shows nothing of it
                    self._house.loop.call_soon(self._readable)
            else:
                self._house.loop.remove_reader(self.wire.descriptor)

    def write(self, *, wanted: bool) -> None:
        """Whether the talk shall be told when more can be sent. While it waits for that, slowness counts."""
        if wanted is not self._writing and not self.closed:
            self._writing = wanted
            if wanted:
                self._house.loop.add_writer(self.wire.descriptor, self._writable)
            else:
                self._house.loop.remove_writer(self.wire.descriptor)

    def become(self, talk: Talk) -> None:
        """It is known now what is spoken."""
        self._talk = talk

    def enter(self, phase: Phase) -> None:
        """It does this from now on."""
        limits = self._house.limits
        if phase is Phase.TAKING:
            self._taking()
            return
        self.phase = phase
        if phase is Phase.IDLE:
            self._deadline = self._house.loop.time() + limits.idle_seconds
        elif phase is Phase.ASKING:
            self._deadline = self._house.loop.time() + limits.head_seconds
        elif phase is Phase.LINGER:
            self._deadline = self._house.loop.time() + limits.linger_seconds
        else:
            self._deadline = FOREVER

    def _taking(self) -> None:
        if self.phase is not Phase.TAKING:
            self.phase = Phase.TAKING
            self._mark_at = self._house.loop.time()
            self._mark = self._taken()
            self._deadline = self._mark_at + self._house.limits.slow_window_seconds

    def _taken(self) -> int:
        """Bytes that the other side has got."""
        return self.sent - self.wire.untaken()

    def linger(self) -> None:
        """Say that this was all, and read what still comes for a moment: who is cut off in mid-word hears nothing."""
        if self.phase is not Phase.LINGER:
            self.enter(Phase.LINGER)
            self.write(wanted=False)
            self.wire.end()
            self.read(wanted=True)

    def close(self) -> None:
        """End it at once."""
        if self.closed:
            return
        self.read(wanted=False)
        self.write(wanted=False)
        self.closed = True
        self._house.leave(self)
        if self._talk is not None:
            self._talk.let_go()
        self.wire.close()

    def guard(self, work: Callable[[], None]) -> None:
        """Do ``work``; whatever goes wrong ends the connection."""
        if self.closed:
            return
        try:
            work()
        except OSError:
            self.close()
        except Exception:  # noqa: BLE001 - it may name what was asked for, so nobody must see it: it is counted
            self._house.faults += 1
            self.close()

    # --- What the loop and the house say --------------------------------------------------------------------------

    def _readable(self) -> None:
        self.guard(self._receive)

    def _writable(self) -> None:
        self.guard(self._send)

    def _receive(self) -> None:
        if self._talk is None:
            self._greet()
            return
        room = self._house.room
        while self._reading:
            count = self.wire.receive(room)
            if count == NOTHING_NOW:
                return
            if self.phase is Phase.LINGER:
                if not count:
                    self.close()
                return
            if not count:
                self._talk.receive_end()
                return
            self._talk.receive(room[:count])
            if not self.wire.pending():  # a socket that has more is looked at again in its next turn
                return

    def _send(self) -> None:
        if self._talk is None:
            self._greet()
        else:
            self._talk.go_on()

    def _greet(self) -> None:
        if not isinstance(self.wire, TlsWire):
            return
        agreed = self.wire.handshake()
        if isinstance(agreed, bool):
            self.write(wanted=agreed)
            return
        self.write(wanted=False)
        self.enter(Phase.IDLE)
        self._talk = self._speak(self, agreed)
        self._receive()

    def check(self, now: float) -> None:
        """See :class:`~tamizdat.mirror.http.house.Guest`."""
        if now >= self._deadline:
            self.guard(self._time_is_up)

    def _time_is_up(self) -> None:
        limits = self._house.limits
        if self.phase is Phase.TAKING:
            taken, now = self._taken(), self._house.loop.time()
            if taken - self._mark >= limits.min_bytes_per_second * (now - self._mark_at):
                self._mark, self._mark_at, self._deadline = taken, now, now + limits.slow_window_seconds
                return
        elif self.phase in {Phase.IDLE, Phase.ASKING} and self._talk is not None:
            self._talk.waits_too_long()
            return
        self.close()

    def usefulness(self, now: float) -> tuple[int, float]:
        """See :class:`~tamizdat.mirror.http.house.Guest`. Of those that do nothing the one goes that did so longest.

        Of those that take an answer, the slowest; but whoever has just begun has proved nothing yet.
        """
        if self.phase is Phase.TAKING:
            spent = now - self._mark_at
            if spent >= _YOUNG_SECONDS:
                return self.phase, (self._taken() - self._mark) / spent
            return Phase.WORKING, 0.0
        return (Phase.LINGER if self.phase <= Phase.IDLE else self.phase), self._deadline
