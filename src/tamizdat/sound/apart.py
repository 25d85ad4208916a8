"""Encoding in a process of its own, because what takes foreign sound apart must not run where the keys are.

FFmpeg is half a million lines of C that read whatever a file says. The child gets one file and an empty folder, has
bounds of memory and time, nothing in its environment, and no descriptor of its parent's.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.sound.forms import FORMS, Form


@dataclass(frozen=True, slots=True)
class Encoded:
    """A recording as it is published: its length, and each form's bytes, the fewest first."""

    seconds: int
    files: tuple[tuple[Form, bytes], ...]


def encode_apart(original: Path) -> Encoded:
    """Every form of the recording in the file ``original``. Raises ItemError, which says what to do."""
    if importlib.util.find_spec("av") is None:
        raise ItemError("needs PyAV to be encoded: pip install 'tamizdat[sound]'", where="sound")
    try:
        size = original.stat().st_size
    except OSError as error:
        raise ItemError(f"cannot be read ({error.strerror})", where="sound") from error
    if size > LIMITS.max_sound_bytes:
        raise ItemError(f"{size} bytes, limit {LIMITS.max_sound_bytes}; export it as FLAC or MP3", where="sound")
    with tempfile.TemporaryDirectory(prefix="tamizdat-sound-") as folder:
        seconds = _run(original, Path(folder))
        files = [(form, (Path(folder) / str(at)).read_bytes()) for at, form in enumerate(FORMS)]
    return Encoded(seconds, tuple(sorted(files, key=lambda each: len(each[1]))))


def _run(original: Path, folder: Path) -> int:
    command = [sys.executable, "-m", "tamizdat.sound.child", str(original.absolute()), str(folder)]
    # The way to Python's own modules, and no word more: passphrases may stand in an environment.
    surroundings = {name: value for name, value in os.environ.items() if name in {"PYTHONPATH", "PATH", "SYSTEMROOT"}}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=folder,
            env=surroundings,
            timeout=2 * LIMITS.max_sound_work_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ItemError("took too long to be encoded; cut it, or export it again", where="sound") from error
    said = _said(done.stdout)
    if isinstance(seconds := said.get("seconds"), int) and done.returncode == 0:
        return seconds
    raise ItemError(str(said.get("fault") or _death(done.returncode)), where="sound")


def _said(output: bytes) -> dict[str, object]:
    try:
        said = json.loads(output.decode().splitlines()[-1])
    except (ValueError, IndexError):
        return {}
    return said if isinstance(said, dict) else {}


def _death(code: int) -> str:
    return f"cannot be encoded: the encoder ended with {code}; export it again as WAV, FLAC or MP3"
