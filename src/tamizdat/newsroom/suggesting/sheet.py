"""A glossary as a table that spreadsheets open: out and in again, every fault with its line."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from tamizdat.errors import ItemError
from tamizdat.newsroom.suggesting.agreed import MOST_WORDS, Word

COLUMNS: Final = ("term", "translation", "forms", "in", "any_case", "kept", "note")
MAX_BYTES: Final = 4_000_000
MOST_FAULTS: Final = 50
_COLUMNS: Final = ", ".join(COLUMNS)
_BETWEEN: Final = "|"
_YES: Final = frozenset({"yes", "true", "1", "x"})
_NO: Final = frozenset({"no", "false", "0"})
# A spreadsheet takes what begins so for a formula, so an apostrophe stands before it, there and on the way back.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_LONGEST: Final = {"term": 200, "translation": 200, "note": 400, "forms": 4_000}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: a word, the language that it is a word of, and where it stands."""

    number: int
    source_language: str
    word: Word


def written(words: Iterable[tuple[str, Word]]) -> bytes:
    """The table of words and the languages that they are words of."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for language, word in words:
        writer.writerow(map(_safe, (
            word.term, "" if word.kept else _BETWEEN.join(word.translations), _BETWEEN.join(word.forms), language,
            _flag(word.any_case), _flag(word.kept), word.note,
        )))  # fmt: skip
    # With a mark at the start spreadsheets know that it is UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _flag(value: bool) -> str:
    return "yes" if value else "no"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def _plain(text: str) -> str:
    return text.strip().removeprefix("'")


def read(data: bytes, languages: Collection[str], usual: str) -> tuple[list[Line], list[ItemError]]:
    """The lines, and every fault. ``languages`` may stand in the column ``in``; else it is ``usual``."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        return [], [_fault(number, _("It is not UTF-8: save the table as “CSV UTF-8”."))]
    if len(data) > MAX_BYTES:
        return [], [_fault(1, _("The table is longer than %(most)d bytes."), most=MAX_BYTES)]
    return _Reading(languages, usual).lines(text)


def _fault(number: int, said: str, **fields: object) -> ItemError:
    return ItemError(said % fields if fields else said, where=_("line %(n)d") % {"n": number})


class _Reading:
    """One table being read."""

    def __init__(self, languages: Collection[str], usual: str) -> None:
        self._languages, self._usual = languages, usual
        self._found: list[Line] = []
        self._faults: list[ItemError] = []
        self._seen: dict[tuple[str, str], int] = {}

    def lines(self, text: str) -> tuple[list[Line], list[ItemError]]:
        head = text.partition("\n")[0]
        between = max(",;\t", key=head.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
        try:
            columns = self._columns(next(reader, []))
            begins = reader.line_num + 1
            for row in reader:
                if any(cell.strip() for cell in row):
                    self._line(begins, columns, row)
                begins = reader.line_num + 1
                if len(self._faults) >= MOST_FAULTS or len(self._found) > MOST_WORDS:
                    break
        except ItemError as error:
            self._faults.append(error)
        except csv.Error as error:
            self._faults.append(_fault(max(1, reader.line_num), _("It is no line of a table (%(why)s)."), why=error))
        if len(self._found) > MOST_WORDS:
            self._faults.append(
                _fault(self._found[-1].number, _("A glossary has at most %(most)d words."), most=MOST_WORDS)
            )
        return self._found, self._faults

    def _columns(self, row: Sequence[str]) -> list[str]:
        names = [cell.strip().casefold() for cell in row]
        if "term" not in names:
            raise _fault(1, _("There is no column “term”. Columns: %(columns)s"), columns=_COLUMNS)
        for name in names:
            if name not in COLUMNS:
                raise _fault(1, _("“%(name)s” is no column. Columns: %(columns)s"), name=name[:40], columns=_COLUMNS)
            if names.count(name) > 1:
                raise _fault(1, _("The column %(name)s stands twice."), name=name)
        return names

    def _line(self, number: int, columns: Sequence[str], row: Sequence[str]) -> None:
        try:
            if len(row) > len(columns):
                raise _fault(number, _("%(n)d cells for %(most)d columns."), n=len(row), most=len(columns))
            cells = {name: _plain(cell) for name, cell in zip(columns, row, strict=False)}
            line = self._word(number, cells)
            key = (line.source_language, line.word.term)
            if key in self._seen:
                raise _fault(number, _("“%(term)s” stands in line %(n)d already."), term=key[1], n=self._seen[key])
            self._seen[key] = number
            self._found.append(line)
        except ItemError as error:
            self._faults.append(error)

    def _word(self, number: int, cells: dict[str, str]) -> Line:
        for name, most in _LONGEST.items():
            if len(cells.get(name, "")) > most:
                raise _fault(number, _("%(name)s is longer than %(most)d characters."), name=name, most=most)
            if "\0" in cells.get(name, ""):
                raise _fault(number, _("%(name)s holds a character that no text has."), name=name)
        term = " ".join(cells.get("term", "").split())
        kept = _flag_of(number, "kept", cells, usual=False)
        translations = _parts(cells.get("translation", ""))
        if not term:
            raise _fault(number, _("There is no term."))
        if not kept and not translations:
            raise _fault(number, _("“%(term)s” has no translation. If it stays as it is: kept = yes."), term=term)
        if kept and translations and translations != (term,):
            raise _fault(number, _("“%(term)s” is kept as it is, and has a translation: which?"), term=term)
        language = cells.get("in", "") or self._usual
        if language not in self._languages:
            raise _fault(
                number, _("in: “%(tag)s” is not one of %(tags)s."), tag=language[:40], tags=", ".join(self._languages)
            )
        any_case = _flag_of(number, "any_case", cells, usual=True)
        said = (term,) if kept else translations
        word = Word(term, _parts(cells.get("forms", "")), any_case, kept, said, cells.get("note", ""))
        return Line(number, language, word)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (" ".join(part.split()) for part in text.split(_BETWEEN)))))


def _flag_of(number: int, name: str, cells: Mapping[str, str], *, usual: bool) -> bool:
    text = cells.get(name, "")
    value = text.casefold()
    if value in _YES or value in _NO:
        return value in _YES
    if value:
        raise _fault(number, _("%(name)s: “%(value)s” is neither yes nor no."), name=name, value=text[:20])
    return usual
