"""The original bytes of pictures, from the web or out of a folder that nothing may leave."""

import io
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tamizdat.errors import ItemError, SourceError
from tamizdat.limits import LIMITS
from tamizdat.sources.fetch import fetch
from tamizdat.sources.files import inside

_MAX_SILENT: Final = 3


class WebPictures:
    """Pictures from the web for one run of one source.

    Each is fetched within its own bounds; a feed may name thousands. So a server that gave no answer three times is
    not asked again in this run, and all pictures together may take ``max_pictures_seconds``.
    """

    def __init__(self, home: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self.left_for_later = False
        """Whether a picture could not be had for a reason that may pass: the source is worth another look."""
        self._home = home
        self._clock = clock
        self._silent: Counter[str] = Counter()
        self._spent_seconds = 0.0

    def open(self, origin: str) -> bytes:
        """The picture at an http(s) address. Raises ItemError."""
        where = origin[:200]
        if not origin.lower().startswith(("http://", "https://")):
            raise ItemError("is not an http or https address", where=where, what="")
        server = _server(origin)
        if self._silent[server] >= _MAX_SILENT:
            raise ItemError(f"{server} did not answer {_MAX_SILENT} times and is left alone", where=where, what="")
        if self._spent_seconds > LIMITS.max_pictures_seconds:
            self.left_for_later = True
            detail = f"pictures took more than {LIMITS.max_pictures_seconds:.0f} s; the rest waits for the next run"
            raise ItemError(detail, where=where, what="")
        began = self._clock()
        data = io.BytesIO()
        try:
            fetch(origin, LIMITS.max_picture_bytes, data, home=self._home)
        except SourceError as error:
            if error.fields.get("passing"):
                self.left_for_later = True
                self._silent[server] += 1
            raise ItemError(error.detail, where=where, what="") from error
        finally:
            self._spent_seconds += self._clock() - began
        return data.getvalue()


def _server(address: str) -> str:
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def folder_picture(root: Path, origin: str) -> bytes:
    """The picture at ``origin``, relative to ``root``. Raises ItemError."""
    file = inside(root, origin)
    try:
        if file.stat().st_size > LIMITS.max_picture_bytes:
            raise ItemError(f"is larger than {LIMITS.max_picture_bytes} bytes", where=origin[:200], what="")
        return file.read_bytes()
    except OSError as error:
        raise ItemError(f"cannot be read ({error.strerror})", where=origin[:200], what="") from error
