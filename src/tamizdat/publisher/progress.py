"""Where long work reports to: a port, which the command line draws and tests read."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Standing(StrEnum):
    """How the push to one carrier stands."""

    WAITING = "waiting"
    LOOKING = "looking"
    """At what the carrier has already."""
    SENDING = "sending"
    AGAIN = "trying again"
    DONE = "done"
    FAILED = "failed"
    LEFT = "left behind"
    """It said nothing for too long, or took much longer than the others."""


@dataclass(slots=True)
class Tally:
    """How far the push to one carrier is. Changes while it lasts; whoever watches looks as often as it likes."""

    name: str
    standing: Standing = Standing.WAITING
    files: int = 0
    bytes: int = 0
    all_files: int = 0
    """How many have to be sent, with those that were; 0 until that is known."""
    all_bytes: int = 0
    again_at: float = 0.0
    """When it tries again, in seconds of the push's clock (``time.monotonic``)."""
    fault: str = ""


class Progress(Protocol):
    """Where long work reports to. The command line draws bars and a table; ``Silent`` draws nothing."""

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage begins, of ``total`` steps if that is known."""
        ...

    def step(self) -> None:
        """One step of the stage is done."""
        ...

    def pushing(self, tallies: Sequence[Tally]) -> AbstractContextManager[None]:
        """While the context lasts, all carriers are pushed to at once, and their tallies change."""
        ...


class Silent:
    """No progress shown."""

    def stage(self, name: str, total: int | None = None) -> None:
        """See :class:`Progress`."""

    def step(self) -> None:
        """See :class:`Progress`."""

    def pushing(self, tallies: Sequence[Tally]) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        """See :class:`Progress`."""
        return nullcontext()
