"""Many translations as one zip that leaves while it is made: nobody waits for the last one to get the first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.translation import override
from wagtail.log_actions import log

from tamizdat.newsroom.exchange.files import written, zipped
from tamizdat.newsroom.exchange.glossary import Glossaries
from tamizdat.newsroom.exchange.sheet import sheet_of
from tamizdat.newsroom.translating.acting import may_edit
from tamizdat.newsroom.translating.models import Task

_AT_ONCE: Final = 10
"""How many translations are in memory, and noted in the history in one transaction."""


@dataclass(frozen=True, slots=True)
class TakeOut:
    """Write these tasks' files, of one ``kind`` of FORMATS, in ``screens``, the language of the screens."""

    keys: Sequence[int]
    kind: str
    only_open: bool
    user: Any
    screens: str

    def execute(self) -> Iterator[bytes]:
        """The zip, piece by piece. What is gone by its turn, or is no longer this person's to edit, is left out."""
        return zipped(self._files())

    def _files(self) -> Iterator[tuple[str, bytes]]:
        glossaries = Glossaries()
        for at in range(0, len(self.keys), _AT_ONCE):
            # Views have ended by now, and with them the language of their screens.
            with override(self.screens):
                made = [(task, self._file(task, glossaries)) for task in self._tasks(self.keys[at : at + _AT_ONCE])]
            with transaction.atomic():
                for task, (name, _data) in made:
                    log(instance=task.target, action="exchange.out", user=self.user, data={"file": name})
            yield from (file for _task, file in made)

    def _tasks(self, keys: Sequence[int]) -> list[Task]:
        tasks = Task.objects.select_related("source__locale", "target__locale", "target__latest_revision")
        found = tasks.in_bulk(keys)
        return [found[key] for key in keys if key in found and may_edit(found[key], self.user)]

    def _file(self, task: Task, glossaries: Glossaries) -> tuple[str, bytes]:
        return written(sheet_of(task, only_open=self.only_open, finder=glossaries.of(task)), self.kind)
