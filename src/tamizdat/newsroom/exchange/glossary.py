"""The glossary's words in a file: beside each piece those that are in its source, as they stand beside it here."""

from typing import Final

from django.utils.translation import gettext as _

from tamizdat.newsroom.suggesting.agreed import Finder, Word, glossary
from tamizdat.newsroom.translating.models import Task

MOST_WORDS: Final = 20
"""Of one piece."""
_MOST_CHARS: Final = 300


class Glossaries:
    """The glossaries of some tasks, each read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Finder] = {}

    def of(self, task: Task) -> Finder:
        """What finds the agreed words of the task's languages."""
        pair = task.source.locale.language_code, task.target.locale.language_code
        if pair not in self._known:
            self._known[pair] = Finder(glossary(*pair))
        return self._known[pair]


def word_notes(finder: Finder, text: str) -> tuple[str, ...]:
    """A line for each agreed word in a plain text, in their order."""
    return tuple(_note(word) for word in finder.found(text)[:MOST_WORDS])


def _note(word: Word) -> str:
    wanted = _("stays as it is") if word.kept else " / ".join(word.translations)
    line = f"{word.term} → {wanted} ({word.note})" if word.note else f"{word.term} → {wanted}"
    return " ".join(line.split())[:_MOST_CHARS]
