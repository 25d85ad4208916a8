"""One published picture out of any original: pixels, credit and caption, nothing else, and of bounded size.

An original is opened here once and never again. It is decoded and drawn anew, so that no place, serial number or
thumbnail ever leaves the newsroom; every other size is made from what is drawn here (``encode.py``).
"""

import io
import re
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.pictures.encode import whole_jpeg
from tamizdat.pictures.metadata import read_words
from tamizdat.pictures.words import Words, kept

MAX_SIDE: Final = 1280
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_SIXTEEN_BITS: Final = ("I", "I;16", "I;16B", "I;16L", "I;16N")
# What is no marker in a JPEG's coded pixels: a stuffed byte, and restarts (ITU-T T.81, B.1.1).
_MARKER: Final = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
_START_OF_IMAGE: Final = b"\xff\xd8"
_END_OF_IMAGE: Final = 0xD9
_START_OF_SCAN: Final = 0xDA


@dataclass(frozen=True, slots=True)
class Stripped:
    """JPEG bytes, their width and height in pixels, and what the original says of itself."""

    data: bytes
    width: int
    height: int
    words: Words


def strip(original: bytes, given: Words | None = None, *, creators: bool = True) -> Stripped:
    """Draw ``original`` anew as a JPEG of at most 1280 pixels a side. Raises ItemError for what is no picture.

    Credit and caption of the original stay in it where the newsroom, who wrote ``given``, publishes the same. Without
    ``creators`` the credit is that of an agency alone: who took the picture goes like the camera.
    """
    pixels, words = opened(original, MAX_SIDE, creators=creators)
    return Stripped(whole_jpeg(pixels, kept(given or Words(), words)), pixels.width, pixels.height, words)


def opened(original: bytes, side: int, *, creators: bool = True) -> tuple[Image.Image, Words]:
    """A picture drawn anew, at most ``side`` pixels a side, and what it says of itself. Raises ItemError."""
    if len(original) > LIMITS.max_picture_bytes:
        raise ItemError(f"{len(original)} bytes, limit {LIMITS.max_picture_bytes}", where="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, which goes anyway
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _open(original, side, creators)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ItemError(f"is not a picture that can be read: {error}", where="picture") from error
    except ItemError:
        raise
    except Exception as error:
        raise ItemError(f"is a broken picture: {error}", where="picture") from error


def _open(original: bytes, side: int, creators: bool) -> tuple[Image.Image, Words]:
    """The first frame, upright, opaque, in sRGB and small; and what the file says of itself."""
    with Image.open(io.BytesIO(original), formats=_FORMATS) as image:
        if image.width * image.height > LIMITS.max_picture_pixels:
            raise ItemError(f"{image.width}x{image.height} pixels are too many", where="picture")
        if _scans(original) > LIMITS.max_picture_scans:
            raise ItemError(f"goes over its pixels more than {LIMITS.max_picture_scans} times", where="picture")
        image.draft(None, (2 * side, 2 * side))  # a JPEG is decoded to no more than it takes to shrink it well
        image.load()
        pixels = _continuous(image)
        pixels.thumbnail((side, side), Image.Resampling.LANCZOS)
        return _opaque(_srgb(ImageOps.exif_transpose(pixels))), read_words(image.info, creators=creators)


def _scans(original: bytes) -> int:
    """How many scans the first image of a JPEG has; 0 for other formats. Segments, and what is behind it, hold none."""
    scans, at = 0, len(_START_OF_IMAGE)
    if not original.startswith(_START_OF_IMAGE):
        return 0
    while found := _MARKER.search(original, at):
        kind, at = original[found.end() - 1], found.end()
        if kind == _END_OF_IMAGE:
            break
        scans += kind == _START_OF_SCAN
        at += int.from_bytes(original[at : at + 2], "big")
    return scans


def _continuous(image: Image.Image) -> Image.Image:
    """In a mode in which neighbouring pixels can be mixed, 8 bits a channel."""
    if image.mode in _SIXTEEN_BITS:
        # Converting at once would clip all but the darkest 256th to white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data or image.mode in {"P", "PA"}:
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "1" else image


def _srgb(image: Image.Image) -> Image.Image:
    """RGB or RGBA in sRGB: through the embedded colour profile, if it has one that works for its pixels."""
    profile = image.info.get("icc_profile")
    bands = image.getbands()
    result = image.convert("RGBA" if "A" in bands else "RGB")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= LIMITS.max_picture_extra_bytes:
        return result
    colours = image.convert({"LA": "L", "RGBA": "RGB"}[image.mode]) if "A" in bands else image
    try:
        through = ImageCms.profileToProfile(
            colours,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            "RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return result
    if through is None:
        return result
    if "A" in bands:
        through.putalpha(image.getchannel("A"))
    return through


def _opaque(image: Image.Image) -> Image.Image:
    """A new RGB image with the same pixels, transparency over white, and nothing else of the old one."""
    layered = image.convert("RGBA")
    result = Image.new("RGB", layered.size, "white")
    result.paste(layered, mask=layered.getchannel("A"))
    return result
