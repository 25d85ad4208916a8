"""Progress bars where somebody watches; nothing where nobody does."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """A bar for each stage, on standard error, if that is a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, console=Console(stderr=True), disable=not self._shown)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def stage(self, name: str, total: int | None = None) -> None:
        """A new stage begins."""
        self._task = self._bars.add_task(name, total=total)

    def step(self) -> None:
        """One step of the stage is done."""
        if self._task is not None:
            self._bars.advance(self._task)
