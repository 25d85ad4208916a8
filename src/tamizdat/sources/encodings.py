"""Bytes of a feed into text, whatever the feed says about itself."""

import codecs
import re
from typing import Final, NamedTuple

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
_SAMPLE_BYTES: Final = 200_000
_CYRILLIC: Final = ("windows-1251", "koi8-r", "iso-8859-5", "cp866")
_COMMON_SHARE: Final = 0.35
_COMMON: Final = frozenset("оеаинтсрвл")
# Up to this share of broken characters the text is damaged UTF-8; above it, it is something else.
_TOLERATED: Final = 0.05


class Decoded(NamedTuple):
    """A feed's text without its XML declaration, and what was wrong with its encoding (empty: nothing)."""

    text: str
    fault: str


def decode(data: bytes, charset: str = "") -> Decoded:
    """The text of ``data``. ``charset`` is what the server said, if anything.

    A byte order mark decides; then valid UTF-8 is UTF-8 whatever is declared (other text is all but never valid by
    chance); then the server, then the XML declaration; then a guess between UTF-8 with faults, the Cyrillic code pages
    and windows-1252.
    """
    found = _DECLARED.search(data[:1024])
    declared = found[1].decode("ascii").lower() if found else ""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _read(data[len(mark) :], encoding, "")
    for start, encoding in _BARE_UTF16:
        if data.startswith(start):
            return _read(data, encoding, "")
    named = charset.strip(" \"'").lower() or declared
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _other(data, charset.strip(" \"'").lower(), declared)
    wrong = named not in {"", "utf-8", "utf8", "us-ascii", "ascii"} and not data.isascii()
    return Decoded(_bare(text), f"says it is {named}, but is UTF-8 and was read as that" if wrong else "")


def _other(data: bytes, charset: str, declared: str) -> Decoded:
    for named in (charset, declared):
        if _KNOWN.fullmatch(named):
            try:
                return _read(data, named, "")
            except LookupError:
                continue
    named = charset or declared or "UTF-8"
    repaired = data.decode("utf-8", "replace")
    beyond = sum(character > "\x7f" for character in repaired)
    broken = repaired.count("\ufffd")
    if broken <= beyond * _TOLERATED or broken == 1:
        return Decoded(_bare(repaired), f"{broken} characters are broken UTF-8 and were replaced by \ufffd")
    encoding = _guess(data)
    return _read(data, encoding, f"says it is {named}, but is not; it was read as {encoding}: check that it is right")


def _guess(data: bytes) -> str:
    """The Cyrillic code page in which the text has most common lower-case letters, else windows-1252.

    In Latin scripts letters beyond ASCII stand alone, in Cyrillic whole words are beyond it.
    """
    sample = data[:_SAMPLE_BYTES]
    beyond = bytes(byte for byte in sample if byte > 0x7F)
    if sum(map(len, _TOGETHER.findall(sample))) * 2 < len(beyond):
        return "windows-1252"
    shares = {name: sum(c in _COMMON for c in beyond.decode(name, "replace")) / len(beyond) for name in _CYRILLIC}
    best = max(_CYRILLIC, key=lambda name: shares[name])
    return best if shares[best] > _COMMON_SHARE else "windows-1252"


def _read(data: bytes, encoding: str, fault: str) -> Decoded:
    text = data.decode(encoding, "replace")
    broken = text.count("\ufffd")
    if broken and not fault:
        fault = f"{broken} characters are no {encoding} and were replaced by \ufffd"
    return Decoded(_bare(text), fault)


def _bare(text: str) -> str:
    return _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
