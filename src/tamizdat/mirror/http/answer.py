"""What to say to a request (RFC 9110). Decides, and does no I/O.

There is no ``Date``, ``Last-Modified`` or ``Server``: a clock's error tells one machine from all others, behind an
onion address too, and RFC 9110 (6.6.1) lets servers be without a clock.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from tamizdat.mirror.http.catalogue import NEWS_PATH, Catalogue, Elsewhere
from tamizdat.mirror.http.reply import Answer, Fields, Variant, refusal
from tamizdat.mirror.http.request import Request, Taste, names_tag, span, taste, wait_seconds

METHODS: Final = "GET, HEAD, OPTIONS"
_PREFLIGHT: Final[Fields] = (
    ("Allow", METHODS),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", "If-Match, If-None-Match, If-Range, Prefer, Range"),
    ("Access-Control-Max-Age", "86400"),
)
_APPLIED: Final = ("Preference-Applied", "wait")


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
    return replace(found, wait_seconds=0, fields=(*found.fields, _APPLIED), head=b"")


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
    fields = tuple(field for field in page.whole.fields if field[0] not in {"ETag", "Cache-Control", "Accept-Ranges"})
    return Answer(HTTPStatus.NOT_FOUND, (*fields, ("Cache-Control", "no-cache")), page.file, 0, page.file.size)


def _of(found: Variant, request: Request) -> Answer:
    """Preconditions and range, in the order of RFC 9110, 13.2.2."""
    asked = request.fields
    if not asked:
        return found.whole
    size = found.file.size
    if b"if-match" in asked and not names_tag(asked[b"if-match"], found.tag, weak=False):
        return refusal(HTTPStatus.PRECONDITION_FAILED)
    if b"if-none-match" in asked and names_tag(asked[b"if-none-match"], found.tag, weak=True):
        return found.unchanged
    if b"range" in asked and request.method == b"GET" and asked.get(b"if-range", found.tag).strip() == found.tag:
        wanted = span(asked[b"range"], size)
        if wanted is not None and wanted.start >= wanted.end:
            return refusal(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, ("Content-Range", f"bytes */{size}"))
        if wanted is not None:
            fields = (*found.whole.fields, ("Content-Range", f"bytes {wanted.start}-{wanted.end - 1}/{size}"))
            return Answer(
                HTTPStatus.PARTIAL_CONTENT, fields, found.file, wanted.start, wanted.end, tally=found.whole.tally
            )
    return found.whole
