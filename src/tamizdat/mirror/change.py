"""What changes when one edition takes the place of another: files, who names them, and the order in which they go."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Place(IntEnum):
    """The order in which files go into the web root (spec/site.md, "Publishing")."""

    CONTENT = 1
    METADATA = 2
    PAGES = 3
    TIMESTAMP = 4


METADATA: Final = "metadata"
"""Owner of signed files."""
TIMESTAMP_PATH: Final = "metadata/timestamp.json"
PICTURES: Final = "pictures"
"""Owner of pictures that no tree lists."""


def content_owner(language: str) -> str:
    """Owner of a language's index, shelf and packs."""
    return f"edition:{language}"


def tree_owner(tree: str) -> str:
    """Owner of what a tree lists. The tree outside the languages' folders is the empty one."""
    return f"tree:{tree}"


def listing_owner(tree: str) -> str:
    """Owner of a tree's listings."""
    return f"listings:{tree}"


def place_of(owner: str, path: str) -> Place:
    """When a file goes into the web root. Pictures and sound are named by their hash, whoever lists them."""
    if owner == METADATA:
        return Place.TIMESTAMP if path == TIMESTAMP_PATH else Place.METADATA
    return Place.PAGES if owner.startswith("tree:") and not path.startswith(("pictures/", "sound/")) else Place.CONTENT


@dataclass(frozen=True, slots=True)
class Coming:
    """A file of the next edition. ``folder`` is the directory that it lies in, ``owner`` what names it."""

    path: str
    folder: str
    owner: str
    size: int
    digest: bytes
    place: Place
    turn: int = 0
    """Order among those of one place."""
