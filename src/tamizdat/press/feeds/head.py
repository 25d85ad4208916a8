"""What a feed says of itself, before any format."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a document stands in the archive of a feed (RFC 5005). Addresses are empty where there is none."""

    archived: bool
    """Whether this is one of the archive, and not the feed that one subscribes to."""
    current: str
    older: str
    newer: str


@dataclass(frozen=True, slots=True)
class Head:
    """A feed without its entries. ``whole``: its addresses can be followed from anywhere."""

    urn: str
    language: str
    title: str
    description: str
    paper: str
    """The newspaper's name."""
    rights: str
    updated: datetime
    itself: str
    page: str
    """The page with the same stories."""
    whole: bool
    chain: Chain | None = None
