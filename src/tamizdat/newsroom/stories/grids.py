"""Tables to type in: the form field of a table's rows, and the grid that its script makes of it."""

import json
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.stories.richtext import line_of
from tamizdat.story import check_text

Rows = list[list[str]]
"""Rows of a table; each cell is rich text in HTML, or empty."""
_SCRIPT: Final[Any] = forms.Script("stories/grid.js", type="module")


def _words() -> dict[str, str]:
    """What the script says, in the language of the screen."""
    return {
        "tools": _("Rows, columns and marks"),
        "addRow": _("Add row"),
        "addColumn": _("Add column"),
        "removeRow": _("Remove row"),
        "removeColumn": _("Remove column"),
        "bold": _("Bold"),
        "italic": _("Italic"),
        "link": _("Link"),
        "undo": _("Undo"),
        "cell": _("row {row}, column {column}"),
        "size": _("Rows: {rows}; columns: {columns}"),
        "address": _("Address of the link; empty takes it away"),
        "setLink": _("Set link"),
        "badAddress": _("This is not an address we link to: begin with https:// or http://"),
        "nothingToLink": _("Write something first: an empty cell cannot be a link."),
        "tooMany": _("That would be {cells} cells; a table holds at most {most}."),
        "unreadable": _("These rows cannot be read."),
        "help": _(
            "Tab and arrows move. Enter goes down and begins a new row at the end; Ctrl+Enter adds a row, "
            "Ctrl+Shift+Enter a column; Escape leads to the buttons. A table copied elsewhere can be pasted."
        ),
    }


class GridWidget(forms.Textarea):
    """Rows as JSON; the script of the page makes a grid of them."""

    template_name = "stories/widgets/grid.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template shows."""
        context = super().get_context(name, value, attrs)
        words = json.dumps({key: str(text) for key, text in _words().items()}, ensure_ascii=False)
        context["widget"] |= {"words": words, "most": LIMITS.max_table_cells}
        return context

    @property
    def media(self) -> forms.Media:
        """The script and style of the grid."""
        return forms.Media(js=[_SCRIPT], css={"all": ["stories/grid.css"]})


class RowsField(forms.JSONField):
    """Rows of a table as JSON, which the grid on the screen writes."""

    widget = GridWidget

    def clean(self, value: Any) -> Rows:
        """The rows. Raises ValidationError if they are not equally wide, too many, or hold what no story may carry."""
        rows = super().clean(value) or []
        if not isinstance(rows, list) or not all(
            isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in rows
        ):
            raise ValidationError(gettext_lazy("A table is rows of cells."))
        if len({len(row) for row in rows}) != 1 or not rows[0]:
            raise ValidationError(gettext_lazy("All rows of a table are equally wide, and none is empty."))
        if sum(map(len, rows)) > LIMITS.max_table_cells:
            raise ValidationError(gettext_lazy("The table has too many cells."))
        _check_cells(rows)
        return rows


def _check_cells(rows: Rows) -> None:
    """Refuse cells that no story could carry, saying which. Raises ValidationError."""
    for at, row in enumerate(rows, 1):
        for nth, cell in enumerate(row, 1):
            try:
                check_text(cell or "-", "cell")
                line_of(cell)
            except StoryError as error:
                where = _("row {row}, column {column}").format(row=at, column=nth)
                raise ValidationError(f"{where}: {error.detail}") from error
