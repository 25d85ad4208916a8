"""The site on this machine, to look at before anybody else does. For previews only; mirrors serve better."""

from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.port import is_safe_path
from tamizdat.errors import TamizdatError
from tamizdat.limits import LIMITS

LOOPBACK: Final = "127.0.0.1"
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "jpg": "image/jpeg",
    "avif": "image/avif",
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def preview_server(root: Path, port: int) -> ThreadingHTTPServer:
    """A server of the web root ``root`` on 127.0.0.1; ``port`` 0 takes any that is free. Raises OSError if it is taken.

    It keeps no log. ``serve_forever`` runs it, ``server_close`` ends it.
    """
    server = ThreadingHTTPServer((LOOPBACK, port), partial(_Handler, DirectoryInbound(root)))
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    """Files of one folder, read as a mirror's reader would: no links followed, nothing listed."""

    protocol_version = "HTTP/1.1"
    server_version = "Tamizdat"
    sys_version = ""

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
        path = unquote(urlsplit(self.path).path).lstrip("/")
        if not path or path.endswith("/"):
            path += "index.html"
        status, data = HTTPStatus.OK, self._read(path)
        if data is None:
            status, path, data = HTTPStatus.NOT_FOUND, "404.html", self._read("404.html") or b"not found\n"
        self.send_response(status)
        kind = _TYPES.get(path.rpartition(".")[2], "application/octet-stream")
        for name, value in (_HEADERS | {"Content-Type": kind, "Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def _read(self, path: str) -> bytes | None:
        try:
            return self._files.fetch(path, LIMITS.max_picture_bytes) if is_safe_path(path) else None
        except TamizdatError:
            return None

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - http.server's name
        """Nothing is logged, here as on every mirror."""
