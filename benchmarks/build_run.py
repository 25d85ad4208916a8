"""Commands measured: processor seconds, memory and time, of one run or of a process that waits for changes."""

import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A process counts the memory of the one that started it as its own until it is another program, so something small
# starts it. Arguments: the file for the figures, then the command.
_LAUNCHER: Final = """
import json, os, sys, time
begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
figures = [used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss]
with open(sys.argv[1], "w") as file:
    json.dump(figures, file)
sys.exit(os.waitstatus_to_exitcode(status))
"""
_LONGEST_SECONDS: Final = 3_600.0
_QUIET_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run took: processor time (user and system, all threads), time, and memory at its peak."""

    cpu_seconds: float
    seconds: float
    peak_mib: float


def measured(command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> tuple[Usage, str]:
    """Run ``command`` in ``folder``: what it took, and what it printed. Raises RuntimeError if it fails."""
    figures = folder / "usage.json"
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(figures), *command]
    done = subprocess.run(
        launch, cwd=folder, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:] or done.stdout[-2000:]}")
    cpu, seconds, kib = json.loads(figures.read_text())
    figures.unlink()
    return Usage(cpu, seconds, kib / 1024), done.stdout


class Watcher:
    """A process that rebuilds when a file changes, and prints a line that ``finished`` matches after every build."""

    def __init__(
        self, command: Sequence[str], folder: Path, finished: str, env: Mapping[str, str] | None = None
    ) -> None:
        self._finished = re.compile(finished)
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put("")

    def __enter__(self) -> "Watcher":
        self.wait()
        self._settle()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self) -> str:
        """Wait until a build is finished: the line that says so."""
        last = ""
        while line := self._lines.get(timeout=_LONGEST_SECONDS):
            last = line
            if self._finished.search(line):
                return line
        raise RuntimeError(f"{self._process.args!r} ended: {last}")

    def _settle(self) -> None:
        """Wait until the process has nothing to do: some look for changes only a while after they say so."""
        before = -1.0
        while (now := self.cpu_seconds()) > before + 0.05:
            before = now
            time.sleep(_QUIET_SECONDS)

    def cpu_seconds(self) -> float:
        """What the process has used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rebuilt(self, file: Path, text: str) -> Usage:
        """Change ``file`` and wait for the build: what that took."""
        cpu, begun = self.cpu_seconds(), time.perf_counter()
        file.write_text(text, "utf-8")
        self.wait()
        return Usage(self.cpu_seconds() - cpu, time.perf_counter() - begun, 0)
