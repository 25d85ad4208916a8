"""The newsroom's own web server, for browsers of colleagues. Behind a proxy or an onion service, or on this machine."""

from typing import Final

import waitress
from django.core.wsgi import get_wsgi_application

_THREADS: Final = 8
_LARGEST_UPLOAD: Final = 512_000_000


def serve(listen: str) -> None:
    """Serve on ``HOST:PORT`` until the process is ended. Writes no log of requests."""
    waitress.serve(
        get_wsgi_application(),
        listen=listen,
        threads=_THREADS,
        ident="",
        max_request_body_size=_LARGEST_UPLOAD,
        channel_timeout=60,
        clear_untrusted_proxy_headers=True,
    )
