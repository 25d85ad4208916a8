"""Which piece of a file belongs to which row of a translation as it stands now, and what is to become of it.

Nothing here overwrites what somebody wrote in the newsroom since the file was made: that is a CONFLICT for people.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from tamizdat.errors import StoryError
from tamizdat.newsroom.exchange.codes import Code, Tokens, html_of, missing_marks, normal, was
from tamizdat.newsroom.exchange.placing import placed
from tamizdat.newsroom.exchange.sheet import CHECK, DONE, Unit, field_id, rows_with_source, split_id, tokens_in
from tamizdat.newsroom.translating.aligning import CHANGED, NEW, SAME, Row
from tamizdat.newsroom.translating.beside import FieldRows
from tamizdat.newsroom.translating.fields import LINE, longest, typed

TAKEN: Final = "taken"
"""It stands in the draft now."""
FLAGGED: Final = "flagged"
"""Its source changed since, or the file says that it should be looked at: it stands in the draft, marked *changed*."""
UNCHANGED: Final = "unchanged"
"""The file says nothing new."""
EMPTY: Final = "empty"
"""The file has no translation of it."""
CONFLICT: Final = "conflict"
"""Somebody changed it in the newsroom since, or left it out, and the file says something else: people choose."""
BROKEN: Final = "broken"
"""Its marks do not fit the source's, or no story can hold it."""
UNKNOWN: Final = "unknown"
"""The story has no such piece (any more)."""
OPEN: Final = frozenset({CONFLICT, BROKEN, UNKNOWN})
"""What people have to look at."""
FATES: Final = (TAKEN, FLAGGED, UNCHANGED, EMPTY, CONFLICT, BROKEN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Piece:
    """A unit and where it belongs: ``row`` is the place ``at`` of ``field``; without one it is UNKNOWN."""

    unit: Unit
    fate: str
    field: FieldRows | None = None
    at: int = -1
    exact: bool = True
    text: str = ""
    why: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether it fits what the source says and shows now: no file or report shows a picture or a recording."""
        return self.exact and not (self.field and self.field.exchanged)

    @property
    def row(self) -> Row | None:
        """The row."""
        return self.field.rows[self.at] if self.field else None


def matched(fields: Sequence[FieldRows], units: Sequence[Unit]) -> list[Piece]:
    """Each unit's fate, in their order."""
    by_id = {field_id(field.key): field for field in fields}
    places: dict[int, tuple[FieldRows, int, bool]] = {}
    for name, numbers in _grouped(units).items():
        field = by_id.get(name)
        if field:
            entries = [(split_id(units[number].id)[1], number) for number in numbers]
            places |= {
                number: (field, at, exact) for number, (at, exact) in _placed(field, units, sorted(entries)).items()
            }
    if rest := [(at, unit) for at, unit in enumerate(units) if at not in places]:
        places |= _by_source(fields, rest, places)
    return [
        _judged(unit, *places[at]) if at in places else Piece(unit, UNKNOWN, why=_("The story has no such piece now."))
        for at, unit in enumerate(units)
    ]


def _grouped(units: Sequence[Unit]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    seen = set()
    for at, unit in enumerate(units):
        if unit.id not in seen:  # of two units with one id the first counts
            groups[split_id(unit.id)[0]].append(at)
        seen.add(unit.id)
    return groups


def _placed(field: FieldRows, units: Sequence[Unit], entries: list[tuple[int, int]]) -> dict[int, tuple[int, bool]]:
    """Unit -> place among the field's rows, and whether its source is that row's for certain.

    ``entries`` are numbers of pieces, and of units.
    """
    rows = rows_with_source(field)
    sources = {number: normal(tokens_in(row.source, field.kind)) for number, _at, row in rows}
    before = {number: normal(tokens_in(row.before, field.kind)) for number, _at, row in rows if row.before}
    wanted = {unit: normal(units[unit].source) for _number, unit in entries}
    ats = {number: at for number, at, _row in rows}
    return {unit: (ats[number], exact) for unit, (number, exact) in placed(entries, wanted, sources, before).items()}


def _by_source(
    fields: Sequence[FieldRows], units: Iterable[tuple[int, Unit]], taken: dict[int, tuple[FieldRows, int, bool]]
) -> dict[int, tuple[FieldRows, int, bool]]:
    """Units whose ids a foreign program made anew, by their source, where it stands once in the story."""
    there: dict[Tokens, list[tuple[FieldRows, int]]] = defaultdict(list)
    for field in fields:
        for _number, at, row in rows_with_source(field):
            there[normal(tokens_in(row.source, field.kind))].append((field, at))
    occupied = {(field.key, at) for field, at, _exact in taken.values()}
    found = {}
    for number, unit in units:
        places = there.get(normal(unit.source), []) if unit.source else []
        if len(places) == 1 and (places[0][0].key, places[0][1]) not in occupied:
            found[number] = (*places[0], True)
            occupied.add((places[0][0].key, places[0][1]))
    return found


def _judged(unit: Unit, field: FieldRows, at: int, exact: bool) -> Piece:
    row = field.rows[at]
    piece = Piece(unit, UNCHANGED, field, at, exact)
    now = tokens_in(row.text, field.kind)
    if unit.fault:
        return replace(piece, fate=BROKEN, why=unit.fault, text=unit.raw)
    if not normal(unit.target):
        return replace(piece, fate=EMPTY)
    if normal(unit.target) == normal(now) and row.state != NEW:
        confirms = row.state == CHANGED and piece.is_certain and unit.state == DONE
        return replace(piece, fate=TAKEN, text=row.text) if confirms else piece
    if unit.was == was(unit.target) and row.state != NEW:
        return piece  # nobody touched it elsewhere, and somebody did here
    if normal(unit.target) == normal(unit.source) and unit.state != DONE:
        return replace(piece, fate=EMPTY)  # filled with the source by a program
    return _new(piece, row, now)


def _new(piece: Piece, row: Row, now: Tokens) -> Piece:
    """A unit that says something else than the newsroom."""
    try:
        text = piece_html(piece, piece.unit.target)
    except StoryError as error:
        return replace(piece, fate=BROKEN, why=error.detail, text=html_of(piece.unit.target))
    why = _misfit(piece)
    if why:
        return replace(piece, fate=BROKEN, why=why, text=text)
    # What somebody left out on purpose reads like what nobody has translated yet: ``was`` does not tell them apart.
    edited = row.state != NEW and (not row.text or piece.unit.was != was(now))
    if edited or (row.state == SAME and not piece.exact):
        return replace(piece, fate=CONFLICT, text=text)
    if not piece.is_certain or piece.unit.state == CHECK:
        return replace(piece, fate=FLAGGED, text=text)
    return replace(piece, fate=TAKEN, text=text)


def piece_html(piece: Piece, tokens: Tokens) -> str:
    """The tokens as a piece that stands where the row's does. Raises StoryError for what no story holds."""
    field, row = piece.field, piece.row
    if field is None or row is None:
        raise StoryError("belongs nowhere", field="text")
    if field.kind == LINE:
        words = "".join(str(each) for each in normal(tokens) if isinstance(each, str))
        return " ".join(words.split("\n"))
    return typed(html_of(normal(tokens)), field.kind, row.source or row.text, marks=True)


def _misfit(piece: Piece) -> str:
    field, unit = piece.field, piece.unit
    if field is None:
        return ""
    if field.kind == LINE and any(isinstance(each, Code) for each in unit.target):
        return _("A line has no marks.")
    length = sum(len(each) for each in normal(unit.target) if isinstance(each, str))
    if field.kind == LINE and length > (most := longest(field.key)):
        return _("It is longer than %(n)d characters.") % {"n": most}
    return missing_marks(unit.source, unit.target)
