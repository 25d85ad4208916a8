"""The processes of a newsroom, and the one that looks after them: it holds the passphrase, and nothing of Django.

``web`` answers browsers and never sees a key. ``press`` has the keys and answers nobody.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final

from tamizdat.errors import UsageError
from tamizdat.newsroom.place import VARIABLE

_GRACE_SECONDS: Final = 20.0
_RESTART_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.2


@dataclass(slots=True)
class _Child:
    """A process that is started again when it ends by itself."""

    arguments: tuple[str, ...]
    first_line: str = ""
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    starts: int = field(default=0)


class Processes:
    """``web`` at ``listen`` and ``press`` for the publication in ``folder``."""

    def __init__(self, folder: Path, listen: str, passphrase: str) -> None:
        self._environment = {**os.environ, VARIABLE: str(folder.resolve())}
        # Only the press opens keys, and it is told on a pipe that nobody else reads.
        for name in [name for name in self._environment if name.startswith("TAMIZDAT_PASSPHRASE")]:
            del self._environment[name]
        self._children = (_Child(("web", listen)), _Child(("press",), passphrase))
        self._stopped = threading.Event()

    def set_up(self) -> None:
        """Bring the database up to date. Raises UsageError if that fails; what it said stands on standard error."""
        done = subprocess.run([sys.executable, "-m", "tamizdat.newsroom", "set-up"], env=self._environment, check=False)
        if done.returncode:
            raise UsageError("the newsroom's database could not be made ready; the reason stands above")

    def run(self, ready: Callable[[], None]) -> None:
        """Start both and look after them until SIGINT or SIGTERM. ``ready`` is called once they were started."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        try:
            for child in self._children:
                self._start(child)
            ready()
            while not self._stopped.wait(_LOOK_SECONDS):
                for child in self._children:
                    if child.process and child.process.poll() is not None:
                        self._start_again(child)
        finally:
            self._end()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped.set()

    def _start(self, child: _Child) -> None:
        child.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "tamizdat.newsroom", *child.arguments],
            env=self._environment,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the process that looks after them
        )
        child.started, child.starts = time.monotonic(), child.starts + 1
        pipe: IO[str] | None = child.process.stdin
        if pipe and child.first_line:
            pipe.write(f"{child.first_line}\n")
            pipe.flush()

    def _start_again(self, child: _Child) -> None:
        if time.monotonic() - child.started >= _RESTART_SECONDS:
            self._start(child)

    def _end(self) -> None:
        """Ask both to end; the press finishes the publish that it is at."""
        for child in self._children:
            if child.process and child.process.poll() is None:
                if child.process.stdin:
                    child.process.stdin.close()
                if child.arguments[0] == "web":
                    child.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in self._children:
            if child.process:
                try:
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.process.kill()
