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
_PLAIN_BYTES: Final = 9_000
"""Text so short cannot break the budget however badly it compresses; see :func:`needs_measuring`."""
_PIECES_BYTES: Final = (24_000, 9_000, LEAST_PIECE_BYTES)
"""How heavy blocks may be: the text of a language so long as the first fits on a page when it is compressed, noise as
long as the last fits beside all that stands around it."""


def wire_bytes(html: bytes) -> int:
    """How long ``html`` is gzip'd."""
    packer = _packer()
    return len(packer.compress(html)) + len(packer.flush()) + _HEADERS_BYTES


def needs_measuring(text: str) -> bool:
    """Whether a page of this text could be over the budget: all else on a page takes less than 5,000 bytes."""
    return len(text) > _PLAIN_BYTES // 4 and len(text.encode()) > _PLAIN_BYTES


def fits(html: bytes) -> bool:
    """Whether a page is within the budget. Asks a quick compression first: a thorough one is never longer."""
    if len(html) <= PAGE_BYTES - _HEADERS_BYTES:
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
    blocks: Callable[[int], Sequence[str]], render: Callable[[str, int, int], bytes], header: str = ""
) -> list[bytes]:
    """A body on as few pages as the budget allows.

    ``blocks(n)`` is its blocks as HTML, with those that weigh more than ``n`` bytes cut. ``render`` makes page ``at``
    of ``of`` around a part of the body, with the texts in ``header``. Pages are over the budget only if what stands
    around a body leaves it no room.
    """
    first, *smaller = _PIECES_BYTES
    uncut = blocks(first)
    whole = "\n".join(uncut)
    page = render(whole, 1, 1)
    if not needs_measuring(header + whole) or fits(page):
        return [page]
    result = _split(uncut, render)
    for piece_bytes in smaller:
        if are_within(result):
            break
        result = _split(blocks(piece_bytes), render)
    return result


def are_within(result: Iterable[bytes]) -> bool:
    """Whether every page is within the budget."""
    return all(map(fits, result))


def _split(blocks: Sequence[str], render: Callable[[str, int, int], bytes]) -> list[bytes]:
    room = PAGE_BYTES - wire_bytes(render("", 1, 2))
    while True:
        bodies = list(_fill(blocks, room))
        result = [render(body, at, len(bodies)) for at, body in enumerate(bodies, 1)]
        over = max(map(wire_bytes, result)) - PAGE_BYTES
        if over <= 0 or len(bodies) == len(blocks):
            return result
        room -= over


def _fill(blocks: Iterable[str], room: int) -> Iterator[str]:
    """Bodies of whole blocks, each at most ``room`` bytes when compressed on its own (or one block)."""
    body: list[str] = []
    packer, written, raw = _packer(), 0, 0
    for block in blocks:
        data = block.encode()
        # Compressed it is no longer than plain: nothing need be measured until there is that much.
        packed = written + len(packer.compress(data))
        raw += len(data) + 1
        if body and raw > room and packed + len(packer.copy().flush()) + _HEADERS_BYTES > room:
            yield "\n".join(body)
            body, raw = [], len(data) + 1
            packer = _packer()
            packed = len(packer.compress(data))
        written = packed
        body.append(block)
    yield "\n".join(body)


def _packer() -> "zlib._Compress":
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
