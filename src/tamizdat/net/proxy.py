"""Which way out: direct, or through the proxy that the standard environment variables name."""

import importlib.util
import re
from collections.abc import Mapping
from typing import Final
from urllib import request

import urllib3
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from tamizdat.errors import UsageError

# Names must be looked up at the far end: a local look-up tells the network who is asked.
_REMOTE_NAMES: Final = {"socks5": "socks5h", "socks4": "socks4a", "socks": "socks5h"}
_SOCKS: Final = ("socks5h", "socks4a")


def environment_proxies() -> dict[str, str]:
    """What ``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy`` (either case) say, by scheme."""
    return request.getproxies_environment()


def choose_proxy(address: Url, proxies: Mapping[str, str]) -> str:
    """The proxy for ``address``, or '' to go directly. Raises UsageError for a .onion address without one."""
    host = address.host or ""
    proxy = proxies.get(address.scheme or "") or proxies.get("all") or ""
    if proxy and _bypassed(f"{host}:{address.port or ''}", proxies):
        proxy = ""
    if not proxy and host.rstrip(".").endswith(".onion"):
        # RFC 7686: never ask the network for such a name.
        raise UsageError(
            f"{address.url}: an onion address needs Tor; set ALL_PROXY=socks5h://127.0.0.1:9050 while Tor runs"
        )
    return _normal(proxy) if proxy else ""


def open_manager(proxy: str, *, connections: int) -> urllib3.PoolManager:
    """A pool of connections through ``proxy`` ('' for none). Raises UsageError when it cannot be used."""
    if not proxy:
        return urllib3.PoolManager(maxsize=connections)
    if proxy.startswith(_SOCKS):
        if importlib.util.find_spec("socks") is None:
            raise UsageError(
                f"the proxy {_public(proxy)} needs SOCKS support, which is not installed: pip install 'urllib3[socks]'"
            )
        from urllib3.contrib.socks import SOCKSProxyManager  # noqa: PLC0415 - warns at import without PySocks

        return SOCKSProxyManager(proxy, maxsize=connections)
    return urllib3.ProxyManager(proxy, maxsize=connections)


def _bypassed(host: str, proxies: Mapping[str, str]) -> bool:
    return bool(request.proxy_bypass_environment(host, proxies))  # type: ignore[attr-defined] # not in typeshed


def _normal(proxy: str) -> str:
    scheme, separator, rest = proxy.partition("://")
    if not separator:
        scheme, rest = "http", proxy
    scheme = _REMOTE_NAMES.get(scheme.lower(), scheme.lower())
    if scheme not in {"http", "https", *_SOCKS} or not _has_host(f"{scheme}://{rest}"):
        raise UsageError(f"the proxy {_public(proxy)} is not one of http://, https://, socks5h://, socks4a://")
    return f"{scheme}://{rest}"


def _has_host(address: str) -> bool:
    try:
        return bool(parse_url(address).host)
    except LocationParseError:
        return False


def _public(proxy: str) -> str:
    """The proxy's address without the name and password in it."""
    return re.sub(r"[^/@]*@", "", proxy)
