"""A story in two languages, the people around it, and a clock of its own: where acts on a story are tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import modules
from typing import Any

import pytest
from django.db import transaction
from django_tasks.backends.immediate import ImmediateBackend
from people_kit import member

from tamizdat.newsroom.breaking.models import Flash
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Byline
from tamizdat.newsroom.translating.models import Task, Together

ID = "harbour"
SOON = timedelta(hours=2)
"""When what is to happen later happens."""
BEGIN = datetime(2030, 5, 1, 9, 0, tzinfo=UTC)


class Absent(Exception):  # noqa: N818 - no error: there is no button
    """There is nothing of the kind, so no screen offers it."""


class Locked(Exception):  # noqa: N818 - Wagtail's form is shown, and cannot be sent
    """The story's form is closed to whoever acts."""


class _Clock(datetime):
    """The time that all of the newsroom sees; it goes on by itself, so that nothing happens at one moment."""

    at = BEGIN

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        _Clock.at += timedelta(milliseconds=1)
        return _Clock.at.astimezone(tz) if tz else _Clock.at.replace(tzinfo=None)


@contextmanager
def clock() -> Iterator[None]:
    """It is BEGIN, until :func:`later`. Nothing is noted for searches meanwhile: nobody searches, and it takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ImmediateBackend, "enqueue", lambda *_arguments: None)
        _Clock.at = BEGIN
        patch.setattr("django.utils.timezone.now", lambda: _Clock.now(UTC))
        for name, module in list(modules.items()):
            if name.startswith("tamizdat.newsroom.") and getattr(module, "datetime", None) is datetime:
                patch.setattr(module, "datetime", _Clock)
        yield


def later(hours: float) -> None:
    """Time passes."""
    _Clock.at += timedelta(hours=hours)


def now() -> datetime:
    """By the same clock."""
    return _Clock.now(UTC).replace(microsecond=0)


@contextmanager
def tried() -> Iterator[None]:
    """Whatever is done inside is undone afterwards, and it is as late as before."""
    at = _Clock.at
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    _Clock.at = at


@dataclass(slots=True)
class Room:
    """A story in English with a translation into Persian that is tied to it, and the people around it."""

    start: str
    folder: Path
    desk: Any
    """Edits in all of its languages, and is head of these desks."""
    lawyer: Any
    reporter: Any

    def page(self, tag: str) -> StoryPage:
        """The page in a language; Absent if it was deleted."""
        page = StoryPage.objects.filter(story_id=ID, locale__language_code=tag).select_related("locale").first()
        if page is None:
            raise Absent
        return page

    def task(self) -> Task:
        """The translation."""
        task = Task.objects.filter(target__story_id=ID, target__locale__language_code="fa").first()
        if task is None:
            raise Absent
        return task

    def together(self) -> Together:
        """What holds them."""
        held = Together.objects.select_related("source").first()
        if held is None:
            raise Absent
        return held

    def correction(self) -> Correction:
        """What was said last, and stands."""
        made = Correction.objects.filter(story_id=ID, revoked_at=None).order_by("-pk").first()
        if made is None:
            raise Absent
        return made

    def flash(self) -> Flash:
        """The breaking news that it is."""
        flash = Flash.objects.filter(story_id=ID).first()
        if flash is None:
            raise Absent
        return flash


def people(start: str, folder: Path) -> Room:
    """Nobody has written anything yet."""
    roles = [f"{role}:{tag}" for role in ("editor", "desk_head") for tag in ("en", "fa", "ru")]
    Byline.objects.create(key="Ilka", label="Ilka")
    return Room(start, folder, member("desk", *roles), member("lawyer", "desk_head:en"), member("rep", "reporter:en"))
