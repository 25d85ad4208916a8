"""What readers see of a picture where it is cut: worked out as the press works it out, for whoever sets its focus."""

from dataclasses import dataclass

from tamizdat.pictures.crop import WIDE, Box, crop
from tamizdat.pictures.variants import variants
from tamizdat.story import Picture


@dataclass(frozen=True, slots=True)
class Cuts:
    """A picture's size in pixels, its focus in thousandths, and its parts: as a lead picture, and on social cards.

    ``card`` is None where there are too few pixels for one.
    """

    width: int
    height: int
    focus: tuple[int, int]
    lead: Box
    card: Box | None

    @property
    def lead_view(self) -> str:
        """The part of a lead picture, as an SVG's ``viewBox``."""
        return view_box(self.lead)

    @property
    def card_view(self) -> str:
        """The part of a card; empty for none."""
        return view_box(self.card) if self.card else ""


def cuts_of(width: int, height: int, focus: tuple[int, int]) -> Cuts:
    """The parts that readers get of a whole picture of these sides."""
    card = variants(Picture(alt="-", width=width, height=height, focus=focus)).card
    lead = crop(width, height, focus, WIDE) or Box(0, 0, width, height)
    return Cuts(width, height, focus, lead, card.part if card else None)


def view_box(part: Box) -> str:
    """Numbers between spaces: left, top, width, height."""
    return f"{part.x} {part.y} {part.width} {part.height}"
