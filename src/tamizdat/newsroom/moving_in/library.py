"""Pictures of a source, brought into the library: each once, by name and by content, without metadata."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from django.db import transaction

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.moving_in.models import MovedPicture
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.story import Block, Picture, PictureBlock, Story

Open = Callable[[str], bytes]
"""From what a source calls a picture to its bytes. Raises ItemError."""
_MAX_TITLE_CHARS = 255


class Bringing:
    """Brings pictures of one source, whose bytes ``open_picture`` gives, into the library.

    A picture that two stories show stands there once, unless they crop it around different points. Of a picture that
    could not be had nothing is kept: the next import asks again, this one does not.
    """

    def __init__(self, source: str, open_picture: Open) -> None:
        self._source = source
        self._open = open_picture
        self._keys: dict[tuple[str, tuple[int, int]], int | ItemError] = {}
        self.brought = 0

    def key_of(self, picture: Picture) -> int:
        """The library picture's key. Raises ItemError when its bytes cannot be had or are no picture."""
        asked = (picture.origin, picture.focus)
        if asked not in self._keys:
            try:
                self._keys[asked] = self._known(picture) or self._bring(picture)
            except ItemError as error:
                self._keys[asked] = error
        found = self._keys[asked]
        if isinstance(found, ItemError):
            raise found
        return found

    def _known(self, picture: Picture) -> int:
        row = MovedPicture.objects.filter(
            source=self._source, origin=_sha256(picture.origin.encode()), focus=_focus(picture)
        ).first()
        return row.picture_id if row else 0

    def _bring(self, picture: Picture) -> int:
        data = self._open(picture.origin)
        original = _sha256(data)
        with transaction.atomic():
            same = MovedPicture.objects.filter(original=original, focus=_focus(picture)).first()
            kept = same.picture if same else self._keep(picture, data)
            row, _made = MovedPicture.objects.get_or_create(  # another import may have been faster
                source=self._source,
                origin=_sha256(picture.origin.encode()),
                focus=_focus(picture),
                defaults={"original": original, "picture": kept},
            )
        self.brought += not same
        return int(row.picture_id)

    @staticmethod
    def _keep(picture: Picture, data: bytes) -> LibraryPicture:
        made = LibraryPicture(title=_title(picture), description=picture.alt[:255])
        made.caption = picture.caption[: LIMITS.max_caption_chars]
        made.credit = picture.credit[: LIMITS.max_credit_chars]
        made.take(data)
        same = LibraryPicture.objects.filter(digest=made.digest).order_by("pk")
        known: LibraryPicture | None = next((each for each in same if each.focus == picture.focus), None)
        if known:
            return known
        set_focus(made, picture.focus)
        made.save()
        return made


def with_pictures(story: Story, had: Callable[[Picture], bool]) -> Story:
    """The story without the pictures that were not had."""
    if not story.pictures:
        return story
    body: tuple[Block, ...] = tuple(
        block for block in story.body if not isinstance(block, PictureBlock) or had(block.picture)
    )
    return replace(story, body=body, picture=story.picture if story.picture and had(story.picture) else None)


def set_focus(picture: LibraryPicture, focus: tuple[int, int]) -> None:
    """Have crops of the library picture keep ``focus`` (thousandths); the centre needs no saying."""
    if focus == (500, 500) or not picture.width or not picture.height:
        return
    # Rounded up, so that what the library says of it in thousandths is what was said here.
    picture.focal_point_x = -(-focus[0] * picture.width // 1000)
    picture.focal_point_y = -(-focus[1] * picture.height // 1000)
    picture.focal_point_width = picture.focal_point_height = 1


def _title(picture: Picture) -> str:
    name = picture.origin.partition("?")[0].rstrip("/").rpartition("/")[2]
    return (name or picture.alt)[:_MAX_TITLE_CHARS]


def _focus(picture: Picture) -> str:
    return f"{picture.focus[0]},{picture.focus[1]}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
