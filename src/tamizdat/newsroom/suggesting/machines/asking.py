"""One request to a service: JSON there and back, bounded in bytes and time, whatever the other side sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Final

from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout, parse_url

from tamizdat.errors import TranslatorError, UsageError
from tamizdat.limits import LIMITS, Limits
from tamizdat.net.meter import Meter, meter_pools
from tamizdat.net.proxy import choose_proxy, environment_proxies, open_manager

MAX_ANSWER_BYTES: Final = 4_000_000
READ_SECONDS: Final = 120.0
"""A machine thinks before it answers, and small ones think long."""
_CHUNK_BYTES: Final = 1 << 16
_NO_RETRIES: Final = Retry(total=0, redirect=0, status=0, other=0, respect_retry_after_header=False)
_HEADERS: Final = {"User-Agent": "Tamizdat", "Accept": "application/json"}
_PASSING: Final = frozenset({408, 425, 429, 529})
_SAID_CHARS: Final = 200
_MEANS: Final[Mapping[int, str]] = {
    401: "it does not accept the key: see translate_key_file, or TAMIZDAT_TRANSLATE_KEY",
    403: "it does not accept the key: see translate_key_file, or TAMIZDAT_TRANSLATE_KEY",
    404: "there is no such service at this address: see translate_url",
    413: "it finds the text too long",
    429: "it is asked too often",
    456: "the quota of this key is used up",
    529: "it is asked too often",
}


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service answers. The address stands in the settings, so it may be anywhere (ADR 8)."""

    name: str
    url: str
    headers: Mapping[str, str]

    def error(self, detail: str, *, passing: bool = False, status: int = 0) -> TranslatorError:
        """What to raise; ``status`` is that of an answer."""
        return TranslatorError(detail, service=f"{self.name} ({self.url})", passing=passing, status=status)

    def get(self, path: str) -> Any:
        """What it answers. Raises TranslatorError."""
        return self._ask("GET", path, None)

    def post(self, path: str, what: Mapping[str, Any]) -> Any:
        """What it answers to JSON. Raises TranslatorError."""
        return self._ask("POST", path, json.dumps(what, ensure_ascii=False).encode())

    def delete(self, path: str) -> None:
        """Have it forget something. Raises TranslatorError."""
        self._ask("DELETE", path, None)

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        # A module's limits may be replaced by tests.
        pace = replace(
            LIMITS, min_bytes_per_second=LIMITS.min_source_bytes_per_second, read_timeout_seconds=READ_SECONDS
        )
        meter = Meter(MAX_ANSWER_BYTES, pace)
        try:
            status, data = self._sent(method, f"{self.url}{path}", body, meter, pace)
        except UsageError as error:
            raise self.error(str(error)) from error
        except (HTTPError, OSError, ValueError) as error:
            detail = meter.cut or f"does not answer ({type(getattr(error, 'reason', None) or error).__name__})"
            raise self.error(f"{detail}; see translate_url", passing=True) from error
        return self._answer(status, data)

    def _sent(self, method: str, where: str, body: bytes | None, meter: Meter, pace: Limits) -> tuple[int, bytes]:
        address = parse_url(where)
        # This machine is not found through a proxy: that would be the proxy's own.
        proxy = "" if is_loopback(address.host or "") else choose_proxy(address, environment_proxies())
        headers = {**_HEADERS, **self.headers, **({"Content-Type": "application/json"} if body is not None else {})}
        with open_manager(proxy, connections=1) as manager:
            meter_pools(manager)
            with meter.reading():
                response = manager.urlopen(
                    method,
                    where,
                    body=body,
                    headers=headers,
                    redirect=False,
                    retries=_NO_RETRIES,
                    preload_content=False,
                    timeout=Timeout(connect=pace.connect_timeout_seconds, read=pace.read_timeout_seconds),
                )
                try:
                    return response.status, self._taken(response)
                finally:
                    response.close()

    def _taken(self, response: Any) -> bytes:
        data = bytearray()
        for chunk in response.stream(_CHUNK_BYTES, decode_content=True):
            data += chunk
            if len(data) > MAX_ANSWER_BYTES:
                raise self.error(f"answers with more than {MAX_ANSWER_BYTES} bytes")
        return bytes(data)

    def _answer(self, status: int, data: bytes) -> Any:
        if not 200 <= status < 300:
            means = _MEANS.get(status, "")
            said = _said(data)
            detail = f"answers {status}" + (f", {means}" if means else "") + (f" ({said})" if said else "")
            raise self.error(detail, passing=status >= 500 or status in _PASSING, status=status)
        if not data:
            return None
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self.error("answers something that is no JSON: is translate_url the address of its API?") from error


def is_loopback(host: str) -> bool:
    """Whether it is this machine itself."""
    name = host.strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _said(data: bytes) -> str:
    """The service's own sentence about its refusal, in one line."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    said = found.get("error") or found.get("message") or ""
    said = said.get("message", "") if isinstance(said, dict) else said
    return " ".join(str(said).split())[:_SAID_CHARS]
