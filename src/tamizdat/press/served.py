"""What web servers say of each file of the web root: its media type, and for how long it may be kept.

The recipes in ``server/`` say the same in the languages of nginx and Caddy.
"""

import re
from typing import Final

BYTES: Final = "application/octet-stream"
MEDIA_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "jpg": "image/jpeg",
    "avif": "image/avif",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
}
"""By what stands after the last full stop of a name; all others are :data:`BYTES`."""
LASTING: Final = "max-age=31536000, immutable"
"""For what bears a hash or a number in its name."""
CHANGING: Final = "max-age=300"
"""For pages and feeds, which change with the news."""
ASKED: Final = "no-cache"
"""For the timestamp: whoever asks for it wants to know whether there is news."""
_FEEDS: Final = (
    (re.compile(r"\.atom\.xml$"), "application/atom+xml; charset=utf-8"),
    (re.compile(r"(?:^|[/.])rss\.xml$"), "application/rss+xml; charset=utf-8"),
    (re.compile(r"(?:^|/)(?:feed|s/[^/]+)\.json$"), "application/feed+json; charset=utf-8"),
)
_TIMESTAMP: Final = re.compile(r"(?:^|/)metadata/timestamp\.json$")
_LASTING: Final = re.compile(
    r"(?:^|/)(?:[0-9a-f]{64}\.(?:index|shelf|pack|list|site\.list)"
    r"|metadata/[0-9]+\.[^/]+\.json"
    r"|pictures/[^/.]+\.(?:jpg|avif)"
    r"|sound/[^/.]+\.(?:ogg|mp3))$"
)


def media_type(path: str) -> str:
    """The ``Content-Type`` of the file at ``path`` below the web root."""
    name = path.rpartition("/")[2]
    if "." not in name:
        return BYTES
    for pattern, kind in _FEEDS:
        if pattern.search(path):
            return kind
    return MEDIA_TYPES.get(name.rpartition(".")[2], BYTES)


def cache_control(path: str) -> str:
    """The ``Cache-Control`` of the file at ``path`` below the web root."""
    if _TIMESTAMP.search(path):
        return ASKED
    return LASTING if _LASTING.search(path) else CHANGING
