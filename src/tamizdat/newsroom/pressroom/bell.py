"""A bell between processes of one machine: whoever has an order rings, and the press wakes up.

A ring that nobody hears is lost and does no harm: the press looks for orders by itself, too, only less often.
"""

import contextlib
import socket
from pathlib import Path

from django.conf import settings


def ring() -> None:
    """Wake the press of this machine, if it is there."""
    if settings.PLACE is None:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell, contextlib.suppress(OSError):
        bell.setblocking(False)
        bell.sendto(b"!", str(settings.PLACE.bell))


class Bell:
    """The press's end of the bell in ``path``. One at a time: a newer one takes the older one's place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o600)

    def wait(self, seconds: float) -> None:
        """Wait until somebody rings, at most so long; further rings that are already there count as the same."""
        self._socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError, BlockingIOError):  # the latter if there is no time to wait
            self._socket.recv(16)
            self._socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    self._socket.recv(16)

    def close(self) -> None:
        """Take the bell away."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
