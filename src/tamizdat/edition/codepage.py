"""The per-pack code page: one byte for each of the language's common characters (spec/edition.md, "Code page").

A pack's text is mostly one script. Spelled in UTF-8, Cyrillic, Arabic and Georgian take two or three bytes a letter,
which deflate's 32 KiB window and literal codes pay for. The page is made from the text itself and travels with it,
so a language needs no table in any implementation.
"""

import re
from collections import Counter
from io import StringIO
from typing import Final

from tamizdat.edition.wire import Cursor, number
from tamizdat.errors import Failure

ESCAPE: Final = 0xFF
"""This byte is followed by one character in UTF-8."""
MAX_PAGE: Final = 255
_MIN_USES: Final = 2
_ESCAPED: Final = re.compile(
    "\xff([\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
)


def page_for(text: str) -> str:
    """The characters that earn a byte of their own, in the order of their code points.

    The 255 most frequent of those used at least twice; among equals the lower code point first.
    """
    counts = Counter(text)
    ranked = sorted(counts, key=lambda character: (-counts[character], character))
    return "".join(sorted(character for character in ranked[:MAX_PAGE] if counts[character] >= _MIN_USES))


def encode_text(text: str, page: str) -> bytes:
    """Page table, then the text through it."""
    table: dict[int, str] = {ord(character): chr(byte) for byte, character in enumerate(page)}
    for character in set(text) - set(page):
        table[ord(character)] = "\xff" + character.encode().decode("latin-1")
    return _encode_page(page) + text.translate(table).encode("latin-1")


def decode_text(data: bytes) -> str:
    """The inverse of :func:`encode_text`. Raises FormatError."""
    cursor = Cursor(data, "code page")
    page = _decode_page(cursor)
    coded = cursor.rest().decode("latin-1")
    table = {byte: page[byte] if byte < len(page) else None for byte in range(ESCAPE)}
    # A text of nothing but escapes would take 60 times its size as a list of pieces.
    out, at = StringIO(), 0
    for escape in _ESCAPED.finditer(coded):
        out.write(_plain(coded[at : escape.start()], table, cursor))
        out.write(_unescape(escape[1], cursor))
        at = escape.end()
    out.write(_plain(coded[at:], table, cursor))
    return out.getvalue()


def _plain(coded: str, table: dict[int, str | None], cursor: Cursor) -> str:
    text = coded.translate(table)
    if len(text) != len(coded) or "\xff" in coded:
        raise cursor.fail("a byte that the page does not name, or a broken escape")
    return text


def _unescape(piece: str, cursor: Cursor) -> str:
    try:
        return piece.encode("latin-1").decode()
    except UnicodeDecodeError as error:
        raise cursor.fail("an escape that is not UTF-8") from error


def _encode_page(page: str) -> bytes:
    """Runs of neighbouring code points: gap from the end of the last run, length less one."""
    runs: list[tuple[int, int]] = []
    for point in map(ord, page):
        if runs and point == runs[-1][1]:
            runs[-1] = (runs[-1][0], point + 1)
        else:
            runs.append((point, point + 1))
    out, last = [number(len(runs))], 0
    for start, stop in runs:
        out += (number(start - last), number(stop - start - 1))
        last = stop
    return b"".join(out)


def _decode_page(cursor: Cursor) -> str:
    page: list[str] = []
    last = 0
    for index in range(cursor.count(MAX_PAGE, "runs")):
        gap, length = cursor.number(), cursor.number() + 1
        if index and not gap:
            raise cursor.fail("neighbouring runs are not one", Failure.NONCANONICAL)
        start = last + gap
        last = start + length
        if last > 0x110000 or (start < 0xE000 and last > 0xD800):
            raise cursor.fail("a run outside Unicode's characters")
        if len(page) + length > MAX_PAGE:
            raise cursor.fail(f"more than {MAX_PAGE} characters", Failure.TOO_LARGE)
        page += map(chr, range(start, last))
    return "".join(page)
