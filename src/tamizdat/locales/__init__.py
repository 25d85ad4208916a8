"""What differs from language to language, for press, command line, newsroom and web.

    locale = open_locale("fa")
    locale.say("corrected_on", date=locale.date(when))
    locale.plural("stories_count", 3)

Words come from gettext catalogues (``catalogues/``), dates and numbers from ``words.py``. Babel is needed only for the
names and scripts of languages that the interface does not exist in.
"""

from tamizdat.locales.catalogue import DERIVED, IN_TWO_SCRIPTS, OtherScript, in_other_script, other_script
from tamizdat.locales.endonyms import endonym, in_order
from tamizdat.locales.locale import INTERFACE_LANGUAGES, Locale, Month, interface_of, open_locale
from tamizdat.locales.scripts import is_right_to_left, script_of
from tamizdat.locales.serbian import to_cyrillic, to_latin

__all__ = [
    "DERIVED",
    "INTERFACE_LANGUAGES",
    "IN_TWO_SCRIPTS",
    "Locale",
    "Month",
    "OtherScript",
    "endonym",
    "in_order",
    "in_other_script",
    "interface_of",
    "is_right_to_left",
    "open_locale",
    "other_script",
    "script_of",
    "to_cyrillic",
    "to_latin",
]
