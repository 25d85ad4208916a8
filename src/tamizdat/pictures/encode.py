"""Pixels into the bytes that are published. The same pixels, words and library give the same bytes."""

import io
from collections.abc import Iterable, Iterator
from typing import Final

from PIL import Image

from tamizdat.errors import ItemError
from tamizdat.pictures.iim import iim_segment
from tamizdat.pictures.metadata import read_words
from tamizdat.pictures.variants import Variant
from tamizdat.pictures.words import Words
from tamizdat.pictures.xmp import xmp_packet

# Chosen by measuring, docs/reference/pictures.md. A wide picture is looked at on a dense screen, which forgives more.
_NARROW: Final = 640
_AVIF_QUALITY: Final = {True: 60, False: 50}
_JPEG_QUALITY: Final = {True: 75, False: 70}
_WHOLE_QUALITY: Final = 82
_AVIF_SPEED: Final = 6


def whole_jpeg(pixels: Image.Image, words: Words) -> bytes:
    """The whole picture, of which everything else is made: so good that making it twice over does not show."""
    return _jpeg(pixels, _WHOLE_QUALITY, words)


def make_variants(whole: bytes, wanted: Iterable[Variant]) -> Iterator[tuple[Variant, bytes]]:
    """Files of a picture out of the JPEG that :func:`whole_jpeg` made, and only such. Raises ItemError."""
    try:
        with Image.open(io.BytesIO(whole), formats=("JPEG",)) as image:
            words = read_words(image.info)
            image.load()
            for variant in wanted:
                yield variant, _make(image, variant, words)
    except (OSError, ValueError, KeyError) as error:
        raise ItemError(f"cannot be made in another size: {error}", where="picture") from error


def _make(image: Image.Image, variant: Variant, words: Words) -> bytes:
    part = variant.part
    box = (part.x, part.y, part.x + part.width, part.y + part.height)
    pixels = image.resize((variant.width, variant.height), Image.Resampling.LANCZOS, box=box)
    narrow = variant.width <= _NARROW
    if variant.path.endswith(".avif"):
        return _avif(pixels, _AVIF_QUALITY[narrow], words)
    return _jpeg(pixels, _JPEG_QUALITY[narrow], words)


def _jpeg(pixels: Image.Image, quality: int, words: Words) -> bytes:
    out = io.BytesIO()
    pixels.save(
        out,
        "JPEG",
        quality=quality,
        optimize=True,
        progressive=True,
        xmp=xmp_packet(words.credit, words.caption),
        extra=iim_segment(words.credit, words.caption),
    )
    return out.getvalue()


def _avif(pixels: Image.Image, quality: int, words: Words) -> bytes:
    """Encoded in one thread: how many there are changes the bytes."""
    out = io.BytesIO()
    pixels.save(
        out,
        "AVIF",
        quality=quality,
        speed=_AVIF_SPEED,
        max_threads=1,
        autotiling=False,
        codec="aom",
        xmp=xmp_packet(words.credit, words.caption),
    )
    return out.getvalue()
