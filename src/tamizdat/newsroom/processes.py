"""The processes of a newsroom, and the one that looks after them: it holds the passphrase, and nothing of Django.

``web`` answers browsers and never sees a key. ``background`` looks at mirrors and wires, and neither answers nor signs.
``press`` has the keys and answers nobody. It is started once there are
keys that may sign, so that people can write while a ceremony is still under way.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final

from tamizdat.errors import UsageError
from tamizdat.newsroom.place import VARIABLE
from tamizdat.trust.keyring import has_state

_GRACE_SECONDS: Final = 20.0
_RESTART_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.2
WEB: Final = "web"
PRESS: Final = "press"
BACKGROUND: Final = "background"
ALL: Final = (WEB, PRESS, BACKGROUND)
"""The processes, by what they do."""


@dataclass(slots=True)
class _Child:
    """A process that is started again when it ends by itself."""

    arguments: tuple[str, ...]
    first_line: str = ""
    door: int | None = None
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    starts: int = field(default=0)


def _child(name: str, door: socket.socket | None, passphrase: str) -> _Child:
    if name == WEB and door is not None:
        return _Child((WEB, f"fd={door.fileno()}"), door=door.fileno())
    return _Child((name,), passphrase if name == PRESS else "")


def environment(folder: Path) -> dict[str, str]:
    """That of the newsroom's processes. Only the press opens keys, and it is told on a pipe that nobody else reads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAMIZDAT_PASSPHRASE")}
    return {**kept, VARIABLE: str(folder.resolve())}


def ask(folder: Path, what: str, given: str = "") -> dict[str, Any]:
    """Have a process of the newsroom do ``what`` and say what came of it. ``given`` is told on a pipe.

    Raises UsageError if it fails; what it said stands on standard error.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "tamizdat.newsroom", what],
        env=environment(folder),
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UsageError(f"the newsroom's database could not be made ready ({what}); the reason stands in the terminal")
    said: dict[str, Any] = json.loads(done.stdout or "{}")
    return said


class Processes:
    """Those of ``only``, for the publication in ``folder``: ``web`` answers at the listening socket ``door``."""

    def __init__(self, folder: Path, door: socket.socket | None, passphrase: str, only: tuple[str, ...] = ALL) -> None:
        self._folder = folder
        self._environment = environment(folder)
        self._children = tuple(_child(name, door, passphrase) for name in only)
        self._stopped = threading.Event()

    def run(self, ready: Callable[[], None]) -> None:
        """Start them and look after them until SIGINT or SIGTERM. ``ready`` is called once they were started."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        try:
            self._look_after()
            ready()
            while not self._stopped.wait(_LOOK_SECONDS):
                self._look_after()
        finally:
            self._end()

    def _look_after(self) -> None:
        for child in self._children:
            if child.process is None:
                if child.arguments[0] != PRESS or has_state(self._folder):
                    self._start(child)
            elif child.process.poll() is not None:
                self._start_again(child)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped.set()

    def _start(self, child: _Child) -> None:
        child.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "tamizdat.newsroom", *child.arguments],
            env=self._environment,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the process that looks after them
            pass_fds=() if child.door is None else (child.door,),
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
        """Ask them to end; the press finishes the publish that it is at."""
        for child in self._children:
            if child.process and child.process.poll() is None:
                if child.process.stdin:
                    child.process.stdin.close()
                if child.arguments[0] == WEB:
                    child.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in self._children:
            if child.process:
                try:
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.process.kill()
