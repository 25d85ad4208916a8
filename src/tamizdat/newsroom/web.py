"""The newsroom's own web server, for browsers of colleagues. Behind a proxy or an onion service, or on this machine."""

import os
import signal
import socket
import sys
import threading
from copy import copy
from datetime import UTC, datetime
from typing import Any, Final

import waitress
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, close_old_connections, connection
from django.http import parse_cookie
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer

from tamizdat.newsroom.people.sessions import is_somebodys

_THREADS: Final = 8
LARGEST_UPLOAD: Final = 512_000_000
LARGEST_OF_STRANGERS: Final = 256_000
"""Bytes of body of whoever has not logged in: names, passwords, codes. No file is ever made for so little."""
_INHERITED: Final = "fd="


def serve(listen: str) -> None:
    """Serve on ``HOST:PORT``, or on a listening socket that was handed down as ``fd=N``, until the process is ended.

    Writes no log of requests.
    """
    place: dict[str, Any] = {"listen": listen}
    if listen.startswith(_INHERITED):
        threading.Thread(target=_end_with_parent, daemon=True).start()
        place = {"sockets": [socket.socket(fileno=int(listen.removeprefix(_INHERITED)))]}
    open_server(get_wsgi_application(), **place).run()


def open_server(application: Any, **place: Any) -> Any:
    """A server that listens at ``place`` (``listen`` or ``sockets``), and answers once it runs."""
    listeners: dict[int, Any] = {}
    server = waitress.create_server(
        application,
        map=listeners,
        threads=_THREADS,
        ident="",
        max_request_body_size=LARGEST_UPLOAD,
        channel_timeout=60,
        clear_untrusted_proxy_headers=True,
        **_of_proxies(),
        **place,
    )
    for each in list(listeners.values()):
        if isinstance(each, BaseWSGIServer):
            each.channel_class = _Channel
    return server


def _of_proxies() -> dict[str, Any]:
    """What is believed of proxies: that browsers reach them by TLS, where the settings say so, and nothing else.

    Headers that name addresses are taken off, so that nothing here can keep where somebody works from.
    """
    if not settings.SECURE_PROXY_SSL_HEADER:
        return {}
    return {"trusted_proxy": "*", "trusted_proxy_headers": {"x-forwarded-proto"}}


class Request(HTTPRequestParser):  # type: ignore[misc,unused-ignore] # the server has no types
    """A request whose body is refused before it comes if it is too large for whoever sends it."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and set how large the body may be."""
        super().parse_header(header_plus)
        large = self.chunked or self.content_length > LARGEST_OF_STRANGERS
        if large and not _has_session(self.headers.get("COOKIE", "")):
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = LARGEST_OF_STRANGERS


class _Channel(HTTPChannel):  # type: ignore[misc,unused-ignore] # as above
    parser_class = Request


def _has_session(cookies: str) -> bool:
    """Whether a request with these cookies comes from somebody who is logged in."""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    if not key:
        return False
    try:
        return is_somebodys(key, datetime.now(UTC))
    except DatabaseError:  # who cannot be known is a stranger
        return False
    finally:
        if not connection.in_atomic_block:
            close_old_connections()  # requests do that in their threads; this is the server's own


def _end_with_parent() -> None:
    """End when standard input does: whoever handed the socket down is gone, and the address must be free again."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
