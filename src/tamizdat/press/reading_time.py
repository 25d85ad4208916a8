"""How long a story takes to read, from its letters: of these, people read about as many a minute in most languages."""

from typing import Final

from tamizdat.press.manuscript import Manuscript

# Trauzettel-Klosinski and Dietz, "Standardized Assessment of Reading Performance: The New International Reading Speed
# Texts IReST", IOVS 53 (2012): 878 to 1,078 letters a minute in fourteen languages with alphabets (Russian 986, English
# 987), where words a minute differ by two fifths; 612 in Arabic, which writes few vowels.
_LETTERS: Final = 950
_LETTERS_IN_ARABIC: Final = 650
LEAST_MINUTES: Final = 2
"""Shorter stories say nothing of it: who sees the page sees that it is short."""


def minutes_to_read(manuscript: Manuscript, script: str) -> int:
    """Whole minutes; 0 for a story that takes less than ``LEAST_MINUTES``. ``script`` is as in ISO 15924."""
    letters = sum(len(line) - line.count(" ") for line in (manuscript.head.lead, *manuscript.lines))
    minutes = round(letters / (_LETTERS_IN_ARABIC if script == "Arab" else _LETTERS))
    return minutes if minutes >= LEAST_MINUTES else 0
