"""The forms of a recording: made apart, in the background, and kept under the hash of their bytes."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tamizdat.errors import ItemError
from tamizdat.newsroom.recordings.models import FAILED, READY, WAITING, LibraryRecording, form_path, original_path
from tamizdat.sound.apart import encode_apart


def make_waiting() -> int:
    """Make the forms of every recording that waits for them; how many became ready."""
    return sum(make(recording) for recording in LibraryRecording.objects.filter(state=WAITING).order_by("pk"))


def make(recording: LibraryRecording) -> bool:
    """Make the forms of one; whether it is ready. One that cannot be made says why, for whoever handed it in."""
    try:
        with local_file(original_path(recording.digest)) as original:
            encoded = encode_apart(original)
    except (ItemError, OSError) as error:
        detail = error.detail if isinstance(error, ItemError) else str(error)
        _settle(recording, state=FAILED, fault=detail)
        return False
    forms = []
    for form, data in encoded.files:
        file = hashlib.sha256(data).hexdigest()
        if not default_storage.exists(form_path(file)):
            default_storage.save(form_path(file), ContentFile(data))
        forms.append([file, form.media_type, form.kilobits, len(data)])
    _settle(recording, state=READY, fault="", forms=forms, seconds=encoded.seconds)
    return True


def _settle(recording: LibraryRecording, **fields: object) -> None:
    # Somebody may have handed in another original meanwhile, which this says nothing of.
    LibraryRecording.objects.filter(pk=recording.pk, digest=recording.digest).update(**fields)


@contextmanager
def local_file(name: str) -> Iterator[Path]:
    """A stored file as one on this machine, wherever it is stored. Raises OSError."""
    try:
        yield Path(default_storage.path(name))
    except NotImplementedError:  # a bucket
        with tempfile.NamedTemporaryFile(prefix="tamizdat-sound-") as copy:
            with default_storage.open(name) as stored:
                copyfileobj(stored, copy)
            copy.flush()
            yield Path(copy.name)
