"""Certificates, and what TLS shall be like."""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tamizdat.errors import UsageError

PROTOCOLS: Final = ("h2", "http/1.1")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Files in PEM: the certificate with those that vouch for it, and its key."""

    certificate: Path
    key: Path


class Tls:
    """The current context, made anew when the files change: certificates are renewed every few weeks.

    Sessions are not resumed: what does that is a name by which a reader is known again, to us and to whoever watches.
    There are no tickets; but OpenSSL remembers the sessions of TLS 1.2, and Python cannot tell it not to. So a context
    that was used is thrown away, with what it remembers, at the next :meth:`refresh`.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = self._look()
        self._used = False
        try:
            self._context = _context(files)
        except (OSError, ValueError) as error:
            raise UsageError(f"{files.certificate}, {files.key}: no usable certificate and key: {error}") from error

    def context(self) -> ssl.SSLContext:
        """The context for a new connection."""
        self._used = True
        return self._context

    def refresh(self) -> None:
        """To be called every second or so. Files that cannot be used, or do not fit together, change nothing."""
        seen = self._look()
        if self._used or seen != self._seen:
            self._seen = seen
            with suppress(OSError, ValueError):
                self._context = _context(self._files)
                self._used = False

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        found = []
        for file in (self._files.certificate, self._files.key):
            with suppress(OSError):
                status = file.stat()
                found.append((status.st_mtime_ns, status.st_size, status.st_ino))
        return tuple(found)


def _no_passphrase() -> str:
    """Never ask for one at the terminal."""
    return ""


def _context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    context.set_alpn_protocols(list(PROTOCOLS))
    context.load_cert_chain(files.certificate, files.key, password=_no_passphrase)
    return context
