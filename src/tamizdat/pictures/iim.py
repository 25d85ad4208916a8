"""Credit and caption in IPTC's older form (IIM 4.2): a list of data sets inside a JPEG's APP13 segment."""

import struct
from collections.abc import Iterator
from typing import Final

_MARK: Final = 0x1C
_MAX_SETS: Final = 1_000
_CHARSET: Final = (1, 90)
_UTF8: Final = b"\x1b%G"
BYLINE: Final = (2, 80)
CREDIT: Final = (2, 110)
CAPTION: Final = (2, 120)
RESOURCE: Final = 0x0404
"""The number of the Photoshop resource that holds IIM."""
_MOST_BYTES: Final = {CREDIT: 32, CAPTION: 2_000}
"""What IIM allows. A longer text stands in XMP alone."""


def read_iim(data: bytes) -> dict[tuple[int, int], list[str]]:
    """Texts by record and number of their data set; what is broken ends the list, it raises nothing.

    What is not UTF-8, and in another declared character set not ASCII, is left out: a wrong guess would print nonsense
    under a picture.
    """
    texts: dict[tuple[int, int], list[str]] = {}
    encoding = "utf-8"
    for key, value in _sets(data):
        if key == _CHARSET and value != _UTF8:
            encoding = "ascii"
        try:
            texts.setdefault(key, []).append(value.decode(encoding))
        except UnicodeDecodeError:
            continue
    return texts


def _sets(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    for _ in range(_MAX_SETS):
        if len(data) < at + 5 or data[at] != _MARK:
            return
        record, number, size = struct.unpack_from(">BBH", data, at + 1)
        at += 5
        if size & 0x8000 or len(data) < at + size:  # an extended data set holds no text, but a raster
            return
        yield (record, number), data[at : at + size]
        at += size


def iim_segment(credit: str, caption: str) -> bytes:
    """A JPEG's APP13 segment with these texts, as far as IIM has room for them; empty if it has none."""
    texts = {CREDIT: credit.encode(), CAPTION: caption.encode()}
    sets = [_set(key, text) for key, text in texts.items() if text and len(text) <= _MOST_BYTES[key]]
    if not sets:
        return b""
    data = b"".join((_set(_CHARSET, _UTF8), _set((2, 0), b"\0\4"), *sets))
    padded = data + b"\0" * (len(data) % 2)
    resource = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", RESOURCE, 0, len(data)) + padded
    return b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource


def _set(key: tuple[int, int], value: bytes) -> bytes:
    return struct.pack(">BBBH", _MARK, *key, len(value)) + value
