"""How each kind of correction is introduced: "Corrected on ...", "Retracted on ..."; and what was retracted, marked."""

from typing import Final

from tamizdat.locales.locale import Locale
from tamizdat.story import CLARIFICATION, RETRACTION, UPDATE, Correction

_SAID: Final = {CLARIFICATION: "clarified_on", UPDATE: "updated_on", RETRACTION: "retracted_on"}


def said_on(correction: Correction, locale: Locale) -> str:
    """What kind of correction it is, and when it was made. Kinds of later versions are corrections."""
    return locale.say(_SAID.get(correction.kind, "corrected_on"), date=locale.date_time(correction.at))


def is_marked(headline: str, locale: Locale, *, retracted: bool) -> bool:
    """Whether the word for *retracted* stands beside a story's ``headline``.

    The notice that a takedown leaves has that word for a headline, and says it once.
    """
    return retracted and headline != locale.texts["retracted"]
