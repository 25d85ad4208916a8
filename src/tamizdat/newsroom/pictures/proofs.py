"""Pictures of proofs: what the press will make of an original, made when somebody looks at it before.

Whole pictures wait in ``newsroom/proofs/`` under their hash, because the page that shows one and the request for one of
its sizes may meet different processes. Every size is made from there and is not kept.
"""

import contextlib
import hashlib
import os
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from django.core.files.storage import default_storage
from PIL import Image

from tamizdat.errors import ItemError
from tamizdat.newsroom.here import here
from tamizdat.newsroom.pictures.models import original_path
from tamizdat.pictures.encode import make_variants
from tamizdat.pictures.strip import strip
from tamizdat.pictures.variants import Shown, Variant
from tamizdat.pictures.words import Words, all_said
from tamizdat.story import FOCUS_CENTRE
from tamizdat.trust.files import write_over

PROOF_SECONDS: Final = 24 * 3_600.0
_NAME: Final = re.compile(r"([0-9a-f]{64})(?:-(\d{1,4})-(\d{1,4}))?(?:-(?:\d{1,4}|card))?\.(?:avif|jpg)")


@dataclass(frozen=True, slots=True)
class Pressed:
    """A whole picture as the press makes it: SHA-256 (hex) of its bytes, and its pixels."""

    file: str
    width: int
    height: int


def press_original(digest: str, given: Words) -> Pressed:
    """The whole picture of the library's original with this SHA-256, with a story's words alone. Raises ItemError."""
    pressed = _pressed(digest, given)
    try:
        os.utime(_whole(pressed.file))
    except FileNotFoundError:  # forgotten, or another process's work
        _pressed.cache_clear()
        pressed = _pressed(digest, given)
    return pressed


@lru_cache(maxsize=256)
def _pressed(digest: str, given: Words) -> Pressed:
    try:
        with default_storage.open(original_path(digest)) as file:
            stripped = strip(file.read(), all_said(given))
    except ItemError:
        raise
    except Exception as error:  # what a store raises is its own; whatever it is, the picture is not to be had
        raise ItemError(f"the original is not there ({error})", where=original_path(digest)) from error
    name = hashlib.sha256(stripped.data).hexdigest()
    write_over(_whole(name), stripped.data)
    return Pressed(name, stripped.width, stripped.height)


def picture_file(name: str) -> bytes | None:
    """The file that pages call ``pictures/<name>``, if it is of a picture that somebody proofed. Raises ItemError."""
    found = _NAME.fullmatch(name)
    if not found or not _whole(found[1]).is_file():
        return None
    data = _whole(found[1]).read_bytes()
    if name == f"{found[1]}.jpg":
        return data
    variant = _variant(name, found, data)
    return next((made for _variant, made in make_variants(data, [variant])), None) if variant else None


def _variant(name: str, found: re.Match[str], data: bytes) -> Variant | None:
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        width, height = image.size
    focus = (min(int(found[2]), 1000), min(int(found[3]), 1000)) if found[2] else FOCUS_CENTRE
    shown = [Shown(found[1], width, height, focus, lead) for lead in (True, False)]
    return next((each for one in shown for each in one.needed if each.path == f"pictures/{name}"), None)


def _whole(file: str) -> Path:
    return here().own / "proofs" / f"{file}.jpg"


def forget_old_proofs() -> None:
    """Delete wholes that nobody has proofed for a day: drafts show what nobody outside has seen."""
    deadline = time.time() - PROOF_SECONDS
    for file in (here().own / "proofs").glob("*.jpg"):
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_mtime < deadline:
                file.unlink()
