"""Recordings made here: tones, with words about where they were made."""

import io
import math
import struct
import wave
from array import array

MARK = b"Secret flat, Kaldra"


def tone(seconds: float = 2.0, *, rate: int = 8_000, channels: int = 1, hertz: float = 440.0) -> bytes:
    """A WAV file of a tone that swells."""
    samples = array("h")
    for at in range(int(seconds * rate)):
        swell = (1 + math.sin(at / rate)) / 2
        samples.extend([int(9_000 * swell * math.sin(2 * math.pi * hertz * at / rate))] * channels)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def marked(recording: bytes) -> bytes:
    """A WAV file that says in its own words where it comes from."""
    words = MARK + bytes(len(MARK) % 2)
    info = b"INFO" + b"".join(name + struct.pack("<I", len(words)) + words for name in (b"INAM", b"IART", b"ICMT"))
    chunk = b"LIST" + struct.pack("<I", len(info)) + info
    return recording[:4] + struct.pack("<I", len(recording) - 8 + len(chunk)) + recording[8:] + chunk
