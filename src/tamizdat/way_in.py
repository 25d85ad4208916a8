"""Web addresses of mirrors that a publication makes known, in their one spelling (spec/edition.md, "Ways in").

An address of this kind is put before readers, so it must not be able to harm or mark whoever follows it: no scheme but
the web's, no machine of the reader's own network, no query, fragment or user.
"""

import hashlib
import re
from base64 import b32decode
from typing import Final

from tamizdat.limits import LIMITS

LOCAL_NAMES: Final = ("localhost", "local", "localdomain", "internal", "home.arpa", "lan", "intranet")
"""Names that are machines of some local network, or of none; so is what ends with a dot and one of them."""
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
_PATH: Final = re.compile(r"/(?:(?!\.{1,2}/)[A-Za-z0-9._~-]{1,255}/)*")
_ADDRESS: Final = re.compile(r"(https?)://([^/:]+)(?::([1-9][0-9]{0,4}))?(/.*)")
_LENIENT: Final = re.compile(r"([A-Za-z]+)://([^/:?#]*)(:[0-9]*)?(.*)", re.DOTALL)
_ONION: Final = re.compile(r"(?:.*\.)?([a-z2-7]{56})\.onion")
_PORTS: Final = {"http": 80, "https": 443}
_MAX_PORT: Final = 65_535
_SHOWN: Final = 80


def fault_of(address: str) -> str:
    """What forbids ``address`` to be the web address of a way in, in words; empty if nothing does."""
    shown = address[:_SHOWN]
    if len(address.encode(errors="replace")) > LIMITS.max_way_in_bytes:
        return f"{shown!r} is longer than {LIMITS.max_way_in_bytes} bytes"
    if not address.startswith(("https://", "http://")):
        return f"{shown!r} does not begin with https:// or http://"
    if "@" in address:
        return f"{shown!r} names a user: everybody would read that"
    if "?" in address or "#" in address:
        return f"{shown!r} has a ? or #, which could mark whoever follows it"
    found = _ADDRESS.fullmatch(address)
    if not found or not _PATH.fullmatch(found[4]):
        return f"{shown!r} is not a web address in plain letters that ends with /"
    return _host_fault(found[2]) or _port_fault(found[1], found[3])


def _host_fault(host: str) -> str:
    if not _HOST.fullmatch(host):
        return f"{host[:_SHOWN]!r} is not a name of the public network, like news.example, in small letters"
    if any(host == name or host.endswith(f".{name}") for name in LOCAL_NAMES):
        return f"{host!r} is a name of a local network"
    if host.endswith(".onion") and not _ONION.fullmatch(host):
        return f"{host!r} is not an onion address: those have 56 letters and digits before .onion"
    return ""


def _port_fault(scheme: str, port: str | None) -> str:
    if port is None or (int(port) <= _MAX_PORT and int(port) != _PORTS[scheme]):
        return ""
    return f"port {port} is {scheme}'s own; leave it out" if int(port) == _PORTS[scheme] else f"there is no port {port}"


def is_onion(address: str) -> bool:
    """Whether an address that has no fault is an onion service's, which only Tor reaches."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and found[2].endswith(".onion")


def host_of(address: str) -> str:
    """The host of an address that has no fault; empty for anything else."""
    found = _ADDRESS.fullmatch(address)
    return found[2] if found else ""


def tidy(text: str) -> str:
    """What somebody typed, in the one spelling as far as that is sure: small letters, no usual port, a / at the end."""
    found = _LENIENT.fullmatch(text.strip())
    if not found:
        return text.strip()
    scheme, host, port, path = found[1].lower(), found[2].lower(), found[3] or "", found[4]
    if port in {":", f":{_PORTS.get(scheme, '')}"}:
        port = ""
    return f"{scheme}://{host}{port}{path if path.endswith('/') or '?' in path or '#' in path else path + '/'}"


def is_mistyped_onion(address: str) -> bool:
    """Whether an onion address fails its own checksum (Tor's rend-spec-v3, "ONIONADDRESS"): it leads nowhere."""
    found = _ONION.fullmatch(host_of(address))
    if not found:
        return False
    data = b32decode(found[1].upper())
    public, checksum, version = data[:32], data[32:34], data[34:]
    good = hashlib.sha3_256(b".onion checksum" + public + version).digest()[:2]
    return version != b"\x03" or checksum != good
