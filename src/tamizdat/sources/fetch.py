"""Files from the newsroom's own web server: bounded in bytes, redirects and patience."""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from tamizdat.errors import SourceError
from tamizdat.limits import LIMITS

_MAX_REDIRECTS: Final = 5
_CHUNK_BYTES: Final = 1 << 16
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_HEADERS: Final = {"User-Agent": "Tamizdat", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True)
class FeedState:
    """What a server said about a feed's version; hand it back on the next run and an unchanged feed is not sent."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file from the web: its bytes, the address after redirects, the charset and version that the server named."""

    data: bytes
    url: str
    charset: str
    state: FeedState


def fetch(url: str, max_bytes: int, state: FeedState | None = None) -> Fetched | None:
    """The file at ``url`` (http or https), or None if it is still the one that ``state`` describes.

    Follows up to 5 redirects and undoes gzip; ``max_bytes`` bounds what comes out. Raises SourceError.
    """
    headers = dict(_HEADERS)
    if state and state.etag:
        headers["If-None-Match"] = state.etag
    if state and state.last_modified:
        headers["If-Modified-Since"] = state.last_modified
    try:
        with urllib3.PoolManager() as pool, closing(_request(pool, url, headers)) as response:
            if response.status == _NOT_MODIFIED:
                return None
            if response.status != _OK:
                raise SourceError(f"the server answers {response.status} {response.reason or ''}".strip(), source=url)
            data = _body(response, url, max_bytes)
    except (HTTPError, OSError, ValueError) as error:
        raise SourceError(f"cannot be fetched: {_reason(error)}", source=url) from error
    final = urljoin(url, response.geturl() or "")
    kind = response.headers.get("Content-Type", "")
    charset = kind.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    fresh = FeedState(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    return Fetched(data, final, charset, fresh)


def _request(pool: urllib3.PoolManager, url: str, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
    return pool.request(
        "GET",
        url,
        headers=headers,
        preload_content=False,
        timeout=Timeout(connect=LIMITS.connect_timeout_seconds, read=LIMITS.read_timeout_seconds),
        retries=Retry(total=_MAX_REDIRECTS + 2, connect=1, read=1, redirect=_MAX_REDIRECTS, status=0, other=0),
    )


def _body(response: urllib3.BaseHTTPResponse, url: str, max_bytes: int) -> bytes:
    """The body, read in pieces: neither a bomb nor a server that drips may cost more than it should."""
    began, data = time.monotonic(), bytearray()
    for chunk in response.stream(_CHUNK_BYTES, decode_content=True):
        data += chunk
        if len(data) > max_bytes:
            raise SourceError(f"is longer than {max_bytes} bytes", source=url)
        patience = LIMITS.read_timeout_seconds + len(data) / LIMITS.min_bytes_per_second
        if time.monotonic() - began > patience:
            raise SourceError(f"comes slower than {LIMITS.min_bytes_per_second} bytes a second", source=url)
    return bytes(data)


def _reason(error: Exception) -> str:
    """What went wrong, without the objects that urllib3 shows in its messages."""
    inner = getattr(error, "reason", None) or error
    text = str(inner)
    return text.rpartition("): ")[2][:200] or type(inner).__name__
