"""Addresses to listen at: text -> sockets."""

import contextlib
import errno
import os
import re
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tamizdat.errors import UsageError
from tamizdat.mirror.http.limits import HttpLimits

_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^\[\]:/]*)):(?P<port>[0-9]{1,5})")
_BACKLOG: Final = 1_024
_NOT_SPOKEN_HERE: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a host (empty: everywhere) and a port, or the path of a socket."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(text: str) -> Address:
    """``host:port``, ``[v6]:port``, ``:port`` or ``unix:/path``. Raises UsageError."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path.startswith("/"):
            raise UsageError(f"{text}: write unix: and the whole path of the socket, such as unix:/run/mirror.socket")
        return Address(path=Path(path))
    match = _ADDRESS.fullmatch(text)
    if not match or int(match["port"]) > 65_535:
        raise UsageError(f"{text}: write HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000, or unix:/path")
    return Address(match["v6"] or match["host"] or "", int(match["port"]))


def listen(address: Address, limits: HttpLimits) -> list[socket.socket]:
    """Sockets that listen there, not blocking. Raises UsageError, in words that say what to do."""
    try:
        if address.path is not None:
            return [_listen_at_path(address.path)]
        return _listen_at_port(address, limits)
    except PermissionError as error:
        raise UsageError(f"{address}: not allowed here; ports below 1024 are for the system's own servers") from error
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(f"{address}: there is no such host here") from error
    except OSError as error:
        raise UsageError(f"{address}: cannot listen there: {error.strerror or error}") from error


def _listen_at_port(address: Address, limits: HttpLimits) -> list[socket.socket]:
    found = socket.getaddrinfo(address.host or None, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    places = sorted({(family, place[:2]) for family, *_, place in found})
    sockets: list[socket.socket] = []
    try:
        for family, (host, _) in places:
            # If the system chooses the port, it is the same for all.
            port = sockets[0].getsockname()[1] if sockets else address.port
            try:
                sockets.append(_bound(family, str(host), port, limits))
            except OSError as error:
                # A machine without IPv6, or without IPv4, is asked to listen everywhere.
                if address.host or len(places) == 1 or error.errno not in _NOT_SPOKEN_HERE:
                    raise
    except OSError:
        for listener in sockets:
            listener.close()
        raise
    return sockets


def _bound(family: int, host: str, port: int, limits: HttpLimits) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        _prepare(listener, family, limits)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _prepare(listener: socket.socket, family: int, limits: HttpLimits) -> None:
    """Options that connections inherit."""
    listener.setblocking(False)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # Linux: what was not even sent stays with us
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, limits.unsent_bytes)


def _listen_at_path(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        # What a server left behind that was killed; never another file, and never one that somebody listens at.
        if stat.S_ISSOCK(path.lstat().st_mode) and not _answers(path):
            path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.bind(str(path))
        # The web server in front runs as another user; who may come so far, the folder says.
        path.chmod(0o666)
    except OSError:
        listener.close()
        raise
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True


def bound_address(listener: socket.socket) -> Address:
    """Where a socket listens, in truth."""
    name = listener.getsockname()
    return Address(path=Path(os.fsdecode(name))) if listener.family == socket.AF_UNIX else Address(name[0], name[1])


def begin(listener: socket.socket) -> None:
    """Take connections from now on."""
    listener.listen(_BACKLOG)
