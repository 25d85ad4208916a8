"""Story ids out of whatever a source uses to tell its items apart."""

import hashlib
import re
from typing import Final
from urllib.parse import unquote

from tamizdat.errors import StoryError
from tamizdat.story import check_story_id

_HASH_CHARS: Final = 12
_MAX_SLUG_CHARS: Final = 60
_WEB: Final = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_ENDING: Final = re.compile(r"\.(?:html?|php|aspx?|jsp|md)$", re.IGNORECASE)


def story_id_from(guid: str) -> str:
    """The story id for an item that its source calls ``guid``. Same in, same out, on every machine.

    What already is a story id stays. Anything else becomes the readable part of its last segment and 12 hexadecimal
    digits of a SHA-256, so that two items never share an id. Web addresses are hashed without scheme, ``www.``,
    fragment and closing slash: a newsroom that moves to https keeps its stories.
    """
    text = guid.strip()
    try:
        return check_story_id(text)
    except StoryError:
        key = _WEB.sub("", text).partition("#")[0].rstrip("/") if _WEB.match(text) else text
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:_HASH_CHARS]
    segment = unquote(re.split(r"[/:]", key)[-1] if key else "")
    slug = re.sub(r"[^A-Za-z0-9]+", "-", _ENDING.sub("", segment)).strip("-")[:_MAX_SLUG_CHARS].strip("-")
    return f"{slug.lower()}-{digest}" if slug else f"item-{digest}"
