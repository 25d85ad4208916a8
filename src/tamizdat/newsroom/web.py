"""The newsroom's own web server, for browsers of colleagues. Behind a proxy or an onion service, or on this machine."""

import os
import signal
import socket
import sys
import threading
from typing import Any, Final

import waitress
from django.core.wsgi import get_wsgi_application

_THREADS: Final = 8
_LARGEST_UPLOAD: Final = 512_000_000
_INHERITED: Final = "fd="


def serve(listen: str) -> None:
    """Serve on ``HOST:PORT``, or on a listening socket that was handed down as ``fd=N``, until the process is ended.

    Writes no log of requests.
    """
    place: dict[str, Any] = {"listen": listen}
    if listen.startswith(_INHERITED):
        threading.Thread(target=_end_with_parent, daemon=True).start()
        place = {"sockets": [socket.socket(fileno=int(listen.removeprefix(_INHERITED)))]}
    waitress.serve(
        get_wsgi_application(),
        threads=_THREADS,
        ident="",
        max_request_body_size=_LARGEST_UPLOAD,
        channel_timeout=60,
        clear_untrusted_proxy_headers=True,
        **place,
    )


def _end_with_parent() -> None:
    """End when standard input does: whoever handed the socket down is gone, and the address must be free again."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
