"""Mirrors on the web: any static web server, ``python -m http.server`` included.

What a mirror sees of a reader is the same for everybody: one fixed ``User-Agent``, ``Accept`` and
``Accept-Encoding``; no cookie, no ``Referer``, no language, nothing remembered between requests.
"""

import contextlib
import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.util import Url, parse_url

from tamizdat.carriers.http_transfer import BrokenTransferError, Transfer
from tamizdat.carriers.port import Seen, check_path
from tamizdat.errors import CarrierError, MissingFileError, UsageError
from tamizdat.limits import LIMITS, Limits
from tamizdat.net.meter import Meter, meter_pools
from tamizdat.net.proxy import choose_proxy, environment_proxies, open_manager

HEADERS: Final = {"User-Agent": "Mozilla/5.0", "Accept": "*/*", "Accept-Encoding": "gzip"}
"""Sent with every request, by every reader. ``Range`` and ``If-Range`` join them after a broken transfer; a mirror that
waits for news adds ``If-None-Match`` and ``Prefer``."""

_PORTS: Final = {"http": 80, "https": 443}
_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
# 403 is how buckets answer for a file that they do not have when listing is not allowed.
_MISSING: Final = frozenset({403, 404, 410})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 5
_ATTEMPTS: Final = 3
# A continued transfer that moved this far earns a new set of attempts.
_PROGRESS_BYTES: Final = 1 << 14
_DISCARD_BYTES: Final = 1 << 13
_CONNECTIONS: Final = 16  # as many files at once, and some that were abandoned and have not noticed yet
# Asking the same mirror again at once would not help: the reader goes to the next one.
_FINAL: Final = (NewConnectionError, ConnectTimeoutError, SSLError, ProxyError, LocationParseError)


@dataclass(slots=True, eq=False)
class _Request:
    """One file that was asked for. ``abandoned``: nobody waits for it any more."""

    path: str
    max_bytes: int
    transfer: Transfer
    abandoned: bool = False


class _RequestMeter(Meter):
    """Has no patience left once its request is abandoned."""

    def __init__(self, request: _Request, limits: Limits) -> None:
        super().__init__(request.max_bytes, limits)
        self._request = request

    def patience(self) -> float:
        if self._request.abandoned:
            self.cut = "others were faster; given up"
            raise TimeoutError(self.cut)
        return super().patience()


class HttpInbound:
    """A road to the mirror at an http or https address.

    ``proxies`` maps a scheme (or ``all``, ``no``) to what its environment variable would say; by default the
    environment is read. Raises UsageError for an address or proxy that cannot be used. ``close`` ends its connections.
    """

    def __init__(self, address: str, limits: Limits = LIMITS, proxies: Mapping[str, str] | None = None) -> None:
        base = _parse_base(address)
        self.name = base.url if base.url.endswith("/") else base.url + "/"
        self._limits = limits
        self._requests: set[_Request] = set()
        chosen = choose_proxy(base, environment_proxies() if proxies is None else proxies)
        self._manager = open_manager(chosen, connections=_CONNECTIONS)
        meter_pools(self._manager)

    def close(self) -> None:
        """End every connection. The carrier may be used again."""
        # clear() alone waits for the garbage collector, and an error's traceback may hold a pool for long.
        for key in self._manager.pools.keys():  # noqa: SIM118 - this container refuses to be iterated
            if pool := self._manager.pools.get(key):
                pool.close()
        self._manager.clear()

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """See :meth:`tamizdat.carriers.port.Inbound.fetch`. Follows redirects within the host, resumes if broken."""
        request = _Request(check_path(path), max_bytes, Transfer(self.name, path, max_bytes))
        self._requests.add(request)
        try:
            return self._fetch(request)
        finally:
            self._requests.discard(request)

    def abandon(self, path: str) -> None:
        """See :meth:`tamizdat.carriers.port.Abandonable.abandon`. It ends at the next byte, or when that is due."""
        for request in tuple(self._requests):
            if request.path == path:
                request.abandoned = True

    def changed(self, path: str, max_bytes: int, known: str, seconds: float) -> Seen:
        """See :meth:`tamizdat.carriers.port.Watchable.changed`. The tag is the ETag; waiting is RFC 7240's ``wait``."""
        request = _Request(check_path(path), max_bytes, Transfer(self.name, path, max_bytes))
        limits = replace(self._limits, read_timeout_seconds=self._limits.read_timeout_seconds + seconds)
        asked = {"If-None-Match": known, "Prefer": f"wait={int(seconds)}"} if known else {}
        try:
            response = self._open(request, _RequestMeter(request, limits), asked, limits)
            tag = response.headers.get("ETag", "")
            if response.status == http.HTTPStatus.NOT_MODIFIED:
                _discard(response)
                return Seen(known, None)
            self._receive(request, response)
            return Seen(tag if _TAG.fullmatch(tag) else "", request.transfer.finish())
        except (HTTPError, http.client.HTTPException, OSError, ValueError, BrokenTransferError) as error:
            raise self._error(request, _reason(error)) from error

    def _fetch(self, request: _Request) -> bytes:
        failures = 0
        while True:
            resumed_at = request.transfer.received if request.transfer.resume_headers else None
            try:
                self._attempt(request)
                return request.transfer.finish()
            except BrokenTransferError as error:
                reason = str(error)
            moved = request.transfer.received - resumed_at if resumed_at is not None else 0
            failures = 0 if moved >= _PROGRESS_BYTES else failures + 1
            if failures == _ATTEMPTS:
                raise self._error(request, f"{reason}; gave up after {_ATTEMPTS} attempts")

    def _attempt(self, request: _Request) -> None:
        meter = _RequestMeter(request, self._limits)
        try:
            meter.patience()
            self._receive(request, self._open(request, meter, request.transfer.resume_headers, self._limits))
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            if meter.cut:
                raise self._error(request, meter.cut) from error
            if isinstance(error, _FINAL):
                raise self._error(request, _reason(error)) from error
            raise BrokenTransferError(_reason(error)) from error

    @staticmethod
    def _receive(request: _Request, response: urllib3.BaseHTTPResponse) -> None:
        try:
            while chunk := response.read1(request.transfer.wanted, decode_content=False):
                request.transfer.feed(chunk)
        except BaseException:
            response.close()
            raise
        response.release_conn()

    def _open(
        self, request: _Request, meter: Meter, asked: Mapping[str, str], limits: Limits
    ) -> urllib3.BaseHTTPResponse:
        """The answer whose body is the file, or its rest; or, where that was ``asked``, that it is the known one."""
        url = self.name + request.path
        headers = {**HEADERS, **asked}
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._send(url, headers, meter, limits)
            if response.status not in _REDIRECTS:
                if response.status != http.HTTPStatus.NOT_MODIFIED or "If-None-Match" not in headers:
                    self._check(request, response, asked_for_rest="Range" in headers)
                return response
            response.close()
            url = self._redirected(request, url, response.headers.get("Location", ""))
        raise self._error(request, f"redirects more than {_MAX_REDIRECTS} times")

    def _send(self, url: str, headers: Mapping[str, str], meter: Meter, limits: Limits) -> urllib3.BaseHTTPResponse:
        with meter.reading():
            return self._manager.urlopen(
                "GET",
                url,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=limits.connect_timeout_seconds, read=limits.read_timeout_seconds),
            )

    def _check(self, request: _Request, response: urllib3.BaseHTTPResponse, *, asked_for_rest: bool) -> None:
        """Prepare the transfer for this answer, or close the answer and raise what it means."""
        try:
            if response.status == http.HTTPStatus.OK:
                request.transfer.begin(response.headers, response.length_remaining)
            elif response.status == http.HTTPStatus.PARTIAL_CONTENT and asked_for_rest:
                request.transfer.resume(response.headers)
            elif response.status == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and asked_for_rest:
                request.transfer.start_over()
                raise BrokenTransferError("the server cannot continue")
            elif response.status in _MISSING:
                detail = f"no such file (status {response.status})"
                raise MissingFileError(detail, carrier=self.name, path=request.path)
            else:
                raise self._error(request, f"the server answered with status {response.status}")
        except BaseException:
            _discard(response)
            raise

    def _redirected(self, request: _Request, url: str, location: str) -> str:
        """Where a redirect leads. Another host could count or mark readers, so only this one is followed.

        And only to the same file: on a network that lies about names, the host could be any machine nearby, and the
        mirror would choose what is asked of it.
        """
        try:
            old, new = parse_url(url), parse_url(urljoin(url, location))
        except (HTTPError, ValueError) as error:
            raise self._error(request, "redirects to something that is no address") from error
        upgraded = (old.scheme, new.scheme) == ("http", "https")
        same_place = (old.scheme, _port(old)) == (new.scheme, _port(new))
        if not location or new.auth or new.host != old.host or not (same_place or upgraded):
            where = f"{new.scheme}://{new.netloc}"[:200]
            raise self._error(request, f"redirects to another place, {where!r}; not followed")
        if new.query is not None or not (new.path or "").endswith(f"/{request.path}"):
            raise self._error(request, "redirects to another file; not followed")
        return new._replace(fragment=None).url

    def _error(self, request: _Request, detail: str) -> CarrierError:
        return CarrierError(detail, carrier=self.name, path=request.path)


def _parse_base(address: str) -> Url:
    try:
        base = parse_url(address)
    except LocationParseError as error:
        raise UsageError(f"{address}: is not a web address") from error
    if base.scheme not in _PORTS or not base.host:
        raise UsageError(f"{address}: a web mirror's address begins with https:// or http:// and a host")
    if base.auth or base.query is not None or base.fragment is not None:
        raise UsageError(f"{address}: a mirror's address holds no name, password, query or fragment")
    return base


def _port(url: Url) -> int | None:
    return url.port or _PORTS.get(url.scheme or "")


def _discard(response: urllib3.BaseHTTPResponse) -> None:
    """Finish with a short answer so that its connection serves the next file; close on a long or endless one."""
    length = response.length_remaining
    if length is not None and length <= _DISCARD_BYTES:
        with contextlib.suppress(HTTPError, http.client.HTTPException, OSError, ValueError):
            while response.read1(_DISCARD_BYTES, decode_content=False):
                pass
            response.release_conn()
            return
    response.close()


def _reason(error: Exception) -> str:
    """The innermost cause in a few words; urllib3 wraps messages in object representations."""
    if isinstance(error, NewConnectionError):
        return f"no connection ({error.__cause__ or 'refused'})"
    if isinstance(error, ConnectTimeoutError):
        return "no connection in time"
    inner = error.args[-1] if error.args else ""
    return f"the transfer broke ({type(error).__name__}: {inner})"[:300]
