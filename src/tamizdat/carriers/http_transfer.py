"""One file on its way in over the web: decoding, limit, and what a broken transfer needs to go on. No I/O."""

import re
import zlib
from collections.abc import Mapping
from typing import Final

from tamizdat.carriers.port import too_large
from tamizdat.edition.listing import COPY_SUFFIXES
from tamizdat.errors import CarrierError

_CONTENT_RANGE: Final = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_STRONG_TAG: Final = re.compile(r'"[\x21\x23-\x7e]{0,200}"')
_DATE: Final = re.compile(r"[A-Za-z0-9 :,+-]{1,64}")
_GZIP: Final = 31  # zlib's window bits for a gzip wrapper


class BrokenTransferError(Exception):
    """Internal to the web carrier: the transfer ended early; another attempt may go on."""


class Transfer:
    """The bytes received so far, over one or more attempts.

    ``received`` counts bytes as they came (still compressed): where a ``Range`` goes on. At most ``max_bytes + 1``
    bytes are ever held or inflated.
    """

    def __init__(self, carrier: str, path: str, max_bytes: int) -> None:
        self._carrier = carrier
        self._path = path
        self._max_bytes = max_bytes
        self.start_over()

    def start_over(self) -> None:
        """Forget everything: the next answer begins at the first byte."""
        self.received = 0
        self._data = bytearray()
        self._total: int | None = None
        self._validator = ""
        self._encoding = "identity"
        self._inflater = zlib.decompressobj(_GZIP)

    @property
    def resume_headers(self) -> dict[str, str]:
        """Headers that ask for the rest (RFC 9110, 13.1.5 and 14.2), or none if it cannot be asked for safely."""
        if not self.received or not self._validator:
            return {}
        return {"Range": f"bytes={self.received}-", "If-Range": self._validator}

    @property
    def wanted(self) -> int:
        """How many bytes the next read may bring."""
        if self._encoding == "gzip":
            return 1 << 16
        return max(1, min(1 << 16, self._max_bytes + 1 - self.received))

    def begin(self, headers: Mapping[str, str], length: int | None) -> None:
        """Take the headers of a whole answer (200) with ``length`` body bytes, if the server said."""
        self.start_over()
        self._encoding = self._known_encoding(headers)
        self._total = length
        self._validator = _validator(headers)
        if self._encoding == "identity" and length is not None and length > self._max_bytes:
            raise too_large(self._carrier, self._path, self._max_bytes)

    def resume(self, headers: Mapping[str, str]) -> None:
        """Take the headers of a partial answer (206). Raises BrokenTransferError if it is not the rest of ours."""
        found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        total = int(found[3]) if found and found[3] != "*" else None
        fits = (
            found is not None
            and int(found[1]) == self.received
            and int(found[2]) >= self.received
            and (total is None or (int(found[2]) < total and total == (self._total or total)))
            and self._known_encoding(headers) == self._encoding
        )
        if not fits:
            self.start_over()
            raise BrokenTransferError("the server continued with something else")
        self._total = total if self._total is None else self._total

    def feed(self, chunk: bytes) -> None:
        """Take body bytes. Raises FormatError (too large) or CarrierError (not what the headers say)."""
        self.received += len(chunk)
        if self._encoding == "gzip":
            self._inflate(chunk)
        else:
            self._data += chunk
        if len(self._data) > self._max_bytes:
            raise too_large(self._carrier, self._path, self._max_bytes)

    def finish(self) -> bytes:
        """The whole file. Raises BrokenTransferError if the end is missing."""
        if self._total is not None and self.received < self._total:
            raise BrokenTransferError(f"ended after {self.received} of {self._total} bytes")
        if self._encoding == "gzip" and not self._inflater.eof:
            raise BrokenTransferError(f"ended inside its compressed data, after {self.received} bytes")
        return bytes(self._data)

    def _inflate(self, chunk: bytes) -> None:
        try:
            # Never 0, which zlib takes for "no limit": feed() stops at the first byte too many.
            self._data += self._inflater.decompress(chunk, self._max_bytes + 1 - len(self._data))
        except zlib.error as error:
            raise self._error("is not the gzip data that its headers announce") from error
        if self._inflater.unused_data:
            raise self._error("has more bytes after its gzip data")

    def _known_encoding(self, headers: Mapping[str, str]) -> str:
        encoding = headers.get("Content-Encoding", "").strip().lower() or "identity"
        encoding = "gzip" if encoding == "x-gzip" else encoding
        # Some servers name the coding of a file that lies there compressed, like page.html.br: it is wanted as it is.
        if self._path.endswith(COPY_SUFFIXES.get(encoding, "/")):
            return "identity"
        if encoding not in {"identity", "gzip"}:
            raise self._error("comes in a compression that was not asked for")
        return encoding

    def _error(self, detail: str) -> CarrierError:
        return CarrierError(detail, carrier=self._carrier, path=self._path)


def _validator(headers: Mapping[str, str]) -> str:
    """What ``If-Range`` may say: a strong tag, else the date. Weak tags name no bytes (RFC 9110, 13.1.5)."""
    tag = headers.get("ETag", "")
    if _STRONG_TAG.fullmatch(tag):
        return tag
    date = headers.get("Last-Modified", "")
    return date if not tag and _DATE.fullmatch(date) else ""
