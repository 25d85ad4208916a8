"""Where a picture is cut: whole numbers only, so that every machine cuts at the same pixel."""

from dataclasses import dataclass
from math import gcd
from typing import Final

WIDE: Final = (16, 9)
"""Width to height of a story's lead picture."""
CARD: Final = (1200, 630)
"""Width to height of the card that networks show beside a link."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture: its top left corner and its sides, in pixels."""

    x: int
    y: int
    width: int
    height: int


def crop(width: int, height: int, focus: tuple[int, int], ratio: tuple[int, int]) -> Box | None:
    """The largest part of exactly ``ratio``, with ``focus`` as near to its middle as the edges allow.

    ``focus`` is in thousandths of width and height from the top left, and is always inside. None if the picture is too
    small for a single step of the ratio (16 by 9 pixels, say).
    """
    across, down = (part // gcd(*ratio) for part in ratio)
    steps = min(width // across, height // down)
    if not steps:
        return None
    box_width, box_height = steps * across, steps * down
    return Box(_start(width, box_width, focus[0]), _start(height, box_height, focus[1]), box_width, box_height)


def _start(side: int, part: int, focus: int) -> int:
    """Where ``part`` of ``side`` begins: half of it before the focus, but inside."""
    return min(max((2 * side * focus - 1000 * part) // 2000, 0), side - part)
