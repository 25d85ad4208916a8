"""Vectors for packs and their payloads."""

import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any

from samples import FULL, SMALL, Vector, bad, good
from streams import DYNAMIC, EMPTY, FIXED, Parts, joined, run_of_zeros, stored, zeros

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.edition.codepage import encode_text, page_for
from tamizdat.edition.pack import MAGIC, Put, Record, Removal, pack_payload, removal_key, seal_pack
from tamizdat.edition.wire import number

KEY = removal_key("ru", "old")
PUT = Put(SMALL.story_id, story_to_bytes(SMALL))
RECORDS: list[Record] = [PUT, Removal(KEY)]
RUSSIAN: dict[str, Any] = {"language": "ru"}
Case = tuple[str, str, bytes | Parts, str]


def packs() -> Iterator[Vector]:
    """Codec 0, records, limits."""
    put, removal = {"put": SMALL.story_id, "story": PUT.story.hex()}, {"removal": KEY}
    payload = pack_payload(RECORDS)
    yield good("one story, one removal", "records", _sealed(payload), [put, removal], **RUSSIAN)
    yield good(
        "removal first",
        "order is kept and means nothing",
        _sealed(pack_payload(RECORDS[::-1])),
        [removal, put],
        **RUSSIAN,
    )
    yield good("nothing", "a pack may be empty", _sealed(pack_payload([])), [], **RUSSIAN)
    yield good("fixed codes", "any DEFLATE will do", seal_pack(len(payload), FIXED), [put, removal], **RUSSIAN)
    full = story_to_bytes(FULL)
    expect = [{"put": FULL.story_id, "story": full.hex()}]
    yield good(
        "codes of its own",
        "any DEFLATE will do",
        seal_pack(len(pack_payload([Put(FULL.story_id, full)])), DYNAMIC),
        expect,
        language="en",
    )
    at_edge, story = _expanding(0)
    rule = "records weigh at most 32 times the pack: their bytes, and 256 for each"
    yield good("grows as much as it may", rule, at_edge, [{"put": "s", "story": story.hex()}], **RUSSIAN)
    for name, rule, data, failure in (*_bad_frames(payload), *_bad_records()):
        yield bad(name, rule, data, failure, **RUSSIAN)


def _expanding(excess: int) -> tuple[bytes, bytes]:
    """A pack of one story, which weighs 32 times the pack's length and ``excess`` more; and the story.

    The story is one letter again and again: the first of the page, so that it is a run of zeros in the payload. Empty
    blocks in front, and letters in a stored block behind, bring the length to what it must be.
    """
    copies, letter, after = 9, "\u0430", "\n\n"
    for headline, blocks, letters in product(range(1, 11), range(40), range(200)):
        before, count = f"is\ngru\nh{'x' * headline}\nd2026-11-23T12:00:00Z\nP", 1 + 258 * copies + letters
        head, tail = encode_text(before, letter), encode_text(after, letter).removeprefix(encode_text("", letter))
        stream = EMPTY * blocks + joined(stored(head))[:-5] + run_of_zeros(copies)
        pack = seal_pack(len(head) + count + len(tail), stream + joined(stored(bytes(letters) + tail)))
        story = (before + letter * count + "\n").encode()
        if len(story) + 256 == 32 * len(pack) + excess:
            return pack, story
    raise ValueError(excess)


def _sealed(payload: bytes) -> bytes:
    return seal_pack(len(payload), joined(stored(payload)))


def _bad_frames(payload: bytes) -> Iterator[Case]:
    whole, stream = _sealed(payload), joined(stored(payload))
    yield "empty", "begins with TZP", b"", "malformed"
    yield "three letters", "four bytes name the format", b"TZP", "malformed"
    yield "other letters", "begins with TZP", b"ZIP\x01" + whole[4:], "malformed"
    yield "another version", "version 1", b"TZP\x02" + whole[4:], "unsupported"
    yield "unknown codec", "codec 0", MAGIC + b"\x01" + whole[5:], "unsupported"
    yield "no codec", "a codec is there", MAGIC, "malformed"
    yield "size in a long form", "shortest form", MAGIC + b"\0\x85\x00" + stream, "noncanonical"
    yield "cut short", "inflates to its end", whole[:-1], "malformed"
    yield "no last block", "ends with its last block", seal_pack(len(payload), stream[:-5]), "malformed"
    yield "states too little", "inflates to the stated size", seal_pack(len(payload) - 1, stream), "malformed"
    yield "states too much", "inflates to the stated size", seal_pack(len(payload) + 1, stream), "malformed"
    yield "bytes behind the end", "nothing follows the last block", whole + b"x", "malformed"
    yield "not deflate", "raw DEFLATE", seal_pack(10, b"\xff" * 10), "malformed"
    sum_of_it = zlib.adler32(payload).to_bytes(4, "big")
    yield "wrapped in zlib", "raw DEFLATE", seal_pack(len(payload), b"\x78\xda" + stream + sum_of_it), "malformed"
    yield "no payload", "a code page is there", seal_pack(0, joined(stored())), "malformed"
    bomb = (seal_pack(2065 + 2064 * 5000, b""), (EMPTY, 60_000), *zeros(5000))
    yield "states a bomb", "at most 8,000,000 bytes", bomb, "too-large"
    yield "states more than its bytes allow", "at most 32 times the pack", seal_pack(1000, stream[:15]), "too-large"
    yield "grows by one byte too much", "records weigh at most 32 times the pack", _expanding(1)[0], "too-large"
    yield "hides a bomb", "inflating stops at the stated size", (seal_pack(100, b""), *zeros(150_000)), "malformed"
    yield (
        "hides a bomb below the limit",
        "inflating stops at the stated size",
        (seal_pack(100, b""), *zeros(3000)),
        "malformed",
    )
    yield "pack too large", "at most 6,000,000 bytes", (MAGIC, (b"\0", 6_000_000)), "too-large"


def _bad_records() -> Iterator[Case]:
    def packed(text: str) -> bytes:
        return _sealed(encode_text(text, page_for(text)))

    story = PUT.story.decode()
    language = "every story is in the edition's language"
    yield "another language", language, packed(story.replace("gru", "guk") + "\n"), "wrong-language"
    yield "a language that begins alike", language, packed(story.replace("gru", "gru-RU") + "\n"), "wrong-language"
    yield (
        "second story in another language",
        language,
        packed(story + "\n" + story.replace("gru", "gfa") + "\n"),
        "wrong-language",
    )
    yield "neither story nor removal", "records are puts or removals", packed("yabc\n\n"), "malformed"
    yield "story without language", "g follows i", packed("ia\nhA\n\n"), "malformed"
    yield "line before the id", "i comes first", packed("za\n" + story + "\n"), "malformed"
    yield (
        "id that leads elsewhere",
        "ids name files",
        packed(story.replace("istrike", "i../strike") + "\n"),
        "malformed",
    )
    yield "removal of a wrong length", "32 hexadecimal digits", packed("x0011\n\n"), "malformed"
    yield "removal in capitals", "small hexadecimal digits", packed("x" + "AB" * 16 + "\n\n"), "malformed"
    yield "record not ended", "an empty line ends a record", packed(story), "malformed"
    yield "one line feed too many", "an empty line ends a record", packed(story + "\n\n"), "malformed"
    yield "two line feeds too many", "records are not empty", packed(story + "\n\n\n"), "malformed"
    # No page, so that every character is its escape and a part can stand there many times.
    some = encode_text(f"x{KEY}\n\n" * 8, "")[1:]
    yield "too many records", "at most 65,536", _repeated(some, 8193), "too-large"
    head, lines = encode_text(story, "")[1:], encode_text("Pa\n" * 100, "")[1:]
    yield (
        "story too large",
        "at most 2,000,000 bytes",
        _repeated(lines, 6667, before=head, after=b"\xff\n"),
        "too-large",
    )


def _repeated(block: bytes, times: int, *, before: bytes = b"", after: bytes = b"") -> Parts:
    size = 1 + len(before) + len(block) * times + len(after)
    return (seal_pack(size, b""), *stored(b"\0" + before, (block, times), after))


def codepages() -> Iterator[Vector]:
    """Payloads: table and coded text."""
    most = "".join(chr(0x4E00 + 2 * place) for place in range(255))
    for name, text, page in (
        ("Russian", "Порт стоит, порт ждёт.", None),
        ("a candle", "abba 🕯 中文\n", None),
        ("nothing", "", None),
        ("no page", "а🕯", ""),
        ("the largest page", most, most),
        ("page from U+0000", "\0\x01\x00", "\0\x01"),
        ("beside the surrogates", "\ud7ff\ue000\U0010ffff", "\ud7ff\ue000\U0010ffff"),
        ("byte order mark", "\ufeffа", ""),
        ("what is not used", "а", "абв"),
        ("U+00FF", "\xff\xff", "\xff"),
    ):
        yield good(name, "page, then text", encode_text(text, page_for(text) if page is None else page), text)
    for name, rule, data, failure in _bad_codepages():
        yield bad(name, rule, data, failure)


def _bad_codepages() -> Iterator[Case]:
    def run(gap: int, length: int) -> bytes:
        return number(gap) + number(length - 1)

    yield "no bytes", "a page is there", b"", "malformed"
    yield "byte without a meaning", "the page names it", number(1) + run(97, 1) + b"\x01", "malformed"
    yield "broken escape", "0xFF and one character of UTF-8", number(0) + b"\xff\xd0", "malformed"
    yield "escaped surrogate", "UTF-8 has no surrogates", number(0) + b"\xff\xed\xa0\x80", "malformed"
    yield "escape past Unicode", "up to U+10FFFF", number(0) + b"\xff\xf4\x90\x80\x80", "malformed"
    yield "overlong escape", "UTF-8 in its shortest form", number(0) + b"\xff\xe0\x81\x81", "malformed"
    yield "escape at the end", "0xFF is followed", number(0) + b"\xff", "malformed"
    yield "two escapes", "0xFF is no character", number(0) + b"\xff\xffa", "malformed"
    yield "page with a surrogate", "characters only", number(1) + run(0xD7FF, 2), "malformed"
    yield "page past Unicode", "up to U+10FFFF", number(1) + run(0x10FFFF, 2), "malformed"
    yield "page too long", "at most 255 characters", number(1) + run(0, 256), "too-large"
    yield "pages too long together", "at most 255 characters", number(2) + run(0, 200) + run(1, 56), "too-large"
    yield "too many runs", "at most 255 runs", number(256), "too-large"
    yield "runs that touch", "neighbouring runs are one", number(2) + run(97, 1) + run(0, 1), "noncanonical"
    yield "number in a long form", "shortest form", b"\x80\x00", "noncanonical"
    yield "number of 2^53", "at most 2^53-1", b"\x80" * 7 + b"\x10", "too-large"
    yield "number of nine bytes", "at most eight bytes", b"\x80" * 8 + b"\x00", "too-large"
    yield "number cut", "a number ends", b"\x80", "malformed"
    yield "cut in the page", "the page is whole", number(2) + b"\x61", "malformed"
