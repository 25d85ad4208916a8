"""Bytes of a feed into text, whatever the feed says about itself. Reads a file in pieces, never the whole of it."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BARE_UTF16: Final = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]{0,400}\?>")
# Codecs that map bytes to text and do nothing else; Python knows others, from zip to unicode_escape.
_KNOWN: Final = re.compile(
    r"(windows-|cp)(125[0-8]|866|855|874|932|949)|iso-8859-\d{1,2}|latin-?[1-9]|koi8-[rut]|mac-?cyrillic|kz1048|"
    r"gb2312|gbk|gb18030|big5|euc-(jp|kr)|shift_jis|armscii-8"
)
_TOGETHER: Final = re.compile(rb"[\x80-\xff]{2,}")
_PIECE_BYTES: Final = 1 << 18
_HEAD_BYTES: Final = 1024
_SAMPLE_BYTES: Final = 200_000
_CYRILLIC: Final = ("windows-1251", "koi8-r", "iso-8859-5", "cp866")
_COMMON_SHARE: Final = 0.35
_COMMON: Final = frozenset("оеаинтсрвл")
# Up to this share of broken characters the text is damaged UTF-8; above it, it is something else.
_TOLERATED: Final = 0.05


class Encoding(NamedTuple):
    """How to read a file: the codec, the bytes of a byte order mark before the text, and what is wrong (or empty)."""

    codec: str
    skip: int = 0
    fault: str = ""


class _Seen(NamedTuple):
    """What decoding a whole file showed: broken characters, and characters beyond ASCII."""

    broken: int
    beyond: int


def find_encoding(stream: BinaryIO, charset: str = "") -> Encoding:
    """The encoding of a seekable file. ``charset`` is what the server said, if anything.

    A byte order mark decides; then valid UTF-8 is UTF-8 whatever is declared (other text is all but never valid by
    chance); then the server, then the XML declaration; then a guess between UTF-8 with faults, the Cyrillic code pages
    and windows-1252.
    """
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    found = _DECLARED.search(head)
    declared = found[1].decode("ascii").lower() if found else ""
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return _checked(stream, Encoding(codec, len(mark)))
    for start, codec in _BARE_UTF16:
        if head.startswith(start):
            return _checked(stream, Encoding(codec))
    said = charset.strip(" \"'").lower()
    try:
        seen = _look(stream, Encoding("utf-8"), "strict")
    except UnicodeDecodeError:
        return _other(stream, said, declared)
    named = said or declared
    wrong = named not in {"", "utf-8", "utf8", "us-ascii", "ascii"} and seen.beyond
    return Encoding("utf-8", 0, f"says it is {named}, but is UTF-8 and was read as that" if wrong else "")


def texts(stream: BinaryIO, encoding: Encoding) -> Iterator[str]:
    """The file's text from the beginning, in pieces, without its byte order mark and XML declaration."""
    pieces = _pieces(stream, encoding, "replace")
    yield _DECLARATION.sub("", next(pieces, "").removeprefix("\ufeff"), count=1)
    yield from pieces


def _pieces(stream: BinaryIO, encoding: Encoding, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
    stream.seek(encoding.skip)
    while data := stream.read(_PIECE_BYTES):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _look(stream: BinaryIO, encoding: Encoding, errors: str = "replace") -> _Seen:
    """Decode the file to the end. Raises UnicodeDecodeError if ``errors`` are strict."""
    broken = beyond = 0
    for text in _pieces(stream, encoding, errors):
        if not text.isascii():
            beyond += len(text) - len(text.encode("ascii", "ignore"))
            broken += text.count("\ufffd")
    return _Seen(broken, beyond)


def _checked(stream: BinaryIO, encoding: Encoding) -> Encoding:
    """``encoding`` with what is wrong with it, unless that is known already. Raises LookupError for no known codec."""
    broken = _look(stream, encoding).broken
    if broken and not encoding.fault:
        return encoding._replace(fault=f"{broken} characters are no {encoding.codec} and were replaced by \ufffd")
    return encoding


def _other(stream: BinaryIO, charset: str, declared: str) -> Encoding:
    """The encoding of a file that is not valid UTF-8 and has no byte order mark."""
    for named in (charset, declared):
        if _KNOWN.fullmatch(named):
            try:
                return _checked(stream, Encoding(named))
            except LookupError:
                continue
    named = charset or declared or "UTF-8"
    seen = _look(stream, Encoding("utf-8"))
    if seen.broken <= seen.beyond * _TOLERATED or seen.broken == 1:
        return Encoding("utf-8", 0, f"{seen.broken} characters are broken UTF-8 and were replaced by \ufffd")
    stream.seek(0)
    codec = _guess(stream)
    return Encoding(codec, 0, f"says it is {named}, but is not; it was read as {codec}: check that it is right")


def _guess(stream: BinaryIO) -> str:
    """The Cyrillic code page in which the text has most common lower-case letters, else windows-1252.

    In Latin scripts letters beyond ASCII stand alone, in Cyrillic whole words are beyond it. Headers are ASCII, so the
    sample begins where the text goes beyond.
    """
    sample = b""
    while not sample and (piece := stream.read(_PIECE_BYTES)):
        sample = b"" if piece.isascii() else piece[:_SAMPLE_BYTES]
    beyond = bytes(byte for byte in sample if byte > 0x7F)
    if sum(map(len, _TOGETHER.findall(sample))) * 2 < len(beyond) or not beyond:
        return "windows-1252"
    shares = {name: sum(c in _COMMON for c in beyond.decode(name, "replace")) / len(beyond) for name in _CYRILLIC}
    best = max(_CYRILLIC, key=lambda name: shares[name])
    return best if shares[best] > _COMMON_SHARE else "windows-1252"
