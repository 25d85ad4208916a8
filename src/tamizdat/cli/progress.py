"""Progress where somebody watches; nothing where nobody does."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from tamizdat.cli.push_table import push_table
from tamizdat.publisher.progress import Tally
from tamizdat.roads.clock import CLOCK


class Bars:
    """A bar for each stage, and a table of carriers, on standard error, if that is a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._console = Console(stderr=True)
        self._bars = Progress(*columns, console=self._console, disable=not self._shown)
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

    @contextmanager
    def pushing(self, tallies: Sequence[Tally]) -> Iterator[None]:
        """The table, while the context lasts. What came of it is for whoever has the report."""
        if not self._shown or not tallies:
            yield
            return
        self._bars.stop()
        with Live(get_renderable=lambda: self._table(tallies), console=self._console, transient=True):
            yield

    def _table(self, tallies: Sequence[Tally]) -> Text:
        return push_table(tallies, CLOCK.now(), self._console.width, self._console.height)
