"""Where a connection may lead when its address was written by somebody else: to the public network only.

A feed that names ``http://127.0.0.1/`` or ``http://169.254.169.254/`` as a picture would make the publisher ask the
machines behind its own firewall. A name that resolves to such an address is no better, and it may resolve to another
one a moment later; so names are resolved once, the answers are checked, and what was checked is connected to.
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

import urllib3
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import connection as plain

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection as Connection
else:
    Connection = object

# The only unicast addresses that are given out (IANA IPv6 address space), without the tunnels inside them, whose
# addresses carry an IPv4 address of the attacker's choice, and what is for documents and tests.
_IPV6_PUBLIC: Final = IPv6Network("2000::/3")
_IPV6_NOT_PUBLIC: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# Networks without IPv4 reach it through these (RFC 6052): the last four bytes decide.
_NAT64: Final = IPv6Network("64:ff9b::/96")
_IPV4_NOT_PUBLIC: Final = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4")))
# A name of these is a machine of some local network, or of none (RFC 6761, 6762, 8375, and ICANN's .internal).
_LOCAL_ENDINGS: Final = (".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".lan", ".intranet")
_MAX_TRIED: Final = 4


class RefusedAddressError(Exception):
    """Internal to the web's transfers: the address leads to a network that a stranger must not reach through us."""


def is_public(address: str) -> bool:
    """Whether an IP address is of the public network: not this machine, not a private or special network.

    An IPv4 address inside an IPv6 address counts as itself. What is no IP address is not public.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return _is_public_ipv4(found.ipv4_mapped)
        if found in _NAT64:
            return _is_public_ipv4(IPv4Address(found.packed[-4:]))
        return found in _IPV6_PUBLIC and not any(found in network for network in _IPV6_NOT_PUBLIC)
    return _is_public_ipv4(found)


def _is_public_ipv4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _IPV4_NOT_PUBLIC)


def check_name(host: str) -> None:
    """Check a host that will be looked up elsewhere, by a proxy. Raises RefusedAddressError.

    Only what the name itself says can be known here: an IP address in any spelling that some program reads as one
    (WHATWG URL, 3.5: the last label is a number), ``localhost``, and names without a dot or for local networks.
    """
    name = host.strip("[]").rstrip(".").lower()
    last = name.rpartition(".")[2]
    if ":" in name or last.isdigit() or last.startswith("0x"):
        if not is_public(name):
            raise RefusedAddressError(f"{host} is not an address of the public network")
    elif "." not in name or name.endswith(_LOCAL_ENDINGS):
        raise RefusedAddressError(f"{host} is a name of a local network")


class GuardedConnection(Connection):
    """Mixed into urllib3's direct connection classes: connects to public addresses and no others."""

    def _new_conn(self) -> socket.socket:
        """Resolve, check every answer, connect to one that was checked. Raises RefusedAddressError."""
        host = self._dns_host.strip("[]")
        try:
            found = socket.getaddrinfo(host, self.port, plain.allowed_gai_family(), socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            # The class wants the resolver's own error; a name that cannot even be encoded has none.
            cause = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(self.host, self, cause) from error
        addresses = list(dict.fromkeys(str(answer[4][0]) for answer in found))
        for address in addresses:
            if not is_public(address):
                where = self.host if self.host == address else f"{self.host} ({address})"
                raise RefusedAddressError(f"{where} is not an address of the public network")
        return self._connect(addresses[:_MAX_TRIED])

    def _connect(self, addresses: list[str]) -> socket.socket:
        failed: OSError = OSError("no address")
        for address in addresses:
            try:
                return plain.create_connection(
                    (address, self.port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failed = error
        if isinstance(failed, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from failed
        raise NewConnectionError(self, f"no connection: {failed}") from failed


def guard_pools(manager: urllib3.PoolManager) -> None:
    """Make every connection of ``manager``, which goes through no proxy, a guarded one."""
    manager.pool_classes_by_scheme = {scheme: _guarded(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}


def _guarded(pool: type[urllib3.HTTPConnectionPool]) -> type[urllib3.HTTPConnectionPool]:
    connection = type("Guarded" + pool.ConnectionCls.__name__, (GuardedConnection, pool.ConnectionCls), {})
    return type("Guarded" + pool.__name__, (pool,), {"ConnectionCls": connection})
