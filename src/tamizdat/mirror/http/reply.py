"""What an answer consists of, and which fields go with what."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from tamizdat.mirror.http.heads import head_bytes
from tamizdat.mirror.port import ServedFile
from tamizdat.mirror.totals import Tally
from tamizdat.press.server_files import HEADERS

Fields = tuple[tuple[str, str], ...]
"""Names and values of header fields, in order."""
CORS: Final[Fields] = tuple(item for item in HEADERS.items() if item[0].startswith("Access-Control-"))
"""So that readers that run elsewhere may fetch from here."""
DATA_FIELDS: Final[Fields] = (
    *CORS,
    *((name, HEADERS[name]) for name in ("Cross-Origin-Resource-Policy", "Referrer-Policy", "X-Content-Type-Options")),
)
"""With files that no browser takes for a document: the rest of the site's headers means nothing there, and a mirror
that copies an edition asks for thousands of such files."""
PAGE_FIELDS: Final[Fields] = (*CORS, *((name, value) for name, value in HEADERS.items() if (name, value) not in CORS))
"""With pages, with everything else that a browser may show as a document, and with errors."""
_ERROR_FIELDS: Final[Fields] = (("Cache-Control", "no-cache"), *PAGE_FIELDS)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, fields (but for the length), and a body: bytes ``start`` to before ``end`` of ``file``, or ``text``.

    ``bodiless``: the length is said, and nothing follows (HEAD). ``wait_seconds``: how long the client would rather
    wait for another answer than this. ``tally``: where it counts. ``head``: as HTTP/1.1 writes it, where it is used
    again and again.
    """

    status: int
    fields: Fields
    file: ServedFile | None = None
    start: int = 0
    end: int = 0
    text: bytes = b""
    bodiless: bool = False
    wait_seconds: int = 0
    tally: Tally | None = None
    head: bytes = b""

    @property
    def length(self) -> int | None:
        """What ``Content-Length`` says; None where it must not be said."""
        if self.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            return None
        return len(self.text) or self.end - self.start

    def to_head(self, connection: str = "") -> bytes:
        """The head as HTTP/1.1 writes it. ``connection`` is the value of that field, if one is wanted."""
        if self.head and not connection:
            return self.head
        return head_bytes(self.status, self.fields, self.length, connection)


@dataclass(frozen=True, slots=True)
class Variant:
    """A file as it answers a path: itself, or a compressed copy of it.

    ``whole`` and ``unchanged`` are the answers 200 and 304; ``tag`` is its entity tag, with quotes.
    """

    file: ServedFile
    tag: bytes
    whole: Answer
    unchanged: Answer


def refusal(status: HTTPStatus, *more: tuple[str, str]) -> Answer:
    """An error that has no page of its own."""
    fields = (("Content-Type", "text/plain; charset=utf-8"), *more, *_ERROR_FIELDS)
    return Answer(status, fields, text=f"{status.value} {status.phrase}\n".encode())
