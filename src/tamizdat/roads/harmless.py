"""Text from outside, before anybody sees it."""

import re
from typing import Final

# C1 controls can drive a terminal; bidirectional overrides can make text read as what it is not (Trojan Source); a line
# feed would let a mirror write lines of our own report.
_HARMFUL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Text without characters that steer a terminal, begin a line or reorder what stands around them."""
    return _HARMFUL.sub("", text)
