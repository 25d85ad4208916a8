"""Agreed words: found in what is to be translated, looked for in the translation, and told to machines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tamizdat.newsroom.suggesting.models import Agreed
from tamizdat.newsroom.suggesting.words import spans_of, words_of

MOST_WORDS: Final = 5_000
"""Of one language and one source language; more are no glossary but a dictionary."""
_STEM_CHARS: Final = 4
_ENDING_CHARS: Final = 2


@dataclass(frozen=True, slots=True)
class Word:
    """An agreed word."""

    term: str
    forms: tuple[str, ...]
    any_case: bool
    kept: bool
    translations: tuple[str, ...]
    note: str


def glossary(source_language: str, language: str) -> list[Word]:
    """The agreed words of a pair of languages; one query."""
    rows = Agreed.objects.filter(language=language, source_language=source_language).order_by("pk")
    return [word_of(row) for row in rows[:MOST_WORDS]]


machine_words = glossary


def word_of(row: Agreed) -> Word:
    """A line of the glossary."""
    translations = (row.term,) if row.kept else tuple(filter(None, map(str.strip, row.translation.split("|"))))
    forms = tuple(filter(None, map(str.strip, row.forms.splitlines())))
    return Word(row.term, forms, row.any_case, row.kept, translations, row.note)


class Finder:
    """Finds agreed words in plain texts, each by its first word."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._by_first: dict[str, list[tuple[list[str], Word]]] = {}
        for word in words:
            for form in (word.term, *word.forms):
                if parts := [part for part, _begin, _end in spans_of(form)]:
                    self._by_first.setdefault(parts[0].casefold(), []).append((parts, word))

    def found(self, text: str) -> list[Word]:
        """The agreed words in a plain text, in their order, each once."""
        spans = [part for part, _begin, _end in spans_of(text)] if self._by_first else []
        found: dict[Word, None] = {}
        for at, part in enumerate(spans):
            for parts, word in self._by_first.get(part.casefold(), ()):
                if _same(spans[at : at + len(parts)], parts, any_case=word.any_case):
                    found.setdefault(word)
        return list(found)


def _same(there: Sequence[str], parts: Sequence[str], *, any_case: bool) -> bool:
    if any_case:
        return [part.casefold() for part in there] == [part.casefold() for part in parts]
    return list(there) == list(parts)


def lacking(words: Iterable[Word], translation: str) -> list[Word]:
    """Which of the agreed words a translation (plain) seems to lack. Endings may differ: languages bend their words."""
    there = words_of(translation)
    exact = [part for part, _begin, _end in spans_of(translation)]
    return [
        word
        for word in words
        if word.translations
        and not (_has(exact, word.term) if word.kept else any(_bent(there, each) for each in word.translations))
    ]


def _has(there: Sequence[str], term: str) -> bool:
    parts = [part for part, _begin, _end in spans_of(term)]
    return any(list(there[at : at + len(parts)]) == parts for at in range(len(there)))


def _bent(there: Sequence[str], phrase: str) -> bool:
    parts = words_of(phrase)
    return any(
        len(there) - at >= len(parts) and all(_like(there[at + nth], part) for nth, part in enumerate(parts))
        for at in range(len(there))
    )


def _like(there: str, part: str) -> bool:
    stem = part[: max(_STEM_CHARS, len(part) - _ENDING_CHARS)]
    return there.startswith(stem)
