"""The page budget: what fits in the first flight of a connection, and stories cut so that each page does.

14,600 bytes is ten segments of 1,460: what a server may send before the first acknowledgement comes back (RFC 6928).
On a slow line a page within it is there after one round trip.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from tamizdat.press.body import LEAST_PIECE_BYTES

PAGE_BYTES: Final = 14_600
"""HTML and style of a page, gzip'd; pictures apart."""
_HEADERS_BYTES: Final = 18
"""What gzip puts around its data (RFC 1952)."""
_LEVEL: Final = 6
"""What servers use when they compress as they go."""
_STEP_BYTES: Final = 120
"""By how much less is put on every page, at least, where one came out too heavy."""
_PIECES_BYTES: Final = (24_000, 9_000, LEAST_PIECE_BYTES)
"""How heavy blocks may be: the text of a language so long as the first fits on a page when it is compressed, noise as
long as the last fits beside all that stands around it."""


def wire_bytes(html: bytes) -> int:
    """How long ``html`` is gzip'd."""
    packer = _packer()
    return len(packer.compress(html)) + len(packer.flush()) + _HEADERS_BYTES


def certain_bytes(bare: bytes) -> int:
    """How long a page may be, not compressed, and certainly be within the budget; ``bare`` is all that pages share.

    No text takes more room compressed than plain.
    """
    return max(len(bare) + PAGE_BYTES - wire_bytes(bare), PAGE_BYTES) - _HEADERS_BYTES


def fits(html: bytes, certain: int = PAGE_BYTES - _HEADERS_BYTES) -> bool:
    """Whether a page is within the budget. Asks a quick compression first: a thorough one is never longer."""
    if len(html) <= certain:
        return True
    return len(zlib.compress(html, 1)) <= PAGE_BYTES - _HEADERS_BYTES or wire_bytes(html) <= PAGE_BYTES


def first_fitting(renderings: Iterable[Callable[[], bytes]]) -> bytes:
    """The first rendering of a page that is within the budget, or else the last."""
    page = b""
    for render in renderings:
        page = render()
        if fits(page):
            break
    return page


def pages(
    blocks: Callable[[int], Sequence[str]], render: Callable[[str, int, int], bytes], certain: int
) -> tuple[list[bytes], bool]:
    """A body on as few pages as the budget allows, and whether they are within it.

    ``blocks(n)`` is its blocks as HTML, with those that weigh more than ``n`` bytes cut. ``render`` makes page ``at``
    of ``of`` around a part of the body; one of at most ``certain`` bytes is within the budget. Pages are over it only
    if what stands around a body leaves it no room.
    """
    first, *smaller = _PIECES_BYTES
    uncut = blocks(first)
    page = render("\n".join(uncut), 1, 1)
    if fits(page, certain):
        return [page], True
    result = _split(uncut, render)
    for piece_bytes in smaller:
        if _are_within(result, certain):
            return result, True
        result = _split(blocks(piece_bytes), render)
    return result, _are_within(result, certain)


def _are_within(result: Iterable[bytes], certain: int) -> bool:
    return all(fits(page, certain) for page in result)


def _split(blocks: Sequence[str], render: Callable[[str, int, int], bytes]) -> list[bytes]:
    """Pages of whole blocks. One is over the budget only if a single block is too long for it."""
    first, between, last = (PAGE_BYTES - wire_bytes(render("", at, 3)) for at in (1, 2, 3))
    while True:
        bodies = _shared_out(blocks, first, between, last)
        result = [render("\n".join(body), at, len(bodies)) for at, body in enumerate(bodies, 1)]
        divisible = [page for page, body in zip(result, bodies, strict=True) if len(body) > 1]
        over = max(map(wire_bytes, divisible), default=0) - PAGE_BYTES
        if over <= 0:
            return result
        step = max(over, _STEP_BYTES)
        first, between, last = first - step, between - step, last - step


def _shared_out(blocks: Iterable[str], first: int, between: int, last: int) -> list[list[str]]:
    """Bodies for the first page, those between and the last, each with so much room. There is more than one."""
    bodies = list(_fill(blocks, first, between))
    ending = bodies[-1]
    if len(ending) > 1 and (len(bodies) == 1 or wire_bytes("\n".join(ending).encode()) > last):
        half = len(ending) // 2
        bodies[-1:] = [ending[:half], ending[half:]]
    return bodies


def _fill(blocks: Iterable[str], first: int, room: int) -> Iterator[list[str]]:
    """Bodies of whole blocks that compressed on their own take at most ``first`` and then ``room`` bytes (or one)."""
    body: list[str] = []
    packer, written, raw, most = _packer(), 0, 0, first
    for block in blocks:
        data = block.encode()
        # Compressed it is no longer than plain: nothing need be measured until there is that much.
        packed = written + len(packer.compress(data))
        raw += len(data) + 1
        if body and raw > most and packed + len(packer.copy().flush()) + _HEADERS_BYTES > most:
            yield body
            body, raw, most = [], len(data) + 1, room
            packer = _packer()
            packed = len(packer.compress(data))
        written = packed
        body.append(block)
    yield body


def _packer() -> "zlib._Compress":
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
