"""A picture of the library, and its sizes on the newsroom's own screens."""

import hashlib
from functools import partial
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.search import index

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.pictures.cuts import Cuts, cuts_of
from tamizdat.newsroom.pictures.keeping import ORIGINALS
from tamizdat.newsroom.pictures.naming import drawn
from tamizdat.pictures.strip import Stripped


def original_path(digest: str) -> str:
    """Where the original with this SHA-256 (hex) lies, so that what a release names stays what it was."""
    return f"{ORIGINALS}{digest[:2]}/{digest}.jpg"


class LibraryPicture(AbstractImage):
    """A picture as it may be published: drawn anew at upload, so that it says nothing of camera, place or time.

    ``description`` is what a reader hears who cannot see it; stories may say it otherwise, in their own language.
    """

    digest = models.CharField(max_length=64, db_index=True, editable=False, blank=True, default="")
    """SHA-256 (hex) of the stored bytes."""
    caption = models.CharField(_("caption"), max_length=LIMITS.max_caption_chars, blank=True, default="")
    credit = models.CharField(_("credit"), max_length=LIMITS.max_credit_chars, blank=True, default="")

    search_fields: ClassVar[list[Any]] = [
        *AbstractImage.search_fields,
        *(
            kind(name)
            for name in ("description", "caption", "credit")
            for kind in (index.SearchField, index.AutocompleteField)
        ),
    ]
    admin_form_fields = (
        "title",
        "description",
        "caption",
        "credit",
        "file",
        "collection",
        "tags",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
    )

    def clean(self) -> None:
        """Refuse at once what is no picture, in words that whoever uploads it can act on."""
        super().clean()
        if self._is_raw():
            try:
                self._draw()
            except ItemError as error:
                raise ValidationError({"file": error.detail}) from error

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save; a file as it was handed in is drawn anew first. Raises ItemError for what is no picture."""
        if self._is_raw():
            options.pop("update_fields", None)  # the file's name and sides change with the file
            self._take_raw()
        super().save(*arguments, **options)

    def take(self, original: bytes) -> None:
        """Make ``original`` this picture's file, without its metadata; its credit and caption fill empty fields.

        Raises ItemError for what is no picture that we can read.
        """
        self._keep(drawn(original))

    def generate_rendition_file(self, *wanted: Any, **options: Any) -> "ContentFile[bytes]":
        """A size for a screen. Wagtail leaves its temporary file to the garbage collector; here it is closed."""
        with super().generate_rendition_file(*wanted, **options) as made:
            made.seek(0)
            return ContentFile(made.read(), name=made.name)

    def _is_raw(self) -> bool:
        """Whether its file is one that ``take`` did not make.

        Wagtail stores some by itself before it saves (of several pictures at once), so being stored says nothing.
        """
        file: Any = self.file
        new = bool(file) and not file._committed  # noqa: SLF001 - how Django says that a file was not stored yet
        return new or (bool(file) and file.name != original_path(self.digest))

    def _draw(self) -> Stripped:
        """Its raw file drawn anew; once, although forms check before they save."""
        file: Any = self.file
        known = self.__dict__.get("_drawn")
        if known is None or known[0] is not file:
            file.open("rb")
            known = self._drawn = (file, drawn(file.read()))
        return known[1]

    def _take_raw(self) -> None:
        """Keep what was drawn of the raw file, and nothing of that one."""
        file: Any = self.file
        stored = file.name if file._committed else ""  # noqa: SLF001 - as above
        self._keep(self._draw())
        self.__dict__.pop("_drawn")
        file.close()
        if stored:
            transaction.on_commit(partial(default_storage.delete, stored), robust=True)

    def _keep(self, stripped: Stripped) -> None:
        self.credit = self.credit or stripped.words.credit
        self.caption = self.caption or stripped.words.caption
        self.digest = hashlib.sha256(stripped.data).hexdigest()
        path = original_path(self.digest)
        if not default_storage.exists(path):
            default_storage.save(path, ContentFile(stripped.data))
        self.file = cast(Any, path)  # a name, as of a file that is stored
        self.width, self.height, self.file_size = stripped.width, stripped.height, len(stripped.data)
        self.file_hash = hashlib.sha1(stripped.data, usedforsecurity=False).hexdigest()

    @property
    def focus(self) -> tuple[int, int]:
        """The point that crops keep, in thousandths from the top left (:class:`tamizdat.story.Picture`)."""
        if self.focal_point_x is None or not self.width or not self.height:
            return (500, 500)
        x, y = self.focal_point_x * 1000 // self.width, self.focal_point_y * 1000 // self.height
        return (min(max(x, 0), 1000), min(max(y, 0), 1000))

    @property
    def cuts(self) -> Cuts:
        """What readers see of it where it is cut."""
        return cuts_of(self.width, self.height, self.focus)

    @property
    def middle(self) -> tuple[int, int]:
        """In pixels."""
        return (self.width // 2, self.height // 2)

    @property
    def mark_radius(self) -> int:
        """Of the ring that shows the focus, in pixels."""
        return max(min(self.width, self.height) // 14, 1)


class Size(AbstractRendition):
    """A picture in another size, for the newsroom's screens."""

    image = models.ForeignKey(LibraryPicture, related_name="renditions", on_delete=models.CASCADE)

    class Meta(AbstractRendition.Meta):
        unique_together: ClassVar[Any] = (("image", "filter_spec", "focal_point_key"),)
