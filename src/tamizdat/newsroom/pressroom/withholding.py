"""Names that readers have and must not: in credits of stories that went out before somebody noted whose they are.

What is let go later is held against the names as it goes (``named.py``).
"""

from collections.abc import Iterator
from typing import Final

from django.db import transaction

from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.errors import FormatError
from tamizdat.newsroom.pictures.naming import Names, secret_names, that_name_somebody
from tamizdat.newsroom.pressroom.left_out import note_left_out
from tamizdat.newsroom.pressroom.models import Gate, Release
from tamizdat.newsroom.pressroom.named import texts_in, without_names
from tamizdat.newsroom.pressroom.releasing import add_release

_CHUNK: Final = 500


class Withholding:
    """A job that comes round. It reads all stories once, and again whenever other names are to be kept back."""

    def __init__(self) -> None:
        self._known: Names = frozenset()

    def __call__(self) -> int:
        """Let each story that names somebody in a credit go anew without it; how many.

        Readers are not told of an update: that would show where to look.
        """
        hidden = secret_names()
        new = hidden - self._known
        done = sum(_withheld(key) for key in list(_naming(new))) if new else 0
        self._known = hidden
        return done


def _naming(hidden: Names) -> Iterator[int]:
    """Releases that readers have and that say one of these names somewhere."""
    current = Release.objects.filter(current=True, story__isnull=False).order_by("pk")
    for key, story in current.values_list("pk", "story").iterator(chunk_size=_CHUNK):
        if that_name_somebody(["\n".join(texts_in(bytes(story or b"")))], hidden):
            yield key


def _withheld(key: int) -> bool:
    """Whether a story had to go anew."""
    with transaction.atomic():
        Gate.enter()
        last = Release.objects.filter(pk=key, current=True).first()
        if last is None:  # somebody let it go meanwhile, and it was held against the names
            return False
        try:
            story = story_from_bytes(bytes(last.story or b""))
        except FormatError:  # the press tells of it
            return False
        left_out: set[str] = set()
        clean = without_names(story, left_out=left_out)
        if clean == story:
            return False
        made = add_release(story.story_id, story.language, story_to_bytes(clean), None, story.headline)
        note_left_out([(made, left_out.union(last.left_out or ()))])
        return True
