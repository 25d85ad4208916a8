"""Colours and whether people can read them: contrast as WCAG 2.2 measures it (success criterion 1.4.3).

Everything is counted in whole billionths, so that every machine comes to the same colour.
"""

import re
from typing import Final

TEXT_CONTRAST: Final = 4.5
"""The least ratio between ordinary text and what it stands on."""
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_BILLION: Final = 10**9


def is_colour(value: str) -> bool:
    """Whether ``value`` is written ``#rrggbb``, in lower case."""
    return _COLOUR.fullmatch(value) is not None


def contrast(one: str, other: str) -> float:
    """The contrast ratio between two colours, from 1 (none) to 21 (black and white)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    glare = _BILLION // 20  # the 0.05 that WCAG adds for light in the room
    return (high + glare) / (low + glare)


def readable_on(background: str, colour: str, ratio: float = TEXT_CONTRAST) -> str:
    """``colour``, made as little lighter or darker as it takes to reach ``ratio`` on ``background``.

    Black or white reaches 4.5 on any background. A ratio that neither reaches gives the better of them.
    """
    end = max(BLACK, WHITE, key=lambda extreme: contrast(extreme, background))
    steps = (_mixed(colour, end, per_mille) for per_mille in range(0, 1000, 4))
    return next((step for step in steps if contrast(step, background) >= ratio), end)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> int:
    """Relative luminance in billionths."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return (2126 * red + 7152 * green + 722 * blue) // 10_000


def _linear(part: int) -> int:
    """One sRGB channel (0 to 255) as light, in billionths."""
    value = part / 255
    return round(_BILLION * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4))


def _mixed(colour: str, end: str, per_mille: int) -> str:
    pairs = zip(_parts(colour), _parts(end), strict=True)
    return "#" + "".join(f"{(a * (1000 - per_mille) + b * per_mille + 500) // 1000:02x}" for a, b in pairs)
