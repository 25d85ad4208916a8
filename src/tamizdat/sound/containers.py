"""Which kind of file a recording is, by its first bytes.

FFmpeg would find out by itself, among three hundred kinds; some of these are lists that make it open other files and
addresses. So it is told, and knows only the kinds below.
"""

from typing import Final

HEAD_BYTES: Final = 64
KNOWN: Final = "WAV, AIFF, FLAC, MP3, Ogg, M4A or WebM"
_FORM_TYPES: Final = {b"WAVE": "wav", b"AIFF": "aiff", b"AIFC": "aiff"}
_BEGINNINGS: Final = (
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"RF64", "wav"),
    (b"\x1aE\xdf\xa3", "matroska"),
)
_MPEG_SYNC: Final = 0xE0


def container_of(head: bytes) -> str:
    """FFmpeg's name of the kind of file that begins with ``head``; empty for one that we do not take."""
    if head[:4] in {b"RIFF", b"FORM"}:
        return _FORM_TYPES.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "mov"
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    # Eleven bits of synchronisation, then a layer that is not reserved (ISO 11172-3).
    if len(head) > 1 and head[0] == 0xFF and head[1] & _MPEG_SYNC == _MPEG_SYNC and head[1] & 0x06:
        return "mp3"
    return ""
