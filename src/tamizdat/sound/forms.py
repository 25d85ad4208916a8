"""In which forms a recording is published. The smallest comes first, because most who need us pay by the megabyte."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Form:
    """One file of each recording: mono, ``kilobits`` a second. ``codec`` and ``options`` are FFmpeg's."""

    media_type: str
    kilobits: int
    container: str
    codec: str
    samples_per_second: int
    options: dict[str, str] = field(default_factory=dict)


# Opus for speech: 60 ms a packet saves a tenth at this rate, and constrained means that the size is what was said.
_SPEECH: Final = {"application": "voip", "vbr": "constrained", "frame_duration": "60"}
_ANYTHING: Final = {"application": "audio", "vbr": "constrained"}
FORMS: Final = (
    Form("audio/ogg", 12, "ogg", "libopus", 48_000, _SPEECH),
    Form("audio/ogg", 24, "ogg", "libopus", 48_000, _ANYTHING),
    # What every telephone and every podcast program plays.
    Form("audio/mpeg", 32, "mp3", "libmp3lame", 24_000),
)
