"""The newsroom as a source: releases, newest first to come, as stories. Implements ``sources/port.py``."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import DatabaseError

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import FormatError, ItemError, SourceError
from tamizdat.newsroom.pictures.models import original_path
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.sources.port import Gathered, Report

NAME = "newsroom"
"""What messages and the ledger call this source."""
_CHUNK = 500


class NewsroomSource:
    """All current releases. It is complete: a story that it does not list was taken back."""

    name = NAME
    complete = True

    def __init__(self, now: datetime) -> None:
        self._now = now

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`."""
        current = Release.objects.filter(current=True, story__isnull=False).order_by("id")
        try:
            for release in current.iterator(chunk_size=_CHUNK):
                if gathered := _gathered(release, report):
                    yield gathered
        except DatabaseError as error:
            raise SourceError(f"the newsroom's database cannot be read ({error})", source=NAME) from error

    def open_picture(self, origin: str) -> bytes:
        """The original with this SHA-256. Raises ItemError."""
        try:
            with default_storage.open(original_path(origin)) as file:
                data: bytes = file.read()
                return data
        except Exception as error:  # what a store raises is its own; whatever it is, the picture is not to be had
            raise ItemError(f"cannot be had from the library ({error})", where=origin) from error


def _gathered(release: Release, report: Report) -> Gathered | None:
    where = f"release {release.pk} of {release.story_id} ({release.language})"
    try:
        story = unnamed(story_from_bytes(_bytes(release.story)))
    except FormatError as error:
        report(ItemError(str(error), where=where, what=release.story_id))
        return None
    return Gathered(story, dated=True, where=where)


def _bytes(value: Any) -> bytes:
    return bytes(value or b"")
