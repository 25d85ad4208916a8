"""What somebody typed beside a source, row by row; put back at its pieces if these are others by now.

A form says for each row which piece it stands for, and which text the newsroom had there (:func:`pieces_of`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from tamizdat.newsroom.suggesting.words import digest
from tamizdat.newsroom.translating.aligning import Row, met
from tamizdat.newsroom.translating.beside import FieldRows
from tamizdat.newsroom.translating.fields import LINE, to_type

Given = dict[tuple[str, int], tuple[str, bool]]
"""What was typed in each row of each field, and whether it was confirmed."""
_CHARS: Final = 12
"""Of a hash: enough for the pieces of one field."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """A row of the form. The rest are hashes: of the piece, of what the source said before, of the newsroom's text."""

    text: str
    confirmed: bool
    piece: str
    before: str
    shown: str

    @property
    def is_touched(self) -> bool:
        return _hash(self.text) != self.shown


def text_name(key: str, at: int) -> str:
    """The name of a row's text in the form."""
    return f"t:{key}:{at}"


def confirm_name(key: str, at: int) -> str:
    """The name of a row's tick."""
    return f"c:{key}:{at}"


def pieces_of(fields: Sequence[FieldRows]) -> str:
    """The form's ``pieces``: which rows it shows."""
    shown = {field.key: [[_piece(row), _before(row), _shown(field, row)] for row in field.rows] for field in fields}
    return json.dumps(shown)


def _hash(text: str) -> str:
    # Browsers write the ends of lines in ways of their own.
    return digest(" ".join(text.split()))[:_CHARS]


def _piece(row: Row) -> str:
    return _hash(row.source or row.before or row.text)


def _before(row: Row) -> str:
    return _hash(row.before) if row.before else ""


def _shown(field: FieldRows, row: Row) -> str:
    return _hash(to_type(row.text, field.kind))


def typed_in(post: QueryDict, fields: Sequence[FieldRows]) -> Given:
    """What a form says of these rows, which it has shown. Of what it does not name the newsroom's text stays."""
    return {
        (field.key, at): (
            post.get(text_name(field.key, at), to_type(row.text, field.kind)),
            bool(post.get(confirm_name(field.key, at))),
        )
        for field in fields
        for at, row in enumerate(field.rows)
    }


def put_back(post: QueryDict, fields: Sequence[FieldRows]) -> tuple[Given, list[str]]:
    """What a form says that has shown other rows: at the same pieces here; and the texts whose piece is not here.

    Where nobody typed anything, the newsroom's text stays. A form that does not say what it has shown is read by place;
    nobody knows whether what is empty there was emptied, or came in meanwhile.
    """
    shown = _read(post.get("pieces", ""))
    if not shown:
        return {place: given for place, given in typed_in(post, fields).items() if any(given)}, []
    given, lost = Given(), [text for text in post.getlist("lost") if text.strip()]
    here = {field.key: field for field in fields}
    for key, pieces in shown.items():
        rows = [_row(post, key, at, piece) for at, piece in enumerate(pieces)]
        places = _places(rows, here[key]) if key in here else {}
        for at, row in enumerate(rows):
            if at in places:
                given |= _given(row, here[key], places[at])
            elif row.is_touched and row.text.strip():
                lost.append(row.text)
    return given, lost


def _read(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
        return {
            str(key): [(str(piece), str(before), str(base)) for piece, before, base in rows]
            for key, rows in found.items()
        }
    except (ValueError, TypeError, AttributeError):  # no form of ours
        return {}


def _row(post: QueryDict, key: str, at: int, piece: tuple[str, str, str]) -> _Typed:
    return _Typed(post.get(text_name(key, at), ""), bool(post.get(confirm_name(key, at))), *piece)


def _places(typed: Sequence[_Typed], field: FieldRows) -> dict[int, int]:
    """Which row is where now. A piece that says something else is another, but of a line there is only one."""
    if field.kind == LINE and len(typed) == len(field.rows) == 1:
        return {0: 0}
    old, new = [each.piece for each in typed], [_piece(row) for row in field.rows]
    places = {a: b for a, b in met(old, new) if a is not None and b is not None and old[a] == new[b]}
    # Of what changed in the source since it was translated, the row says what it was.
    before = {_before(row): at for at, row in enumerate(field.rows) if row.before and at not in places.values()}
    for at, each in enumerate(typed):
        name = next((name for name in (each.piece, each.before) if name in before), None)
        if at not in places and name is not None:
            places[at] = before.pop(name)
    return places


def _given(typed: _Typed, field: FieldRows, at: int) -> Given:
    row = field.rows[at]
    # Which picture, recording or address the form has shown, it does not say.
    as_it_was = typed.piece == _piece(row) and typed.shown == _shown(field, row) and not field.exchanged
    if typed.is_touched:
        return {(field.key, at): (typed.text, typed.confirmed and as_it_was)}
    return {(field.key, at): (to_type(row.text, field.kind), True)} if typed.confirmed and as_it_was else {}
