"""Tables: spans filled with empty cells, ragged rows padded, layout tables taken apart."""

from dataclasses import dataclass, field

from tamizdat.limits import LIMITS
from tamizdat.markup.found import Part, split
from tamizdat.markup.line import joined
from tamizdat.story import ListBlock, Paragraph, RichText, Table

_MAX_SPAN = 64


@dataclass(slots=True)
class Cell:
    """One ``<td>`` or ``<th>``, as it was found."""

    parts: list[Part]
    heads: bool
    width: int = 1
    height: int = 1

    @property
    def is_text(self) -> bool:
        """Whether a cell of a story's table can hold all of it."""
        length = sum(len(run.text) + 1 for text in split(self.parts)[0] for run in text)
        plain = all(isinstance(part, Paragraph | ListBlock) for part in self.parts)
        return plain and length <= LIMITS.max_line_chars


@dataclass(slots=True)
class Rows:
    """The rows of one ``<table>``; ``named`` when the first of them stood in a ``<thead>``."""

    rows: list[list[Cell]] = field(default_factory=list)
    named: bool = False

    def begin_row(self, *, head: bool) -> None:
        """A ``<tr>``."""
        if head and not self.rows:
            self.named = True
        self.rows.append([])

    def add(self, cell: Cell) -> None:
        """A cell; one outside any row begins a row."""
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(cell)

    @property
    def is_layout(self) -> bool:
        """Whether the table only places things: cells that hold more than text, or one column of many paragraphs."""
        cells = [cell for row in self.rows for cell in row]
        single = all(len(row) <= 1 for row in self.rows)
        return any(not cell.is_text or (single and len(cell.parts) > 1) for cell in cells)

    def parts(self) -> list[Part]:
        """All that is in the cells, row by row."""
        return [part for row in self.rows for cell in row for part in cell.parts]

    def table(self, caption: str) -> Table | None:
        """The table, or None if it is empty or has too many cells for a story."""
        grid = self._grid()
        width = max((len(row) for row in grid), default=0)
        if not any(cell for row in grid for cell in row) or width * len(grid) > LIMITS.max_table_cells:
            return None
        first = next((row for row in self.rows if row), [])
        header = self.named or (bool(first) and all(cell.heads for cell in first))
        return Table(tuple((*row, *((),) * (width - len(row))) for row in grid), header, caption)

    def _grid(self) -> list[list[RichText]]:
        """Rows of texts. What a span covers besides its own place is an empty cell."""
        grid: list[list[RichText]] = []
        taken: dict[int, int] = {}
        for cells in self.rows:
            row: list[RichText] = []
            covered = {column for column, rows in taken.items() if rows}
            taken = {column: rows - 1 for column, rows in taken.items() if rows > 1}
            for cell in cells:
                while len(row) in covered:
                    row.append(())
                for column in range(len(row), len(row) + cell.width):
                    if cell.height > 1:
                        taken[column] = cell.height - 1
                row += (joined(split(cell.parts)[0]), *((),) * (cell.width - 1))
            if cells:
                grid.append(row)
            if sum(map(len, grid)) > LIMITS.max_table_cells:
                break
        return grid


def span(value: str | None) -> int:
    """A ``colspan`` or ``rowspan``; 1 for what is none, and never more than a page could mean."""
    text = (value or "").strip()
    return min(max(int(text), 1), _MAX_SPAN) if text.isascii() and text.isdigit() and len(text) < 6 else 1
