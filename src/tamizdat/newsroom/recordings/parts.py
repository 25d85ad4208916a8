"""A part of a file, as players ask for it (RFC 9110, section 14), so that one can go to any moment of a recording."""

import re
from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

_WANTED: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CHUNK_BYTES: Final = 64 * 1024


def part_of(request: HttpRequest, file: Any, size: int, media_type: str) -> HttpResponseBase:
    """``file`` of ``size`` bytes, or the one part of it that ``request`` names. Closes the file in the end.

    What is no single part of bytes, is answered whole, as the standard allows; what begins after the end, with 416.
    """
    wanted = _wanted(request.headers.get("Range", ""), size)
    start, end = wanted or (0, size)
    answer = StreamingHttpResponse(_Part(file, start, end), content_type=media_type)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Length"] = str(end - start)
    if wanted:
        answer.status_code = 206 if start < end else 416
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}" if start < end else f"bytes */{size}"
    return answer


def _wanted(header: str, size: int) -> tuple[int, int] | None:
    """Where the part begins and where it has ended; the same for none, and None for the whole."""
    found = _WANTED.fullmatch(header)
    first, last = found.groups() if found else ("", "")
    if not first and not last:
        return None
    if not first:
        return (max(size - int(last), 0), size)
    if last and int(last) < int(first):
        return None
    start = int(first)
    return (start, min(int(last) + 1, size) if last else size) if start < size else (size, size)


class _Part:
    """The bytes from ``start`` to ``end``, a little at a time. Closed although nobody read it."""

    def __init__(self, file: Any, start: int, end: int) -> None:
        self._file, self._at, self._end = file, start, end
        file.seek(start)
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while self._at < self._end and (data := self._file.read(min(_CHUNK_BYTES, self._end - self._at))):
            self._at += len(data)
            yield data
