"""The table of a push: a row for each carrier while there is room, first those that may need somebody."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.filesize import decimal
from rich.text import Text

from tamizdat.publisher.progress import Standing, Tally

_HEADING: Final = ("Carrier", "", "Files", "Bytes")
_ORDER: Final = (
    Standing.AGAIN,
    Standing.FAILED,
    Standing.LEFT,
    Standing.SENDING,
    Standing.LOOKING,
    Standing.WAITING,
    Standing.DONE,
)
_STYLES: Final = {
    Standing.AGAIN: "yellow",
    Standing.FAILED: "red",
    Standing.LEFT: "red",
    Standing.SENDING: "cyan",
    Standing.DONE: "green",
}
_AROUND: Final = 3
"""Lines that are not rows: the heading, the summary, and the cursor's own."""
_LEAST_NAME: Final = 12


def push_table(tallies: Sequence[Tally], now: float, width: int, height: int) -> Text:
    """The table at ``now`` (seconds of the push's clock): at most ``height`` lines with the summary below it."""
    order = {standing: place for place, standing in enumerate(_ORDER)}
    shown = sorted(tallies, key=lambda tally: order[tally.standing])[: max(1, height - _AROUND)]
    rows = [(tally.name, _state(tally, now), *_counts(tally)) for tally in shown]
    names, *widths = (max(map(cell_len, column)) for column in zip(_HEADING, *rows, strict=True))
    names = max(_LEAST_NAME, min(names, width - sum(widths) - 2 * len(widths)))
    lines = [Text(_line(_HEADING, (names, *widths)), "bold")]
    for tally, row in zip(shown, rows, strict=True):
        line = Text(_line(row, (names, *widths)), _STYLES.get(tally.standing, ""))
        line.append(f"  {tally.fault}" if tally.fault else "", "dim")
        lines.append(line)
    lines.append(Text(summary(tallies)))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return Text("\n").join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, state, *numbers = cells
    # Names of folders are alike at their beginning.
    while cell_len(name) > widths[0]:
        name = "\N{HORIZONTAL ELLIPSIS}" + name[2:]
    right = (" " * (width - cell_len(number)) + number for number, width in zip(numbers, widths[2:], strict=True))
    return "  ".join((set_cell_size(name, widths[0]), set_cell_size(state, widths[1]), *right))


def summary(tallies: Sequence[Tally]) -> str:
    """``100 carriers: 1 trying again, 12 sending, 87 done``."""
    counted = Counter(tally.standing for tally in tallies)
    parts = ", ".join(f"{counted[standing]} {standing}" for standing in _ORDER if counted[standing])
    return f"{len(tallies)} {'carrier' if len(tallies) == 1 else 'carriers'}{': ' if parts else ''}{parts}"


def _state(tally: Tally, now: float) -> str:
    if tally.standing is Standing.AGAIN:
        return f"{tally.standing} in {max(0, round(tally.again_at - now))} s"
    return str(tally.standing)


def _counts(tally: Tally) -> tuple[str, str]:
    if not tally.all_files:
        return "", ""
    return f"{tally.files}/{tally.all_files}", f"{decimal(tally.bytes)} of {decimal(tally.all_bytes)}"
