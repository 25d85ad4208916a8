"""One published picture out of any original: pixels only, no metadata, bounded size.

Crops, sizes and AVIF belong to the newspaper's pages and come with them. What must not wait is that no place,
serial number or thumbnail ever leaves the newsroom, so pictures are decoded and drawn anew.
"""

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS

MAX_SIDE: Final = 1280
_QUALITY: Final = 75
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


@dataclass(frozen=True, slots=True)
class Stripped:
    """JPEG bytes and their width and height in pixels."""

    data: bytes
    width: int
    height: int


def strip(original: bytes) -> Stripped:
    """Draw ``original`` anew as a JPEG of at most 1280 pixels a side. Raises ItemError for what is no picture."""
    if len(original) > LIMITS.max_picture_bytes:
        raise ItemError(f"{len(original)} bytes, limit {LIMITS.max_picture_bytes}", where="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, which goes anyway
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(original), formats=_FORMATS) as image:
                if image.width * image.height > LIMITS.max_picture_pixels:
                    raise ItemError(f"{image.width}x{image.height} pixels are too many", where="picture")
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
                pixels = _opaque(upright)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ItemError(f"is not a picture that can be read: {error}", where="picture") from error
    except ItemError:
        raise
    except Exception as error:
        raise ItemError(f"is a broken picture: {error}", where="picture") from error
    out = io.BytesIO()
    pixels.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True, exif=b"", icc_profile=None)
    return Stripped(out.getvalue(), pixels.width, pixels.height)


def _opaque(image: Image.Image) -> Image.Image:
    """A new RGB image with the same pixels, transparency over white, and nothing else of the old one."""
    layered = image.convert("RGBA")
    result = Image.new("RGB", layered.size, "white")
    result.paste(layered, mask=layered.getchannel("A"))
    return result
