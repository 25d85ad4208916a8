"""Packs: compressed, content-addressed blocks of stories and removals (spec/edition.md, "Pack")."""

import hashlib
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tamizdat.edition.codepage import decode_text, encode_text, page_for
from tamizdat.edition.wire import Cursor, number
from tamizdat.errors import Failure, FormatError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.story import check_story_id

MAGIC: Final = b"TZP\x01"
CODEC_DEFLATE: Final = 0
_REMOVAL: Final = re.compile(rb"x([0-9a-f]{32})\n")
_REMOVAL_BYTES: Final = 34
_EMPTY_BLOCK: Final = b"\x00\x00\x00\xff\xff"
"""A stored block of nothing (RFC 1951, 3.2.4), as it stands at the beginning of a stream."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A story that is no longer part of the edition, named by :func:`removal_key` so that the name is not spread."""

    key: str


@dataclass(frozen=True, slots=True)
class Put:
    """A current story in its canonical bytes."""

    story_id: str
    story: bytes


Record = Put | Removal


def removal_key(language: str, story_id: str) -> str:
    """32 hexadecimal digits that only somebody who knows the story's id can connect with it."""
    return hashlib.sha256(f"tamizdat-removed-v1\0{language}\0{story_id}".encode()).hexdigest()[:32]


def record_text(record: Record) -> str:
    """A record as it stands in a pack, with its closing empty line."""
    return f"x{record.key}\n\n" if isinstance(record, Removal) else record.story.decode() + "\n"


def weight_of(record: Record) -> int:
    """What a record takes in memory: its bytes, and as much as holding it costs."""
    size = len(record.story) if isinstance(record, Put) else _REMOVAL_BYTES
    return size + LIMITS.record_overhead_bytes


def weight_of_all(size: int, stories: int, removals: int) -> int:
    """What so many stories, which have ``size`` canonical bytes, weigh together with so many removals."""
    return size + removals * _REMOVAL_BYTES + (stories + removals) * LIMITS.record_overhead_bytes


def check_edition_weight(weight: int) -> None:
    """Raise TOO_LARGE if records that weigh this much together are more than an edition may have."""
    if weight > LIMITS.max_edition_bytes:
        detail = f"records that weigh {weight}, limit {LIMITS.max_edition_bytes}"
        raise FormatError(Failure.TOO_LARGE, detail, what="edition")


def pack_payload(records: Iterable[Record]) -> bytes:
    """What codec 0 compresses: code page and coded text. Raises FormatError over the limits."""
    kept = list(records)
    if len(kept) > LIMITS.max_pack_records:
        raise FormatError(Failure.TOO_LARGE, f"{len(kept)} records, limit {LIMITS.max_pack_records}", what="pack")
    text = "".join(map(record_text, kept))
    payload = encode_text(text, page_for(text))
    if len(payload) > LIMITS.max_pack_raw_bytes:
        raise FormatError(Failure.TOO_LARGE, f"{len(payload)} bytes inflated", what="pack")
    return payload


def seal_pack(payload_size: int, deflated: bytes) -> bytes:
    """The pack file around an already deflated payload (raw DEFLATE, RFC 1951)."""
    return MAGIC + bytes([CODEC_DEFLATE]) + number(payload_size) + deflated


def deflate(payload: bytes) -> bytes:
    """Raw DEFLATE at zlib's best. The publisher may use any other encoder with the same output format."""
    encoder = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return encoder.compress(payload) + encoder.flush()


def encode_pack(records: Iterable[Record], compress: Callable[[bytes], bytes] = deflate) -> bytes:
    """A pack of these records; ``compress`` makes raw DEFLATE of a payload. Raises FormatError over the limits.

    Readers refuse what grows too much in their memory. So where the records say the same again and again, empty blocks
    make the pack as long as it must be.
    """
    kept = list(records)
    payload = pack_payload(kept)
    deflated = compress(payload)
    needed = -(-sum(map(weight_of, kept)) // LIMITS.max_pack_expansion)
    missing = needed - len(seal_pack(len(payload), deflated))
    return seal_pack(len(payload), _EMPTY_BLOCK * -(-max(0, missing) // len(_EMPTY_BLOCK)) + deflated)


def decode_pack(data: bytes, language: str) -> tuple[Record, ...]:
    """The records of a pack of the edition in ``language``.

    Raises FormatError: MALFORMED, UNSUPPORTED (codec), TOO_LARGE (bomb) or WRONG_LANGUAGE.
    """
    if len(data) > LIMITS.max_pack_bytes:
        raise FormatError(Failure.TOO_LARGE, f"{len(data)} bytes, limit {LIMITS.max_pack_bytes}", what="pack")
    cursor = Cursor(data, "pack")
    cursor.magic(MAGIC)
    codec = cursor.take(1)[0]
    if codec != CODEC_DEFLATE:
        raise cursor.fail(f"codec {codec}", Failure.UNSUPPORTED)
    size = cursor.count(LIMITS.max_pack_raw_bytes, "inflated bytes")
    most = LIMITS.max_pack_expansion * len(data)
    if size > most:
        raise cursor.fail(f"{size} inflated bytes from {len(data)}", Failure.TOO_LARGE)
    return _records(decode_text(_inflate(cursor.rest(), size)).encode(), language, most)


def _inflate(deflated: bytes, size: int) -> bytes:
    decoder = zlib.decompressobj(-15)
    try:
        payload = decoder.decompress(deflated, size + 1)
    except zlib.error as error:
        raise FormatError(Failure.MALFORMED, "is not raw DEFLATE", what="pack") from error
    if len(payload) != size or not decoder.eof or decoder.unused_data:
        raise FormatError(Failure.MALFORMED, f"does not inflate to the {size} bytes it declares", what="pack")
    return payload


def _records(text: bytes, language: str, max_weight: int) -> tuple[Record, ...]:
    count = text.count(b"\n\n")
    if count > LIMITS.max_pack_records:
        raise FormatError(Failure.TOO_LARGE, f"{count} records, limit {LIMITS.max_pack_records}", what="pack")
    weight = len(text) - count + count * LIMITS.record_overhead_bytes
    if weight > max_weight:
        raise FormatError(Failure.TOO_LARGE, f"its records weigh {weight}, its bytes allow {max_weight}", what="pack")
    parts = text.split(b"\n\n")
    if parts.pop():
        raise FormatError(Failure.MALFORMED, "does not end with a whole record", what="pack")
    return tuple(_record(part + b"\n", language) for part in parts)


def _record(record: bytes, language: str) -> Record:
    if removal := _REMOVAL.fullmatch(record):
        return Removal(removal[1].decode())
    first, _, rest = record.partition(b"\n")
    if not first.startswith(b"i") or not rest.startswith(b"g"):
        raise FormatError(Failure.MALFORMED, "a record is neither a story nor a removal", what="pack")
    try:
        story_id = check_story_id(first[1:].decode())
    except StoryError as error:
        raise FormatError(Failure.MALFORMED, str(error), what="pack") from error
    if rest.partition(b"\n")[0] != b"g" + language.encode():
        raise FormatError(Failure.WRONG_LANGUAGE, f"story {story_id} is not in {language}", what="pack")
    if len(record) > LIMITS.max_story_bytes:
        raise FormatError(Failure.TOO_LARGE, f"story {story_id} has {len(record)} bytes", what="pack")
    return Put(story_id, record)


def pack_name(data: bytes) -> str:
    """The file name of a pack: its SHA-256."""
    return f"{hashlib.sha256(data).hexdigest()}.pack"
