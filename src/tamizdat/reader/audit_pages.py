"""What a mirror answers when it is asked for pages: their hashes, and what they say of themselves."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tamizdat.edition.listing import Leaf
from tamizdat.errors import MissingFileError, TamizdatError, UntrustedError
from tamizdat.reader.audit_trees import Survey

_AT_ONCE: Final = 8
_LONGER_BYTES: Final = 1 << 20
"""How much longer than signed a page may be and still be fetched whole: it may be an older one."""
_MAX_ENDLESS: Final = 16
"""After so many pages that are longer still, they are fetched no further than they are signed."""
_SAYS: Final = re.compile(rb"""<meta\s+name=["']?edition["']?\s+content=["']?([A-Za-z0-9-]{1,35} [0-9]{1,16})\b""")


class Answer(Enum):
    """How a mirror answered for one page."""

    GOOD = auto()
    OTHER = auto()
    MISSING = auto()
    FAULT = auto()
    UNASKED = auto()


@dataclass(frozen=True, slots=True)
class Seen:
    """One page as it came. ``digest`` is None if it did not come, or went on far beyond what it should be."""

    path: str
    signed: Leaf | None
    answer: Answer
    digest: bytes | None = None
    size: int = 0
    says: str = ""
    """Language and edition that the page names, as ``ru 12``. Anybody can write that."""


class Pages:
    """The pages of one mirror. Faults stand in its trail; everything else is for the caller to judge."""

    def __init__(self, place: Survey) -> None:
        self._place = place
        self._endless: list[str] = []

    def look(self, wanted: Iterable[tuple[str, Leaf | None]]) -> Iterator[Seen]:
        """Each page as it comes, in order. A page that nobody signed has no leaf."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="page") as workers:
            for seen, outcome in workers.map(self._ask, wanted):
                trail = self._place.trail
                if isinstance(outcome, TamizdatError):
                    trail.failed(seen.path, outcome)
                elif seen.answer is Answer.OTHER and seen.signed is not None:
                    trail.keep(seen.path, outcome)
                elif seen.answer is Answer.GOOD:
                    trail.files += 1
                    trail.bytes_served += seen.size
                yield seen

    def _ask(self, wanted: tuple[str, Leaf | None]) -> tuple[Seen, bytes | TamizdatError | None]:
        """One page as it came; and its fault, or its bytes if they are others than those that are signed."""
        path, signed = wanted
        if self._place.given_up:
            return Seen(path, signed, Answer.UNASKED), None
        size = signed.size if signed else 0
        try:
            data = self._place.fetch(path, size + (_LONGER_BYTES if len(self._endless) < _MAX_ENDLESS else 0))
        except MissingFileError:
            return Seen(path, signed, Answer.MISSING), None
        except UntrustedError:  # too long
            self._endless.append(path)
            return Seen(path, signed, Answer.OTHER), None
        except TamizdatError as error:
            return Seen(path, signed, Answer.FAULT), error
        digest = hashlib.sha256(data).digest()
        if signed is not None and digest == signed.digest:
            return Seen(path, signed, Answer.GOOD, digest, len(data)), None
        says = _SAYS.search(data)
        return Seen(path, signed, Answer.OTHER, digest, len(data), says[1].decode() if says else ""), data
