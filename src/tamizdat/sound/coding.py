"""Samples in, published bytes out, with FFmpeg's libraries (PyAV). Runs in a process of its own: see ``apart.py``.

The same recording and the same version of the libraries give the same bytes: nothing is written of when, where and
with what. Of the original nothing but its samples is read; titles, places, covers and chapters stay behind.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.sound.containers import HEAD_BYTES, KNOWN, container_of
from tamizdat.sound.forms import Form

_NOTHING_ELSE: Final = {"fflags": "+bitexact", "id3v2_version": "0"}
# No list, no reference to another file, no address: only the bytes that are there.
_CLOSED: Final = {"protocol_whitelist": "file", "enable_drefs": "0"}


def encode(original: Path, forms: Sequence[Form], outputs: Sequence[Path]) -> int:
    """Write ``original`` in each of ``forms`` to ``outputs``; how many seconds it takes. Raises ItemError."""
    try:
        with original.open("rb") as file:
            container = container_of(file.read(HEAD_BYTES))
            if not container:
                raise ItemError(f"is no recording that we read; export it as {KNOWN}", where="sound")
            file.seek(0)
            options = _CLOSED if container == "mov" else {"protocol_whitelist": "file"}
            with av.open(file, "r", format=container, options=options, metadata_errors="replace") as source:
                return _encode(source, [_Output(*each) for each in zip(forms, outputs, strict=True)])
    except (av.FFmpegError, ValueError, IndexError, OSError) as error:
        raise ItemError(f"is a broken recording ({error}); export it again as {KNOWN}", where="sound") from error


class _Output:
    """One file that is being written."""

    def __init__(self, form: Form, path: Path) -> None:
        options = {name: value for name, value in _NOTHING_ELSE.items() if form.container == "mp3" or name == "fflags"}
        self._container = _writer(path, form, options)
        self._stream = self._container.add_stream(
            form.codec, rate=form.samples_per_second, layout="mono", options=dict(form.options)
        )
        self._stream.bit_rate = form.kilobits * 1_000
        self._resampler = av.AudioResampler(
            format=self._stream.codec_context.format or "s16", layout="mono", rate=form.samples_per_second
        )
        self._rate = form.samples_per_second
        self._samples = 0

    @property
    def seconds(self) -> float:
        """How much was written."""
        return self._samples / self._rate

    def write(self, frame: av.AudioFrame | None) -> None:
        """Take samples; None is the end of them."""
        for piece in self._resampler.resample(frame):
            # Times of the original, which may jump, stay behind as well.
            piece.pts = None
            self._samples += piece.samples
            self._mux(piece)

    def close(self) -> None:
        """Write what is left."""
        self.write(None)
        self._mux(None)
        self._container.close()

    def _mux(self, frame: av.AudioFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


def _writer(path: Path, form: Form, options: dict[str, str]) -> Any:  # noqa: ANN401 - below
    """A container to write to. Its types cannot tell that a codec is one of sound."""
    return av.open(str(path), "w", format=form.container, options=options)


def _encode(source: InputContainer, outputs: Sequence[_Output]) -> int:
    if not source.streams.audio:
        raise ItemError("has no sound in it", where="sound")
    for frame in source.decode(source.streams.audio[0]):
        for output in outputs:
            output.write(frame)
        if outputs[0].seconds > LIMITS.max_sound_seconds:
            raise ItemError(f"is longer than {LIMITS.max_sound_seconds // 3_600} hours; cut it in two", where="sound")
    for output in outputs:
        output.close()
    if not outputs[0].seconds:
        raise ItemError("has no sound in it", where="sound")
    return math.ceil(outputs[0].seconds)
