"""The newsroom as a source: current releases as stories, or those that changed. Implements ``sources/port.py``."""

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.db.models import Q

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import FormatError, ItemError, SourceError
from tamizdat.newsroom.pictures.models import original_path
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.newsroom.recordings.models import form_path
from tamizdat.sources.port import Gathered, Gone, Report
from tamizdat.story import SoundFile

NAME: Final = "newsroom"
"""What messages and the ledger call this source."""
_FORMAT: Final = "2"
"""Changes when the same releases would be other stories: those of 1 had credits out of the files of their pictures."""
_CHUNK: Final = 500


class NewsroomSource:
    """All current releases. It is complete: a story that it does not list was taken back. Of pictures it says all.

    Its mark is the newest release and a hash of it. A database that was restored from an older copy gives its numbers
    out again; the hash tells that the release of that number is another one, and everything is read anew.
    """

    name = NAME
    complete = True
    words_are_all = True

    def __init__(self, now: datetime) -> None:
        self._now = now

    @property
    def mark(self) -> str:
        """See :attr:`tamizdat.sources.port.ChangingSource.mark`. Raises SourceError."""
        try:
            newest = Release.objects.order_by("-pk").first()
        except DatabaseError as error:
            raise _unreadable(error) from error
        return _mark(newest)

    def changes(
        self, since: str, again: Collection[tuple[str, str]], report: Report
    ) -> Iterator[Gathered | Gone] | None:
        """See :meth:`tamizdat.sources.port.ChangingSource.changes`."""
        try:
            number = _number(since)
            known = Release.objects.filter(pk=number).first() if number else None
            if number is None or _mark(known) != since:
                return None
            changed = set(Release.objects.filter(pk__gt=number).values_list("language", "story_id"))
        except DatabaseError as error:
            raise _unreadable(error) from error
        return self._as_they_are(sorted(changed | set(again)), report)

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`."""
        current = Release.objects.filter(current=True, story__isnull=False).order_by("pk")
        try:
            for release in current.iterator(chunk_size=_CHUNK):
                if gathered := _gathered(release, report):
                    yield gathered
        except DatabaseError as error:
            raise _unreadable(error) from error

    def open_picture(self, origin: str) -> bytes:
        """The original with this SHA-256. Raises ItemError."""
        try:
            with default_storage.open(original_path(origin)) as file:
                data: bytes = file.read()
                return data
        except Exception as error:  # what a store raises is its own; whatever it is, the picture is not to be had
            raise ItemError(f"cannot be had from the library ({error})", where=origin) from error

    def sound_made(self, file: SoundFile) -> bytes:
        """See :meth:`tamizdat.sources.made_sound.MadeSoundSource.sound_made`."""
        try:
            with default_storage.open(form_path(file.file)) as stored:
                data: bytes = stored.read()
                return data
        except Exception as error:  # as above
            raise ItemError(f"cannot be had from the library ({error})", where=file.path) from error

    def _as_they_are(self, keys: list[tuple[str, str]], report: Report) -> Iterator[Gathered | Gone]:
        for start in range(0, len(keys), _CHUNK):
            part = keys[start : start + _CHUNK]
            wanted = Q()
            for language, story_id in part:
                wanted |= Q(language=language, story_id=story_id)
            try:
                rows = Release.objects.filter(wanted, current=True)
                found = {(release.language, release.story_id): release for release in rows}
            except DatabaseError as error:
                raise _unreadable(error) from error
            for key in part:
                release = found.get(key)
                if release is None or release.story is None:
                    yield Gone(*key)
                elif gathered := _gathered(release, report):
                    yield gathered


def _mark(release: Release | None) -> str:
    if release is None:
        return f"{_FORMAT}:0:"
    about = f"{release.language}\0{release.story_id}\0{release.at.isoformat()}\0".encode() + _bytes(release.story)
    return f"{_FORMAT}:{release.pk}:{hashlib.sha256(about).hexdigest()[:32]}"


def _number(mark: str) -> int | None:
    """The release's number in a mark; None for a mark of another format."""
    version, _colon, rest = mark.partition(":")
    number = rest.partition(":")[0]
    return int(number) if version == _FORMAT and number.isascii() and number.isdigit() else None


def _unreadable(error: DatabaseError) -> SourceError:
    return SourceError(f"the newsroom's database cannot be read ({error})", source=NAME)


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
