"""What to say to a request (RFC 9110). Decides, and does no I/O.

There is no ``Date``, ``Last-Modified`` or ``Server``: a clock's error tells one machine from all others, behind an
onion address too, and RFC 9110 (6.6.1) lets servers be without a clock.
"""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from tamizdat.mirror.http.catalogue import NEWS_PATH, PAGE_FIELDS, Catalogue, Elsewhere, Fields, Variant
from tamizdat.mirror.http.request import Request, Taste, names_tag, span, taste, wait_seconds
from tamizdat.mirror.port import ServedFile

METHODS: Final = "GET, HEAD, OPTIONS"
_PREFLIGHT: Final[Fields] = (
    ("Allow", METHODS),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", "If-Match, If-None-Match, If-Range, Prefer, Range"),
    ("Access-Control-Max-Age", "86400"),
)
_ERROR_FIELDS: Final[Fields] = (("Cache-Control", "no-cache"), *PAGE_FIELDS)
_APPLIED: Final = ("Preference-Applied", "wait")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, fields (but for the length), and a body: bytes ``start`` to before ``end`` of ``file``, or ``text``.

    ``bodiless``: the length is said, and nothing follows (HEAD). ``wait_seconds``: how long the client would rather
    wait for another answer than this. ``variant`` is what the answer counts for.
    """

    status: int
    fields: Fields
    file: ServedFile | None = None
    start: int = 0
    end: int = 0
    text: bytes = b""
    bodiless: bool = False
    wait_seconds: int = 0
    variant: Variant | None = None

    @property
    def length(self) -> int | None:
        """What ``Content-Length`` says; None where it must not be said."""
        if self.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            return None
        return len(self.text) or self.end - self.start


def refusal(status: HTTPStatus, *more: tuple[str, str]) -> Answer:
    """An error that has no page of its own."""
    fields = (("Content-Type", "text/plain; charset=utf-8"), *more, *_ERROR_FIELDS)
    return Answer(status, fields, text=f"{status.value} {status.phrase}\n".encode())


def answer(request: Request, catalogue: Catalogue, max_wait_seconds: int = 0) -> Answer:
    """The answer to ``request``."""
    if request.method == b"OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, _PREFLIGHT)
    if request.method not in {b"GET", b"HEAD"}:
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", METHODS))
    found = _answer(request, catalogue)
    if request.method == b"HEAD":
        return replace(found, bodiless=True)
    if found.status == HTTPStatus.NOT_MODIFIED and b"prefer" in request.fields and request.path == NEWS_PATH:
        return replace(found, wait_seconds=min(wait_seconds(request.fields[b"prefer"]), max_wait_seconds))
    return found


def after_wait(found: Answer) -> Answer:
    """The answer for somebody who has waited for it."""
    return replace(found, wait_seconds=0, fields=(*found.fields, _APPLIED))


def _answer(request: Request, catalogue: Catalogue) -> Answer:
    if request.path is None:
        return refusal(HTTPStatus.BAD_REQUEST)
    liked = taste(request.fields.get(b"accept-encoding"))
    found = catalogue.choose(request.path, liked)
    if isinstance(found, Elsewhere):
        return refusal(HTTPStatus.MOVED_PERMANENTLY, ("Location", found.location))
    if found is None:
        return _missing(catalogue, liked)
    return _of(found, request)


def _missing(catalogue: Catalogue, liked: Taste) -> Answer:
    page = catalogue.error_page(liked)
    if page is None:
        return refusal(HTTPStatus.NOT_FOUND)
    # No tag: nothing that was asked for has it.
    fields = tuple(field for field in page.fields if field[0] not in {"ETag", "Cache-Control", "Accept-Ranges"})
    return Answer(HTTPStatus.NOT_FOUND, (*fields, ("Cache-Control", "no-cache")), page.file, 0, page.file.size)


def _of(found: Variant, request: Request) -> Answer:
    """Preconditions and range, in the order of RFC 9110, 13.2.2."""
    asked = request.fields
    size = found.file.size
    if b"if-match" in asked and not names_tag(asked[b"if-match"], found.tag, weak=False):
        return refusal(HTTPStatus.PRECONDITION_FAILED)
    if b"if-none-match" in asked and names_tag(asked[b"if-none-match"], found.tag, weak=True):
        return Answer(HTTPStatus.NOT_MODIFIED, found.short, variant=found)
    if b"range" in asked and request.method == b"GET" and asked.get(b"if-range", found.tag).strip() == found.tag:
        wanted = span(asked[b"range"], size)
        if wanted is not None and wanted.start >= wanted.end:
            return refusal(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, ("Content-Range", f"bytes */{size}"))
        if wanted is not None:
            fields = (*found.fields, ("Content-Range", f"bytes {wanted.start}-{wanted.end - 1}/{size}"))
            return Answer(HTTPStatus.PARTIAL_CONTENT, fields, found.file, wanted.start, wanted.end, variant=found)
    return Answer(HTTPStatus.OK, found.fields, found.file, 0, size, variant=found)
