"""Files from the newsroom's own web server, and from wherever a feed points to: bounded in bytes, time and reach."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, Final
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout, Url, parse_url

from tamizdat.errors import SourceError, UsageError
from tamizdat.limits import LIMITS, Limits
from tamizdat.net.addresses import RefusedAddressError, check_name, guard_pools
from tamizdat.net.meter import Meter, meter_pools
from tamizdat.net.proxy import choose_proxy, environment_proxies, open_manager

_MAX_REDIRECTS: Final = 5
_CHUNK_BYTES: Final = 1 << 16
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"http": 80, "https": 443}
_HEADERS: Final = {"User-Agent": "Tamizdat", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_VALIDATOR: Final = re.compile(r"[\x20-\x7e\x80-\xff]{0,1000}")
# A connection that broke before the answer gets a second try; no answer does, whatever its Retry-After asks for.
_RETRIES: Final = Retry(total=1, redirect=0, status=0, other=0, respect_retry_after_header=False)


@dataclass(frozen=True, slots=True)
class FeedState:
    """What a server said about a feed's version; hand it back on the next run and an unchanged feed is not sent."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came with a file from the web: its address after redirects, and charset and version as the server said."""

    url: str
    charset: str
    state: FeedState
    pages: int = 0
    """How many pages there are of what was asked for, as WordPress says (``X-WP-TotalPages``); 0 if nobody says."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One file that is asked for, and the address that the newsroom itself wrote."""

    url: str
    home: str
    max_bytes: int
    meter: Meter

    def error(self, detail: str, *, passing: bool = False) -> SourceError:
        return SourceError(detail, source=self.url, passing=passing)


def fetch(
    url: str, max_bytes: int, into: BinaryIO, *, home: str = "", state: FeedState | None = None
) -> Fetched | None:
    """Write the file at ``url`` (http or https) to ``into``, or give None if it is still the one of ``state``.

    ``home`` is the address that stands in the settings, if any. An address on its host and port may be anywhere; every
    other, ``url`` or where a redirect leads, must be of the public network. Follows up to 5 redirects, undoes gzip;
    ``max_bytes`` bounds what comes out. The proxies of the environment are used. Raises SourceError, whose field
    ``passing`` says whether another try may go better.
    """
    # A module's limits may be replaced by tests; a meter asks for the rate by the name that carriers use.
    pace = replace(LIMITS, min_bytes_per_second=LIMITS.min_source_bytes_per_second)
    wanted = _Wanted(url, home, max_bytes, Meter(max_bytes, pace))
    headers = dict(_HEADERS)
    if state and state.etag:
        headers["If-None-Match"] = state.etag
    if state and state.last_modified:
        headers["If-Modified-Since"] = state.last_modified
    where = url
    for _ in range(_MAX_REDIRECTS + 1):
        found = _hop(wanted, where, headers, pace, into)
        if not isinstance(found, str):
            return found
        where = found
    raise wanted.error(f"redirects more than {_MAX_REDIRECTS} times")


def _hop(wanted: _Wanted, where: str, headers: Mapping[str, str], pace: Limits, into: BinaryIO) -> Fetched | str | None:
    """One request: what :func:`fetch` returns, or the address that it redirects to. Raises SourceError."""
    away = "" if where == wanted.url else f"redirects to {where[:200]}: "
    try:
        with _open_manager(where, wanted.home) as manager:
            response = _ask(manager, where, headers, wanted.meter, pace)
            try:
                if response.status in _REDIRECTS and response.headers.get("Location"):
                    return urljoin(where, response.headers["Location"])
                return _taken(response, wanted, where, into)
            finally:
                response.close()
    except (RefusedAddressError, UsageError) as error:
        raise wanted.error(f"{away}not followed: {error}" if away else f"not asked: {error}") from error
    except (HTTPError, OSError, ValueError) as error:
        raise wanted.error(f"{away}cannot be fetched: {wanted.meter.cut or _reason(error)}", passing=True) from error


def _open_manager(where: str, home: str) -> urllib3.PoolManager:
    """Connections to ``where``. Raises RefusedAddressError, and UsageError for a proxy that cannot be used."""
    address = parse_url(where)
    if address.scheme not in _PORTS or not address.host:
        raise RefusedAddressError(f"{where[:200]!r} is not an http or https address")
    proxy = choose_proxy(address, environment_proxies())
    manager = open_manager(proxy, connections=1)
    meter_pools(manager)
    if not (home and _place(address) == _place(parse_url(home))):
        if proxy:
            check_name(address.host)
        else:
            guard_pools(manager)
    return manager


def _place(address: Url) -> tuple[str | None, int | None]:
    return address.host, address.port or _PORTS.get(address.scheme or "")


def _ask(
    manager: urllib3.PoolManager, where: str, headers: Mapping[str, str], meter: Meter, pace: Limits
) -> urllib3.BaseHTTPResponse:
    with meter.reading():
        return manager.urlopen(
            "GET",
            where,
            headers=headers,
            redirect=False,
            retries=_RETRIES,
            preload_content=False,
            timeout=Timeout(connect=pace.connect_timeout_seconds, read=pace.read_timeout_seconds),
        )


def _taken(response: urllib3.BaseHTTPResponse, wanted: _Wanted, where: str, into: BinaryIO) -> Fetched | None:
    """The answer's body into ``into``, and what came with it. Raises SourceError."""
    if response.status == _NOT_MODIFIED:
        return None
    if response.status != _OK:
        detail = f"the server answers {response.status} {response.reason or ''}".strip()
        raise wanted.error(detail[:200], passing=response.status >= 500)
    size = 0
    for chunk in response.stream(_CHUNK_BYTES, decode_content=True):
        size += len(chunk)
        if size > wanted.max_bytes:
            raise wanted.error(f"is longer than {wanted.max_bytes} bytes")
        into.write(chunk)
    kind = response.headers.get("Content-Type", "")
    charset = kind.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    etag, modified = (_validator(response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
    pages = response.headers.get("X-WP-TotalPages", "")
    counted = int(pages) if pages.isascii() and pages.isdigit() and len(pages) < 8 else 0
    return Fetched(where, charset, FeedState(etag, modified), counted)


def _validator(value: str) -> str:
    """What a server calls its version, if it can be sent back in a header."""
    return value if _VALIDATOR.fullmatch(value) else ""


def _reason(error: Exception) -> str:
    """What went wrong, without the objects that urllib3 shows in its messages."""
    inner = getattr(error, "reason", None) or error
    text = str(inner)
    return text.rpartition("): ")[2][:200] or type(inner).__name__
