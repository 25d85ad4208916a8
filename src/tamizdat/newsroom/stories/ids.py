"""The id of a new story: words from its headline for people, a few random letters so that no two are alike."""

import re
import secrets
from typing import Final

from tamizdat.press.slugs import slug

_RANDOM_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_RANDOM_CHARS: Final = 5
_MAX_WORDS_CHARS: Final = 40
_FINGERPRINT: Final = re.compile(r"-[0-9a-f]{20}$")


def new_story_id(headline: str) -> str:
    """``harbour-strike-ends-k7m2p`` for "Harbour strike ends": never the same twice.

    The random part also keeps others from guessing the address of a story that is not out yet.
    """
    words = _FINGERPRINT.sub("", slug(headline)).replace("_", "-").strip("-")
    if len(words) > _MAX_WORDS_CHARS:
        words = words[:_MAX_WORDS_CHARS].rpartition("-")[0] or words[:_MAX_WORDS_CHARS]
    random = "".join(secrets.choice(_RANDOM_LETTERS) for _ in range(_RANDOM_CHARS))
    return f"{words}-{random}" if words else random
