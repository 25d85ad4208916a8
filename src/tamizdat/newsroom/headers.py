"""Headers of every answer of the newsroom, and what is taken off every request.

Scripts come from files of the installed packages and from nowhere else: no inline script runs, whoever wrote it. What
Wagtail would start by inline scripts is started by ``people/static/people/starting.js``; the two inline scripts of
wagtail-localize, whose text never depends on what people write, are allowed by their hashes (:mod:`.inline_hashes`).

Styles may stand in pages, because Wagtail's text editor (Draftail) writes a style element whose text changes with the
language of the screens, and sizes things by attributes. What a style can do wrong is to fetch something from elsewhere
when it matches, and no picture, font or style may come from elsewhere.
"""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from tamizdat.newsroom.inline_hashes import hashes_for

POLICY: Final = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "manifest-src 'self'; worker-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
PROOF_POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self'; "
    "font-src 'self' data:; base-uri 'self'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
"""Of pages as readers get them: they carry their styles in themselves, run no script here, and send no form."""
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cache-Control": "no-store",
}
_TELLING: Final = frozenset({
    "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP",
    "HTTP_FORWARDED", "HTTP_CLIENT_IP", "HTTP_X_CLIENT_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_CF_CONNECTING_IP",
    "HTTP_X_CLUSTER_CLIENT_IP", "HTTP_VIA", "HTTP_DNT", "HTTP_SEC_GPC",
})  # fmt: skip
_TELLING_PREFIX: Final = "HTTP_SEC_CH_"


class Nameless:
    """Middleware that takes off a request what tells from where or with what it came, before anything could keep it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does, who asks for it being unknown."""
        for name in [name for name in request.META if name in _TELLING or name.startswith(_TELLING_PREFIX)]:
            del request.META[name]
        return self._get_response(request)


class StrictHeaders:
    """Middleware that says the policy and :data:`HEADERS` wherever an answer does not say otherwise itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does, with the headers."""
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(hashes=hashes_for(request)))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def as_proof(response: HttpResponse) -> HttpResponse:
    """``response`` as a page of readers'."""
    response.headers["Content-Security-Policy"] = PROOF_POLICY
    return response
