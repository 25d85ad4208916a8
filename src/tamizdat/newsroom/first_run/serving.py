"""A door and somebody who answers at it: first the wizard, then, through the same socket, the newsroom.

The socket listens from the beginning to the end, so that a browser that knocks between the two only waits.
"""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from tamizdat.errors import UsageError
from tamizdat.newsroom.first_run.wizard import Wizard

_BACKLOG: Final = 128
_PATIENCE_SECONDS: Final = 20


def open_door(listen: str) -> socket.socket:
    """A socket that listens at ``HOST:PORT``. Raises UsageError."""
    try:
        parts = urlsplit(f"//{listen}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port is None or parts.netloc != listen:
        raise UsageError(f"--listen {listen!r} is not HOST:PORT, like 127.0.0.1:8700")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(f"nothing can listen at {listen}: {error.strerror}; choose another with --listen") from error


class _Handler(WSGIRequestHandler):
    """Writes no log and says nothing of itself."""

    timeout = _PATIENCE_SECONDS

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        app: Any = self.server.get_app()  # type: ignore[attr-defined] # a WSGIServer's
        app.sent()

    def version_string(self) -> str:
        return ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Who asked for what is nobody's business."""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, door: socket.socket) -> None:
        super().__init__(door.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = door.dup()
        self.server_name, self.server_port = door.getsockname()[:2]
        self.setup_environ()


@contextlib.contextmanager
def answering(door: socket.socket, wizard: Wizard) -> Iterator[None]:
    """``wizard`` answers at ``door`` inside the ``with``."""
    with _Server(door) as server:
        server.set_app(wizard)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
