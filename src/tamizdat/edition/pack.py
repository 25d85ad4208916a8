"""Packs: compressed, content-addressed blocks of stories and removals (spec/edition.md, "Pack")."""

import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tamizdat.edition.codepage import decode_text, encode_text, page_for
from tamizdat.edition.wire import Cursor, number
from tamizdat.errors import Failure, FormatError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.story import check_story_id

MAGIC: Final = b"TZP\x01"
CODEC_DEFLATE: Final = 0
_REMOVAL: Final = re.compile(r"x([0-9a-f]{32})\n")


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


def encode_pack(records: Iterable[Record]) -> bytes:
    """A pack of these records."""
    payload = pack_payload(records)
    return seal_pack(len(payload), deflate(payload))


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
    return _records(decode_text(_inflate(cursor.rest(), size)), language)


def _inflate(deflated: bytes, size: int) -> bytes:
    decoder = zlib.decompressobj(-15)
    try:
        payload = decoder.decompress(deflated, size + 1)
    except zlib.error as error:
        raise FormatError(Failure.MALFORMED, "is not raw DEFLATE", what="pack") from error
    if len(payload) != size or not decoder.eof or decoder.unused_data:
        raise FormatError(Failure.MALFORMED, f"does not inflate to the {size} bytes it declares", what="pack")
    return payload


def _records(text: str, language: str) -> tuple[Record, ...]:
    count = text.count("\n\n")
    if count > LIMITS.max_pack_records:
        raise FormatError(Failure.TOO_LARGE, f"{count} records, limit {LIMITS.max_pack_records}", what="pack")
    parts = text.split("\n\n")
    if parts.pop():
        raise FormatError(Failure.MALFORMED, "does not end with a whole record", what="pack")
    return tuple(_record(part + "\n", language) for part in parts)


def _record(text: str, language: str) -> Record:
    if removal := _REMOVAL.fullmatch(text):
        return Removal(removal[1])
    first, _, rest = text.partition("\n")
    if not first.startswith("i") or not rest.startswith("g"):
        raise FormatError(Failure.MALFORMED, "a record is neither a story nor a removal", what="pack")
    try:
        story_id = check_story_id(first[1:])
    except StoryError as error:
        raise FormatError(Failure.MALFORMED, str(error), what="pack") from error
    if rest.partition("\n")[0] != f"g{language}":
        raise FormatError(Failure.WRONG_LANGUAGE, f"story {story_id} is not in {language}", what="pack")
    story = text.encode()
    if len(story) > LIMITS.max_story_bytes:
        raise FormatError(Failure.TOO_LARGE, f"story {story_id} has {len(story)} bytes", what="pack")
    return Put(story_id, story)


def pack_name(data: bytes) -> str:
    """The file name of a pack: its SHA-256."""
    return f"{hashlib.sha256(data).hexdigest()}.pack"
