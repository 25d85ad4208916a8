"""The site on this machine, to look at before anybody else does. For previews only; mirrors serve better.

Whoever looks has a browser, and in it there may be pages that would like to look, too. They cannot: the server answers
only to this machine's own names, and its answers tell browsers to keep other sites away from them.
"""

import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.port import is_safe_path
from tamizdat.errors import TamizdatError
from tamizdat.limits import LIMITS
from tamizdat.press.served import MEDIA_TYPES, media_type
from tamizdat.press.server_files import HEADERS

LOOPBACK: Final = "127.0.0.1"
_HEADERS: Final = {name: value for name, value in HEADERS.items() if not name.startswith("Access-Control-")} | {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What mirrors say, but that nobody else may read it yet."""
_NAMES: Final = frozenset({LOOPBACK, "localhost"})
_NOT_HERE: Final = f"this is {LOOPBACK}\n".encode()


def preview_server(root: Path, port: int) -> ThreadingHTTPServer:
    """A server of the web root ``root`` on 127.0.0.1; ``port`` 0 takes any that is free. Raises OSError if it is taken.

    It keeps no log. ``serve_forever`` runs it, ``server_close`` ends it.
    """
    return _Server((LOOPBACK, port), partial(Handler, DirectoryInbound(root)))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own
        """Browsers go away when they like."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Files of one folder, read as a mirror's reader would: no links followed, nothing listed."""

    protocol_version = "HTTP/1.1"
    server_version = "Tamizdat"
    sys_version = ""
    timeout = 30.0
    """Seconds that a browser may say, or take, nothing."""

    def __init__(self, files: DirectoryInbound, *arguments: object) -> None:
        self._files = files
        super().__init__(*arguments)  # type: ignore[arg-type] # the server's own three

    def do_GET(self) -> None:
        """Answer with the file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with what a GET would say of the file."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        status, kind, data = self._found()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def _found(self) -> tuple[HTTPStatus, str, bytes]:
        """Status, media type and body."""
        # A site whose name was made to lead here is the same site to a browser, and could read all of it.
        if self.headers.get("Host", "").partition(":")[0].lower() not in _NAMES:
            return HTTPStatus.MISDIRECTED_REQUEST, MEDIA_TYPES["txt"], _NOT_HERE
        path = unquote(self.path.partition("?")[0]).lstrip("/")
        if not path or path.endswith("/"):
            path += "index.html"
        data = self._read(path)
        if data is None:
            return HTTPStatus.NOT_FOUND, MEDIA_TYPES["html"], self._read("404.html") or b"not found\n"
        return HTTPStatus.OK, media_type(path), data

    def _read(self, path: str) -> bytes | None:
        try:
            return self._files.fetch(path, LIMITS.max_picture_bytes) if is_safe_path(path) else None
        except TamizdatError:
            return None

    def end_headers(self) -> None:
        """Every answer, errors too, says what mirrors say."""
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - http.server's name
        """Nothing is logged, here as on every mirror."""
