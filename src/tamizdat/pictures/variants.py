"""Every file that is published of one picture, worked out from the story alone: no file is opened here.

The **whole** picture is ``pictures/<sha256>.jpg``, at most 1280 pixels a side, and its hash stands in the story. The
files beside it are made from it and nothing else, so they can be made again wherever it is. A part of it is named by
its focus, ``<sha256>-<x>-<y>-<width>.avif``; the whole at another size is ``<sha256>-<width>.avif``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tamizdat.pictures.crop import CARD, WIDE, Box, crop
from tamizdat.story import FOCUS_CENTRE, Picture

WIDTHS: Final = (320, 640, 1280)
"""Of a lead picture, where there are as many pixels."""
_BODY_WIDTH: Final = 640
_SMALLEST_CARD: Final = 600  # pixels wide; below that, networks show no large card


@dataclass(frozen=True, slots=True)
class Variant:
    """One file: where it lies under the web root, its pixels, and of which part of the whole picture they are made."""

    path: str
    width: int
    height: int
    part: Box


@dataclass(frozen=True, slots=True)
class Renditions:
    """The same view in several widths, narrowest first. ``avif`` may be empty, ``jpeg`` never is."""

    avif: tuple[Variant, ...]
    jpeg: tuple[Variant, ...]

    @property
    def widest(self) -> Variant:
        """What ``src``, ``width`` and ``height`` of the page's ``<img>`` should say."""
        return self.jpeg[-1]


@dataclass(frozen=True, slots=True)
class Variants:
    """``lead`` is cut to 16:9, ``body`` is whole; ``card`` (1200x630 or smaller) is None for small pictures."""

    whole: Variant
    lead: Renditions
    body: Renditions
    card: Variant | None

    def needed(self, *, lead: bool) -> tuple[Variant, ...]:
        """All files that a story shows, the whole picture first: of its lead picture, or of one in its body."""
        view = self.lead if lead else self.body
        cards = (self.card,) if lead and self.card else ()
        return tuple(dict.fromkeys((self.whole, *view.avif, *view.jpeg, *cards)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as far as its files depend on it, and where a story shows it."""

    file: str
    width: int
    height: int
    focus: tuple[int, int] = FOCUS_CENTRE
    lead: bool = True

    @property
    def needed(self) -> tuple[Variant, ...]:
        """All files that this needs, the whole picture first."""
        return _variants(self.file, self.width, self.height, self.focus).needed(lead=self.lead)


def variants(picture: Picture) -> Variants:
    """All files that there can be of ``picture``; a story needs the views in which it shows it."""
    return _variants(picture.file, picture.width, picture.height, picture.focus)


def srcset(renditions: Iterable[Variant], prefix: str = "") -> str:
    """The value of ``srcset``, every path after ``prefix``: ``../pictures/….avif 320w, …``."""
    return ", ".join(f"{prefix}{variant.path} {variant.width}w" for variant in renditions)


def whole_path(file: str) -> str:
    """Where the whole picture with this SHA-256 lies under the web root."""
    return f"pictures/{file}.jpg"


@lru_cache(maxsize=512)  # one story asks for the same picture again and again
def _variants(file: str, width: int, height: int, focus: tuple[int, int]) -> Variants:
    everything = Box(0, 0, width, height)
    whole = Variant(whole_path(file), width, height, everything)
    wide = crop(width, height, focus, WIDE) or everything
    stem = f"pictures/{file}"
    # What shows the whole is the same file for every focus.
    wide_stem = stem if wide == everything else f"{stem}-{focus[0]}-{focus[1]}"
    return Variants(
        whole=whole,
        lead=_renditions(whole, wide_stem, wide, _lead_widths(wide.width)),
        body=_renditions(whole, stem, everything, _body_widths(width)),
        card=_card(file, width, height, focus),
    )


def _renditions(whole: Variant, stem: str, part: Box, widths: list[int]) -> Renditions:
    sizes = [(width, _height(part, width)) for width in widths if part.height]  # no size known: nothing to make
    avif = tuple(Variant(f"{stem}-{width}.avif", width, height, part) for width, height in sizes)
    jpeg = tuple(
        whole if (width, part) == (whole.width, whole.part) else Variant(f"{stem}-{width}.jpg", width, height, part)
        for width, height in sizes
    )
    return Renditions(avif, jpeg or (whole,))


def _lead_widths(available: int) -> list[int]:
    """Standard widths that need no enlarging; also all there is, if it is a quarter more than the widest of them."""
    fitting = [width for width in WIDTHS if width <= available]
    if 0 < available < WIDTHS[-1] and (not fitting or 4 * available >= 5 * fitting[-1]):
        fitting.append(available)
    return fitting


def _body_widths(available: int) -> list[int]:
    """All there is, and something for small screens if that saves a fifth of the width."""
    widest = [min(available, WIDTHS[-1])] if available else []
    return [_BODY_WIDTH, *widest] if 4 * available >= 5 * _BODY_WIDTH else widest


def _height(part: Box, width: int) -> int:
    """The height that goes with ``width``, to the nearest pixel; exact for parts cut to a ratio."""
    return max((2 * part.height * width + part.width) // (2 * part.width), 1)


def _card(file: str, width: int, height: int, focus: tuple[int, int]) -> Variant | None:
    part = crop(width, height, focus, CARD)
    if part is None or part.width < _SMALLEST_CARD:
        return None
    card_width, card_height = min(CARD, (part.width, part.height))
    return Variant(f"pictures/{file}-{focus[0]}-{focus[1]}-card.jpg", card_width, card_height, part)
