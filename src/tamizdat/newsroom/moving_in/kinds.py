"""Which kind of source something is, when nobody says: from its name and its first bytes."""

import re
from pathlib import Path
from typing import Final

from tamizdat.errors import UsageError
from tamizdat.sources.registry import KINDS

_LOOKED_AT_BYTES: Final = 65_536
_SIGNS: Final = (
    ("wordpress", re.compile(rb"xmlns:wp\s*=|wordpress\.org/export", re.IGNORECASE)),
    ("ghost", re.compile(rb"\A\s*\{\s*\"(?:db|meta|data)\"", re.IGNORECASE)),
    ("newsml", re.compile(rb"<(?:\w+:)?(?:newsMessage|newsItem)\b")),
    ("feed", re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF)\b")),
    (
        "ninjs",
        re.compile(
            rb"\"(?:uri|versioncreated|body_x?html|ninjs)\"\s*:|\"standard\"\s*:\s*\{\s*\"name\"\s*:\s*\"ninjs\""
        ),
    ),
)
"""In this order: an export of WordPress is a feed, too."""


def guess_kind(place: str) -> str:
    """The kind of the source at ``place``, a path or an address. Raises UsageError if nothing tells."""
    if place.lower().startswith(("http://", "https://")):
        return "feed"
    path = Path(place)
    if path.is_dir():
        return _kind_of_folder(path)
    if path.name.lower().endswith(".jsonl"):
        return "jsonl"
    try:
        with path.open("rb") as file:
            start = file.read(_LOOKED_AT_BYTES)
    except OSError as error:
        raise UsageError(f"{place} cannot be read ({error.strerror})") from error
    for kind, sign in _SIGNS:
        if kind in KINDS and sign.search(start):
            return kind
    raise UsageError(f"{place}: nothing in it says what kind of source it is; say it with --kind: {', '.join(KINDS)}")


def _kind_of_folder(path: Path) -> str:
    if any(path.glob("*.jsonl")):
        return "jsonl"
    files = sorted(path.glob("*.xml"))[:1] + sorted(path.glob("*.json"))[:1]
    for file in files:
        try:
            found = guess_kind(str(file))
        except UsageError:
            continue
        if found in {"newsml", "ninjs"}:
            return found
    return "folder"
