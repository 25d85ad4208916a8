"""What a machine that translates does for us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pair:
    """Two languages as a service calls them, for ours. ``latin``: what comes back is to be put into Latin letters."""

    source: str
    target: str
    latin: bool = False
    instead: str = ""
    """The language that the service translates into in place of ours, if it lacks ours; empty for ours itself."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request may hold."""

    most_texts: int
    most_chars: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be translated: HTML of one line each, and agreed words that the service may use if it can."""

    pair: Pair
    texts: Sequence[str]
    words: Mapping[str, str] = field(default_factory=dict)


class Machine(Protocol):
    """A service. Each method asks it over the network and raises TranslatorError, and nothing else."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def bounds(self) -> Bounds:
        """What it takes at once."""
        ...

    def pair(self, source: str, target: str) -> Pair:
        """The service's words for two of our language tags. Raises TranslatorError if it lacks one, and says which."""
        ...

    def translate(self, wish: Wish) -> list[str]:
        """As many texts of HTML as were given, in their order."""
        ...
