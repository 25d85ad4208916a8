"""The square picture by which programs show a podcast: as their directories want it, and small enough to fetch."""

import io
import warnings
from typing import Final

from PIL import Image

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.pictures.strip import opened

LEAST_SIDE: Final = 1400
"""Pixels. Directories of podcasts take no smaller covers, and none above :data:`MOST_SIDE`; this is what we publish."""
MOST_SIDE: Final = 3000
MOST_BYTES: Final = 300_000
_QUALITIES: Final = (85, 75, 65, 50, 35, 20, 10, 1)


def cover_jpeg(original: bytes) -> bytes:
    """``original`` drawn anew, 1400 pixels a side. Raises ItemError for what no directory of podcasts would take."""
    width, height = _sides(original)
    if width != height:
        raise ItemError(f"is {width}x{height} pixels: a cover must be square", where="picture")
    if not LEAST_SIDE <= width <= MOST_SIDE:
        raise ItemError(f"is {width} pixels a side: it must be {LEAST_SIDE} to {MOST_SIDE}", where="picture")
    pixels, _words = opened(original, LEAST_SIDE)
    for quality in _QUALITIES:
        out = io.BytesIO()
        pixels.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise ItemError("is too full of detail to be made small", where="picture")  # pragma: no cover - noise alone


def _sides(original: bytes) -> tuple[int, int]:
    """Pixels across and down, upright or not; only the header is read."""
    if len(original) > LIMITS.max_picture_bytes:
        raise ItemError(f"{len(original)} bytes, limit {LIMITS.max_picture_bytes}", where="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(original)) as image:
                return image.size
    except Exception as error:
        raise ItemError(f"is not a picture that can be read: {error}", where="picture") from error
