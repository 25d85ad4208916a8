"""Settings for the web servers of mirrors: what they should say of every file, and that they should write down nothing.

Pages carry a policy of their own, which names their style by its hash; a browser follows both. So the one in the header
may be the same for all of them.
"""

import re
from importlib.resources import files
from textwrap import indent
from typing import Final

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    # Browsers may look up the hosts that a page links to before anybody follows a link: whoever watches would learn
    # which story is open. HTML itself has no word for this.
    "X-Dns-Prefetch-Control": "off",
    "Permissions-Policy": "browsing-topics=(), camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    # Readers that run elsewhere fetch editions from any mirror, and nothing here is anybody's secret.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    # They resume what was cut, and ask whether there is news.
    "Access-Control-Expose-Headers": "Content-Range, ETag",
}
"""What goes with every file and every error."""
_HEADERS_HERE: Final = re.compile(r"^( *)\{headers\}$", re.MULTILINE)


def server_files() -> dict[str, bytes]:
    """Path below the web root, and bytes, of the settings for each web server."""
    nginx = "\n".join(f'add_header {name} "{value}" always;' for name, value in HEADERS.items())
    caddy = "\n".join(f'{name} "{value}"' for name, value in HEADERS.items())
    return {f"server/{name}": _filled(name, lines) for name, lines in (("nginx.conf", nginx), ("Caddyfile", caddy))}


def _filled(name: str, headers: str) -> bytes:
    text = (files("tamizdat.press") / "server" / name).read_text("utf-8")
    return _HEADERS_HERE.sub(lambda line: indent(headers, line[1]), text).encode()
